-- city contains AN in any case, anniversary in 7 days
SELECT count(*) FROM profiles WHERE city ILIKE '%AN%' AND month(member_since) = 9 AND dayofmonth(member_since) <= 7 AND year(member_since) < 2026
