-- messages of at least 3 journeys, 30 days
SELECT count(*) FROM (
    SELECT profile_id FROM journey_product_action WHERE timestamp >= $as_of - INTERVAL 30 DAY AND timestamp < $as_of
    GROUP BY profile_id HAVING count(DISTINCT journey_id) >= 3) reached
