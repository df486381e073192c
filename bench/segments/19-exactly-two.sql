-- purchases exactly 2, 60 days
SELECT count(*) FROM (
    SELECT profile_id FROM purchase WHERE timestamp >= $as_of - INTERVAL 60 DAY AND timestamp < $as_of
    GROUP BY profile_id HAVING count(*) = 2) buyers
