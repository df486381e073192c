-- exit reason timeout, 7 days
SELECT count(DISTINCT profile_id) FROM journey_exit
WHERE exit_reason = 'timeout' AND timestamp >= $as_of - INTERVAL 7 DAY AND timestamp < $as_of
