-- entered J, e-mail VIEW in it, purchase, within 7 days
SELECT count(DISTINCT e.profile_id) FROM journey_enter e
JOIN journey_product_action v ON e.profile_id = v.profile_id JOIN purchase p ON v.profile_id = p.profile_id
WHERE e.journey_id = 1004 AND v.journey_id = 1004 AND v.channel_code = 'EM' AND v.action_code = 4
AND v.timestamp > e.timestamp AND p.timestamp > v.timestamp AND p.timestamp <= e.timestamp + INTERVAL 7 DAY
