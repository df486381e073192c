-- page_view at most 1, 30 days
SELECT count(*) FROM profiles WHERE profile_id NOT IN (
    SELECT profile_id FROM page_view WHERE timestamp >= $as_of - INTERVAL 30 DAY AND timestamp < $as_of
    GROUP BY profile_id HAVING count(*) >= 2)
