-- purchases average >= 62.5037, 90 days
SELECT count(*) FROM (
    SELECT profile_id FROM purchase WHERE timestamp >= $as_of - INTERVAL 90 DAY AND timestamp < $as_of
    GROUP BY profile_id HAVING avg(amount) >= 62.5037) buyers
