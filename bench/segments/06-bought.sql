-- purchases sum >= 100, 30 days
SELECT count(*) FROM (
    SELECT profile_id FROM purchase WHERE timestamp >= $as_of - INTERVAL 30 DAY AND timestamp < $as_of
    GROUP BY profile_id HAVING sum(amount) >= 100)
