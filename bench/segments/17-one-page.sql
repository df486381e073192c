-- page equals /product/17, ever
SELECT count(DISTINCT profile_id) FROM page_view WHERE page = '/product/17'
