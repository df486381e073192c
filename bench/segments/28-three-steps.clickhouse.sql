-- entered J, e-mail VIEW in it, purchase, within 7 days
SELECT count(DISTINCT v.profile_id) FROM (
    SELECT profile_id, timestamp FROM purchase WHERE profile_id IN (
        SELECT profile_id FROM journey_product_action WHERE journey_id = 1004 AND channel_code = 'EM' AND action_code = 4)) p
JOIN (
    SELECT v.profile_id AS profile_id, e.timestamp AS entered, v.timestamp AS viewed
    FROM journey_product_action v JOIN journey_enter e ON e.profile_id = v.profile_id
    WHERE e.journey_id = 1004 AND v.journey_id = 1004 AND v.channel_code = 'EM' AND v.action_code = 4
    AND v.timestamp > e.timestamp AND v.timestamp <= e.timestamp + INTERVAL 7 DAY) v ON v.profile_id = p.profile_id
WHERE p.timestamp > v.viewed AND p.timestamp <= v.entered + INTERVAL 7 DAY
