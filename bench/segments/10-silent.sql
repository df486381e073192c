-- no event in 90 days
SELECT count(*) FROM profiles p WHERE NOT EXISTS (FROM journey_enter e WHERE e.profile_id = p.profile_id AND timestamp >= $as_of - INTERVAL 90 DAY AND timestamp < $as_of)
AND NOT EXISTS (FROM journey_exit e WHERE e.profile_id = p.profile_id AND timestamp >= $as_of - INTERVAL 90 DAY AND timestamp < $as_of)
AND NOT EXISTS (FROM journey_product_action e WHERE e.profile_id = p.profile_id AND timestamp >= $as_of - INTERVAL 90 DAY AND timestamp < $as_of)
AND NOT EXISTS (FROM purchase e WHERE e.profile_id = p.profile_id AND timestamp >= $as_of - INTERVAL 90 DAY AND timestamp < $as_of)
AND NOT EXISTS (FROM page_view e WHERE e.profile_id = p.profile_id AND timestamp >= $as_of - INTERVAL 90 DAY AND timestamp < $as_of)
