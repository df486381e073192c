-- completed J
SELECT count(*) FROM (
    SELECT profile_id, argMax(exit_reason, timestamp) AS reason FROM journey_exit WHERE journey_id = 1004 GROUP BY profile_id) newest
WHERE reason IN ('completed', 'goal', 'goal_reached') AND profile_id NOT IN (
    SELECT profile_id FROM journey_enter WHERE journey_id = 1004 AND pass_id NOT IN (
        SELECT pass_id FROM journey_exit WHERE journey_id = 1004))
