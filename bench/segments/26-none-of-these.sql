-- country not TR or US, city without an, not F, no e-mail, score not 777
SELECT count(*) FROM profiles WHERE (country IS NULL OR country NOT IN ('TR', 'US')) AND (city IS NULL OR city NOT LIKE '%an%')
AND (gender IS NULL OR gender <> 'F') AND email IS NULL AND (score IS NULL OR score <> 777)
