-- no event in 90 days
SELECT count(*) FROM profiles WHERE profile_id NOT IN (
    SELECT profile_id FROM journey_enter WHERE timestamp >= $as_of - INTERVAL 90 DAY AND timestamp < $as_of
    UNION ALL SELECT profile_id FROM journey_exit WHERE timestamp >= $as_of - INTERVAL 90 DAY AND timestamp < $as_of
    UNION ALL SELECT profile_id FROM journey_product_action WHERE timestamp >= $as_of - INTERVAL 90 DAY AND timestamp < $as_of
    UNION ALL SELECT profile_id FROM purchase WHERE timestamp >= $as_of - INTERVAL 90 DAY AND timestamp < $as_of
    UNION ALL SELECT profile_id FROM page_view WHERE timestamp >= $as_of - INTERVAL 90 DAY AND timestamp < $as_of)
