-- e-mail VIEW in it, 30 days
SELECT count(DISTINCT profile_id) FROM journey_product_action
WHERE journey_id = 1004 AND channel_code = 'EM' AND action_code = 4 AND timestamp >= $as_of - INTERVAL 30 DAY AND timestamp < $as_of
