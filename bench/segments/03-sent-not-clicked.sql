-- e-mail SEND in it, never CLICK
SELECT count(*) FROM (
    SELECT profile_id FROM lake.events.journey_product_action
    WHERE journey_id = 1004 AND channel_code = 'EM' AND action_code IN (1, 2)
    GROUP BY profile_id HAVING bool_or(action_code = 1) AND NOT bool_or(action_code = 2))
