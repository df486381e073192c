-- country TR or DE, age 25 to 40
SELECT count(*) FROM lake.main.profiles WHERE country IN ('TR', 'DE') AND CAST(age AS DOUBLE) BETWEEN 25 AND 40
