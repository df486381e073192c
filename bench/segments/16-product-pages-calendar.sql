-- page starts with /product/1, this calendar month and the last
SELECT count(DISTINCT profile_id) FROM page_view
WHERE page LIKE '/product/1%' AND timestamp >= '2026-08-01 00:00:00' AND timestamp < $as_of
