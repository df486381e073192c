-- TR, premium, e-mail, CLICK 30 d, purchase 90 d
SELECT count(*) FROM lake.main.profiles WHERE country = 'TR' AND plan = 'premium' AND json_extract_string(identifiers, '$.email') IS NOT NULL
AND profile_id IN (SELECT profile_id FROM lake.events.journey_product_action
    WHERE action_code = 2 AND timestamp >= $as_of - INTERVAL 30 DAY AND timestamp < $as_of)
AND profile_id IN (SELECT profile_id FROM lake.events.purchase WHERE timestamp >= $as_of - INTERVAL 90 DAY AND timestamp < $as_of)
