-- lifetime value of a few, a page few saw
SELECT count(*) FROM profiles WHERE lifetime_value >= 4950 AND profile_id IN (SELECT profile_id FROM page_view WHERE page = '/product/199')
