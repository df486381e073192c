-- purchases minimum >= 5, maximum 50 to 150, ever
SELECT count(*) FROM (
    SELECT profile_id FROM purchase GROUP BY profile_id HAVING min(amount) >= 5 AND max(amount) BETWEEN 50 AND 150) buyers
