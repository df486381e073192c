-- in J: SEND, then CLICK within 3 days
SELECT count(DISTINCT s.profile_id) FROM journey_product_action s JOIN journey_product_action c ON s.profile_id = c.profile_id
WHERE s.journey_id = 1004 AND s.action_code = 1 AND c.journey_id = 1004 AND c.action_code = 2
AND c.timestamp > s.timestamp AND c.timestamp <= s.timestamp + INTERVAL 3 DAY
