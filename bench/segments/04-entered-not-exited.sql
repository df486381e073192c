-- entered it, did not exit
SELECT count(DISTINCT profile_id) FROM journey_enter WHERE journey_id = 1004 AND profile_id NOT IN (
    SELECT profile_id FROM journey_exit WHERE journey_id = 1004)
