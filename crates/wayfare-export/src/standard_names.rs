//! The names that the peer's service defines itself. All others are the customer's own: `c_…` in its v1, `custom.…`
//! in its v2.
//!
//! Source: the peer's public API description and page on raw exports (data upsert, profile, raw export), and what a
//! public consumer of its v1 asks for. Journey events have the parameters that this product declares for them.

use wayfare_model::journey;

/// Attributes and identifiers.
const ATTRIBUTES: [&str; 38] = [
    "user_id",
    "uuid",
    "email",
    "phone_number",
    "name",
    "surname",
    "birthday",
    "gender",
    "age",
    "language",
    "locale",
    "country",
    "city",
    "email_optin",
    "sms_optin",
    "whatsapp_optin",
    "gdpr_optin",
    "gdpr",
    "global_unsubscribe",
    "spam",
    "bounce",
    "blocked",
    "has_invalid_email",
    "email_sha256",
    "static_segment_id",
    "custom_segment_id",
    "list_id",
    "active_journeys",
    "contact_source",
    "identified_date",
    "created_date",
    "updated_date",
    "last_visit_date",
    "last_visited_product",
    "app_version",
    // Codes whose long names are not published: they stand for themselves.
    "udid",
    "mo",
    "ov",
];

/// Parameters of any event.
const PARAMETERS: [&str; 39] = [
    "product_id",
    "name",
    "taxonomy",
    "url",
    "currency",
    "quantity",
    "unit_price",
    "unit_sale_price",
    "locale",
    "color",
    "size",
    "shipping_cost",
    "promotion_name",
    "promotion_discount",
    "product_image_url",
    "event_group_id",
    "session_id",
    "referrer",
    "source",
    "campaign_id",
    "campaign_name",
    "email_campaign_id",
    "camp_id",
    "camp_type",
    "variant_id",
    "inapp_id",
    "dismiss_type",
    "answer",
    "question",
    "journey_id",
    "journey_name",
    "channel_code",
    "action_code",
    "element_code",
    "element_name",
    "message_id",
    "pass_id",
    "reason",
    "is_dry_run",
];

/// Whether an attribute is one that the service defines.
pub fn is_attribute(name: &str) -> bool {
    ATTRIBUTES.contains(&name)
}

/// Whether a parameter of an event (by its own name) is one that the service defines.
pub fn is_parameter(event: &str, name: &str) -> bool {
    PARAMETERS.contains(&name) || journey::parameters(event).iter().any(|(known, _)| *known == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_once() {
        for names in [ATTRIBUTES.as_slice(), PARAMETERS.as_slice()] {
            let mut sorted = names.to_vec();
            sorted.sort_unstable();
            sorted.dedup();
            assert_eq!(sorted.len(), names.len());
        }
        assert!(is_attribute("email") && !is_attribute("shoe_size"));
        assert!(is_parameter("purchase", "product_id") && !is_parameter("purchase", "amount"));
        assert!(is_parameter("journey_exit", "entered_at") && !is_parameter("purchase", "entered_at"));
    }
}
