-- at least 3 messages, 24 hours
SELECT count(*) FROM (
    SELECT profile_id FROM journey_product_action
    WHERE action_code = 1 AND timestamp >= $as_of - INTERVAL 24 HOUR AND timestamp < $as_of
    GROUP BY profile_id HAVING count(*) >= 3)
