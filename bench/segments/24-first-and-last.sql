-- purchases first >= 100, last <= 20, but for the last day
SELECT count(*) FROM (
    SELECT profile_id FROM purchase WHERE timestamp < '2026-08-31 00:00:00'
    GROUP BY profile_id HAVING argMin(amount, timestamp) >= 100 AND argMax(amount, timestamp) <= 20) buyers
