-- entered a journey, ever
SELECT count(DISTINCT profile_id) FROM journey_enter WHERE journey_id = 1004
