-- any CLICK, ever
SELECT count(DISTINCT profile_id) FROM journey_product_action WHERE action_code = 2
