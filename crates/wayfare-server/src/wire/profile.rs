//! Profiles and their events.

use crate::wire::segment::{IdKind, optional_definition_schema};
use crate::wire::value;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use wayfare_model::dictionary::{Dictionary, Fields};
use wayfare_model::journey;
use wayfare_model::record::Identity;
use wayfare_model::value::{Scalar, SourceValue, ValueType};
use wayfare_store::{ProfileEvent, ProfileState};

/// Which profiles to list; without anything, all.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchRequest {
    /// Lists those whom the definition means; its JSON Schema is at `/api/v1/segments/schema`.
    #[schema(schema_with = optional_definition_schema, required = false)]
    pub definition: Option<Box<RawValue>>,
    /// Lists those with this identifier; of e-mail, phone and user id its start is enough.
    pub query: Option<String>,
    /// Which identifier `query` is. Default: any.
    pub by: Option<IdKind>,
    /// The instant that counts as now; RFC 3339. Default: now.
    #[schema(format = DateTime)]
    pub as_of: Option<String>,
    /// The time zone of calendar units, as the IANA database names it. Default: UTC.
    pub timezone: Option<String>,
    /// Where the page before ended: its `next_cursor`.
    pub cursor: Option<String>,
    /// How many profiles a page has. Default: 50.
    #[schema(minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
}

/// One page of profiles, by profile id.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchAnswer {
    /// The profiles.
    pub profiles: Vec<ListedProfile>,
    /// Leads to the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_cursor: Option<String>,
    /// The position up to which records were seen.
    pub position: u64,
    /// The instant that counted as now.
    #[schema(format = DateTime)]
    pub as_of: String,
}

/// A profile in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedProfile {
    /// The product's own id.
    pub profile_id: String,
    /// What leads to the profile.
    pub identifiers: Identifiers,
    /// Attributes by name; each value is JSON of the dictionary's type.
    pub attributes: Map<String, Value>,
    /// When the first record of the profile was accepted.
    #[schema(format = DateTime)]
    pub created_at: String,
}

/// What leads to a profile.
#[derive(Debug, Serialize, ToSchema)]
pub struct Identifiers {
    /// The customer's id of the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub user_id: Option<String>,
    /// The e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub email: Option<String>,
    /// The phone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub phone_number: Option<String>,
    /// Identifiers of the customer's own kinds.
    #[serde(skip_serializing_if = "Map::is_empty")]
    #[schema(required = false)]
    pub custom: Map<String, Value>,
}

impl From<&Identity> for Identifiers {
    fn from(identity: &Identity) -> Self {
        let text = |id: &Option<Box<str>>| id.as_deref().map(str::to_owned);
        Self {
            user_id: text(&identity.user_id),
            email: text(&identity.email),
            phone_number: text(&identity.phone_number),
            custom: identity.custom.iter().map(|(kind, id)| (kind.to_string(), Value::from(&**id))).collect(),
        }
    }
}

/// A profile.
#[derive(Debug, Serialize, ToSchema)]
pub struct Profile {
    /// The product's own id.
    pub profile_id: String,
    /// What leads to the profile.
    pub identifiers: Identifiers,
    /// Its attributes, in the dictionary's order.
    pub attributes: Vec<Attribute>,
    /// When its first record was accepted.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// The position of its newest state.
    pub position: u64,
}

/// An attribute of a profile.
#[derive(Debug, Serialize, ToSchema)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// Its type by the dictionary.
    pub r#type: String,
    /// Its value, JSON of that type.
    pub value: Value,
}

fn type_in(fields: &Fields, name: &str) -> ValueType {
    fields.get(name).map_or(ValueType::One(Scalar::String), |field| field.value_type())
}

impl ListedProfile {
    /// A profile in a list.
    pub fn of(state: &ProfileState, dictionary: &Dictionary) -> Self {
        let typed = |(name, value): &(_, SourceValue)| {
            let name: &std::sync::Arc<str> = name;
            (name.to_string(), value::json(value, type_in(&dictionary.attributes, name)))
        };
        Self {
            profile_id: state.id.to_string(),
            identifiers: (&state.identity).into(),
            attributes: state.attributes.iter().map(typed).collect(),
            created_at: state.created_at.to_string(),
        }
    }
}

impl Profile {
    /// A profile.
    pub fn of(state: &ProfileState, dictionary: &Dictionary) -> Self {
        let mut attributes: Vec<_> = state.attributes.iter().collect();
        attributes.sort_by_key(|(name, _)| dictionary.attributes.id(name).unwrap_or(u32::MAX));
        let attributes = attributes
            .into_iter()
            .map(|(name, value)| {
                let value_type = type_in(&dictionary.attributes, name);
                Attribute {
                    name: name.to_string(),
                    r#type: value_type.name().to_owned(),
                    value: value::json(value, value_type),
                }
            })
            .collect();
        Self {
            profile_id: state.id.to_string(),
            identifiers: (&state.identity).into(),
            attributes,
            created_at: state.created_at.to_string(),
            position: state.position,
        }
    }
}

/// One page of a profile's events, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProfileEvents {
    /// The events.
    pub events: Vec<Event>,
    /// Leads to the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_cursor: Option<String>,
    /// The position up to which records were seen.
    pub position: u64,
}

/// An event of a profile.
#[derive(Debug, Serialize, ToSchema)]
pub struct Event {
    /// Its id.
    pub event_id: String,
    /// Its name.
    pub event: String,
    /// When it happened.
    #[schema(format = DateTime)]
    pub timestamp: String,
    /// When it was accepted.
    #[schema(format = DateTime)]
    pub received_at: String,
    /// Its commit position.
    pub position: u64,
    /// The user id that it came with.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub user_id: Option<String>,
    /// Parameters by name; each value is JSON of the dictionary's type.
    pub params: Map<String, Value>,
    /// Of a journey's product action: its channel and action in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub action: Option<ActionInWords>,
}

/// A channel and an action, codes with names and meanings.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActionInWords {
    /// The channel's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub channel_code: Option<String>,
    /// The channel's name, where the code is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub channel_name: Option<String>,
    /// The action's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub action_code: Option<i64>,
    /// The action's name, where the code is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub action_name: Option<String>,
    /// What the action means.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub meaning: Option<String>,
}

impl Event {
    /// An event of a profile.
    pub fn of(event: &ProfileEvent, dictionary: &Dictionary) -> Self {
        let parameters = dictionary.event(&event.event).map(|known| &known.parameters);
        let params = event.params.iter().map(|(name, value)| {
            let value_type =
                parameters.map_or(ValueType::One(Scalar::String), |parameters| type_in(parameters, name));
            (name.to_string(), value::json(value, value_type))
        });
        Self {
            event_id: event.event_id.to_string(),
            event: event.event.to_string(),
            timestamp: event.timestamp.to_string(),
            received_at: event.received_at.to_string(),
            position: event.position,
            user_id: event.user_id.as_deref().map(str::to_owned),
            params: params.collect(),
            action: (*event.event == *journey::PRODUCT_ACTION).then(|| ActionInWords::of(event)),
        }
    }
}

impl ActionInWords {
    fn of(event: &ProfileEvent) -> Self {
        let parameter = |name: &str| {
            event.params.iter().find(|(known, _)| **known == *name).map(|(_, value)| value.text.to_string())
        };
        let channel_code = parameter("channel_code");
        let action_code = parameter("action_code").and_then(|code| code.parse().ok());
        let channel = channel_code.as_deref().and_then(journey::channel);
        let action = action_code.and_then(journey::action);
        Self {
            channel_name: channel.map(|channel| channel.name.to_owned()),
            channel_code,
            action_code,
            action_name: action.map(|action| action.name.to_owned()),
            meaning: action.map(|action| action.meaning.to_owned()),
        }
    }
}
