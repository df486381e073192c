-- in J now
SELECT count(DISTINCT profile_id) FROM journey_enter WHERE journey_id = 1004 AND pass_id NOT IN (
    SELECT pass_id FROM journey_exit WHERE journey_id = 1004)
