//! Journey events and the codes they carry. Source: `interface.md`, "Journey events".

use crate::value::{Scalar, ValueType};

/// The event written when a person enters a journey.
pub const ENTER: &str = "journey_enter";
/// The event written when a person leaves a journey.
pub const EXIT: &str = "journey_exit";
/// The event written for each message and what became of it.
pub const PRODUCT_ACTION: &str = "journey_product_action";
/// The parameter that marks a dry run.
pub const IS_DRY_RUN: &str = "is_dry_run";
/// The three journey events.
pub const EVENTS: [&str; 3] = [ENTER, EXIT, PRODUCT_ACTION];

/// Whether a journey's aim was reached where it is left for that reason.
pub fn is_completed(exit_reason: &str) -> bool {
    matches!(exit_reason, "completed" | "goal" | "goal_reached")
}

/// A declared type: it never moves, and what does not fit is set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Declared {
    /// A whole number of 64 bits, exact to 2^53 in comparisons.
    Integer,
    /// Any other type.
    Type(ValueType),
}

impl Declared {
    /// How values of this type compare.
    pub fn value_type(self) -> ValueType {
        match self {
            Self::Integer => ValueType::One(Scalar::Number),
            Self::Type(value_type) => value_type,
        }
    }

    /// The name used in the dictionary and the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Integer => "integer",
            Self::Type(value_type) => value_type.name(),
        }
    }

    /// The declared type of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "integer" => Some(Self::Integer),
            _ => ValueType::from_name(name).map(Self::Type),
        }
    }
}

const STRING: Declared = Declared::Type(ValueType::One(Scalar::String));
const BOOLEAN: Declared = Declared::Type(ValueType::One(Scalar::Boolean));
const DATETIME: Declared = Declared::Type(ValueType::One(Scalar::Datetime));

/// Parameter names and declared types of a journey event; empty for any other event.
pub fn parameters(event: &str) -> &'static [(&'static str, Declared)] {
    match event {
        ENTER => &[
            ("journey_id", Declared::Integer),
            ("journey_name", STRING),
            ("journey_version", Declared::Integer),
            ("pass_id", STRING),
            ("enter_reason", STRING),
            ("element_code", STRING),
            ("element_name", STRING),
            (IS_DRY_RUN, BOOLEAN),
        ],
        EXIT => &[
            ("journey_id", Declared::Integer),
            ("journey_name", STRING),
            ("journey_version", Declared::Integer),
            ("pass_id", STRING),
            ("exit_reason", STRING),
            ("element_code", STRING),
            ("element_name", STRING),
            ("entered_at", DATETIME),
            (IS_DRY_RUN, BOOLEAN),
        ],
        PRODUCT_ACTION => &[
            ("journey_id", Declared::Integer),
            ("journey_name", STRING),
            ("pass_id", STRING),
            ("element_code", STRING),
            ("element_name", STRING),
            ("campaign_id", Declared::Integer),
            ("campaign_name", STRING),
            ("channel_code", STRING),
            ("action_code", Declared::Integer),
            ("message_id", STRING),
            ("variant_id", STRING),
            ("reason", STRING),
            (IS_DRY_RUN, BOOLEAN),
        ],
        _ => &[],
    }
}

/// The name under which an event is stored.
pub fn canonical_event(name: &str) -> &str {
    match name {
        "journey_entered" => ENTER,
        "journey_exited" => EXIT,
        other => other,
    }
}

/// The name under which a parameter of `event` (a canonical name) is stored.
pub fn canonical_parameter<'a>(event: &str, name: &'a str) -> &'a str {
    match (event, name) {
        (ENTER | EXIT | PRODUCT_ACTION, "name") => "journey_name",
        (ENTER, "reason") => "enter_reason",
        (EXIT, "reason") => "exit_reason",
        _ => name,
    }
}

/// A channel: its code, its name, other spellings that definitions may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Channel {
    /// `EM`, ….
    pub code: &'static str,
    /// `E-mail`, ….
    pub name: &'static str,
    aliases: &'static [&'static str],
}

/// All channels.
pub const CHANNELS: [Channel; 10] = [
    Channel { code: "EM", name: "E-mail", aliases: &["email"] },
    Channel { code: "WP", name: "Web push", aliases: &["web_push", "webpush"] },
    Channel { code: "SMS", name: "SMS", aliases: &[] },
    Channel { code: "WAB", name: "WhatsApp", aliases: &[] },
    Channel { code: "APP", name: "App push", aliases: &["app_push"] },
    Channel { code: "IA", name: "In-app", aliases: &["in_app", "inapp"] },
    Channel { code: "WC", name: "On-site", aliases: &["on_site", "onsite"] },
    Channel { code: "AC", name: "Call an API", aliases: &["call_an_api"] },
    Channel {
        code: "GCM",
        name: "Google Ads Customer Match",
        aliases: &["google_ads_customer_match", "google_ads"],
    },
    Channel {
        code: "FB",
        name: "Facebook Custom Audiences",
        aliases: &["facebook_custom_audiences", "facebook"],
    },
];

/// The channel of a code or name, without regard to case.
pub fn channel(written: &str) -> Option<&'static Channel> {
    CHANNELS.iter().find(|channel| {
        [channel.code, channel.name]
            .iter()
            .chain(channel.aliases)
            .any(|known| known.eq_ignore_ascii_case(written))
    })
}

/// An action: its code, its name, what it means to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Action {
    /// 1, 2, ….
    pub code: i64,
    /// `SEND`, ….
    pub name: &'static str,
    /// What it means, in a sentence without a full stop.
    pub meaning: &'static str,
}

macro_rules! actions {
    ($($code:literal $name:ident $meaning:literal,)*) => {
        /// All actions.
        pub const ACTIONS: &[Action] = &[$(Action { code: $code, name: stringify!($name), meaning: $meaning },)*];
    };
}

actions! {
    1 SEND "A send was attempted; it says nothing about delivery",
    2 CLICK "The person clicked the message",
    3 CLOSE "The person closed the message",
    4 VIEW "The person saw the message; for e-mail, an open",
    13 ELIGIBLE_PROCEED "The person was eligible and went on",
    14 ELIGIBLE_COUPON_PROCEED "The person was eligible, got a coupon and went on",
    16 REPLY "The person replied",
    18 CAPPED "Not sent: a frequency cap was reached",
    19 CALL_API_SUCCESS "The called API answered with success",
    20 CALL_API_FAILED "The called API failed",
    21 CALL_API_SENT "The API call was sent",
    22 CALL_API_OPEN "What the API call caused was opened",
    23 CALL_API_THROTTLED "The API call was held back by a rate limit",
    24 CALL_API_PROCEED "The person went on after the API call",
    25 GCM_DROPPED "Dropped before Google Ads Customer Match",
    26 CALL_API_SAVED "The API's answer was saved",
    27 PRIORITY_EXIT "The person left for a journey of higher priority",
    28 SMS_DROPPED "The SMS was dropped",
    29 SMS_UNDELIVERED "The SMS was not delivered",
    30 WHATSAPP_OPEN "The WhatsApp message was opened",
    32 SMS_UNSUBSCRIBE "The person unsubscribed from SMS",
    33 WHATSAPP_UNSUBSCRIBE "The person unsubscribed from WhatsApp",
    34 SKIPPED "The element was skipped",
    35 LIVE_ACTION_PROCEED "A live action let the person go on",
    36 CALL_API_EMPTY_RESPONSE "The called API gave an empty answer",
}

/// The action of a code.
pub fn action(code: i64) -> Option<&'static Action> {
    ACTIONS.iter().find(|action| action.code == code)
}

/// The action of a name, without regard to case; the seed's own spellings are taken too.
pub fn action_named(written: &str) -> Option<&'static Action> {
    let name = match written.to_ascii_uppercase().as_str() {
        "CALL_API_SAVED_ACTION_CODE" => "CALL_API_SAVED".to_owned(),
        "CALL_API_EMPTY_RESPONSE_ACTION_CODE" => "CALL_API_EMPTY_RESPONSE".to_owned(),
        "WHATS_APP_UNSUBSCRIBE" => "WHATSAPP_UNSUBSCRIBE".to_owned(),
        "WHATS_APP_OPEN" => "WHATSAPP_OPEN".to_owned(),
        other => other.to_owned(),
    };
    ACTIONS.iter().find(|action| action.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names() {
        assert_eq!(channel("em").map(|c| c.code), Some("EM"));
        assert_eq!(channel("e-mail").map(|c| c.code), Some("EM"));
        assert_eq!(channel("pigeon"), None);
        assert_eq!(action_named("whats_app_unsubscribe").map(|a| a.code), Some(33));
        assert_eq!(action(4).map(|a| a.name), Some("VIEW"));
        assert_eq!(action(5), None);
    }

    #[test]
    fn spellings_of_the_seed() {
        assert_eq!(canonical_event("journey_entered"), ENTER);
        assert_eq!(canonical_parameter(ENTER, "reason"), "enter_reason");
        assert_eq!(canonical_parameter(EXIT, "name"), "journey_name");
        assert_eq!(canonical_parameter(PRODUCT_ACTION, "reason"), "reason");
        assert_eq!(canonical_parameter("purchase", "name"), "name");
    }
}
