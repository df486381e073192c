-- 20 conditions on events under any, with attributes
SELECT count(*) FROM profiles WHERE (country = 'TR' AND profile_id IN (
    SELECT profile_id FROM journey_product_action WHERE journey_id IN (1001, 1002, 1003, 1004, 1005, 1006)
    AND channel_code = 'EM' AND action_code = 4 AND timestamp >= $as_of - INTERVAL 30 DAY AND timestamp < $as_of))
OR (country = 'DE' AND profile_id IN (
    SELECT profile_id FROM journey_enter WHERE journey_id IN (1007, 1008, 1009, 1010, 1011, 1012)
    AND timestamp >= $as_of - INTERVAL 30 DAY AND timestamp < $as_of))
OR (plan = 'premium' AND profile_id IN (
    SELECT profile_id FROM journey_exit WHERE journey_id IN (1013, 1014, 1015, 1016, 1017, 1018)
    AND exit_reason = 'completed' AND timestamp >= $as_of - INTERVAL 30 DAY AND timestamp < $as_of))
OR (age >= 70 AND profile_id NOT IN (
    SELECT profile_id FROM purchase WHERE timestamp >= $as_of - INTERVAL 30 DAY AND timestamp < $as_of
    UNION ALL SELECT profile_id FROM page_view WHERE timestamp >= $as_of - INTERVAL 30 DAY AND timestamp < $as_of))
