-- TR, premium, e-mail, CLICK 30 d, purchase 90 d
SELECT count(*) FROM profiles WHERE country = 'TR' AND plan = 'premium' AND email IS NOT NULL
AND profile_id IN (SELECT profile_id FROM journey_product_action
    WHERE action_code = 2 AND timestamp >= $as_of - INTERVAL 30 DAY AND timestamp < $as_of)
AND profile_id IN (SELECT profile_id FROM purchase WHERE timestamp >= $as_of - INTERVAL 90 DAY AND timestamp < $as_of)
