-- CLICK in a journey by name, in April
SELECT count(DISTINCT profile_id) FROM journey_product_action
WHERE journey_name = 'Journey 25' AND action_code = 2 AND timestamp >= '2026-04-01 00:00:00' AND timestamp < '2026-05-01 00:00:00'
