-- e-mail SEND in it, never CLICK
SELECT count(*) FROM (
    SELECT profile_id FROM journey_product_action
    WHERE journey_id = 1004 AND channel_code = 'EM' AND action_code IN (1, 2)
    GROUP BY profile_id HAVING max(action_code = 1) AND NOT max(action_code = 2))
