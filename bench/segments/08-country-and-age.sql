-- country TR or DE, age 25 to 40
SELECT count(*) FROM profiles WHERE country IN ('TR', 'DE') AND age BETWEEN 25 AND 40
