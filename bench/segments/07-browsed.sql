-- page_view at least 10, 14 days
SELECT count(*) FROM (
    SELECT profile_id FROM page_view WHERE timestamp >= $as_of - INTERVAL 14 DAY AND timestamp < $as_of
    GROUP BY profile_id HAVING count(*) >= 10)
