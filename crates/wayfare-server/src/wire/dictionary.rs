//! The dictionary and the values that exist.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use wayfare_export::policy::{self, Policy};
use wayfare_model::value::ValueType;
use wayfare_model::{dictionary, journey};

/// Everything that has a name.
#[derive(Debug, Serialize, ToSchema)]
pub struct Dictionary {
    /// The position up to which records were seen.
    pub position: u64,
    /// Identifiers that definitions and exports name like attributes.
    pub identifiers: Vec<String>,
    /// Attributes of profiles.
    pub attributes: Vec<Field>,
    /// Events.
    pub events: Vec<EventName>,
    /// Channels of journeys.
    pub channels: Vec<Channel>,
    /// Actions of journeys.
    pub actions: Vec<Action>,
}

/// An attribute or a parameter.
#[derive(Debug, Serialize, ToSchema)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its column in the lake.
    pub column: String,
    /// How its values compare: declared, or learned as the narrowest that holds every value seen.
    pub r#type: String,
    /// Whether the type is declared: then it never moves.
    pub declared: bool,
    /// How many values were seen.
    pub values: u64,
    /// For each type, how many values stand against it; types that hold every value are left out.
    pub against: BTreeMap<String, u64>,
}

/// An event's name.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventName {
    /// Its name.
    pub name: String,
    /// Its table in the lake, in schema `events`.
    pub table: String,
    /// How many were accepted.
    pub count: u64,
    /// Its parameters.
    pub parameters: Vec<Field>,
}

/// A channel.
#[derive(Debug, Serialize, ToSchema)]
pub struct Channel {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// An action.
#[derive(Debug, Serialize, ToSchema)]
pub struct Action {
    /// Its code.
    pub code: i64,
    /// Its name.
    pub name: String,
    /// What it means.
    pub meaning: String,
}

impl From<&dictionary::Field> for Field {
    fn from(field: &dictionary::Field) -> Self {
        let against = ValueType::ALL
            .into_iter()
            .map(|value_type| (value_type.name().to_owned(), field.counts.against(value_type)))
            .filter(|(_, count)| *count > 0);
        Self {
            name: field.name.to_string(),
            column: field.column.to_string(),
            r#type: field.value_type().name().to_owned(),
            declared: field.declared.is_some(),
            values: field.counts.values(),
            against: against.collect(),
        }
    }
}

impl Dictionary {
    /// The dictionary at a position.
    pub fn of(position: u64, dictionary: &dictionary::Dictionary) -> Self {
        let events = dictionary.events().iter().map(|event| EventName {
            name: event.name.to_string(),
            table: event.table.to_string(),
            count: event.count,
            parameters: event.parameters.list().iter().map(Field::from).collect(),
        });
        Self {
            position,
            identifiers: dictionary::IDENTIFIERS.map(str::to_owned).to_vec(),
            attributes: dictionary.attributes.list().iter().map(Field::from).collect(),
            events: events.collect(),
            channels: journey::CHANNELS
                .iter()
                .map(|channel| Channel { code: channel.code.to_owned(), name: channel.name.to_owned() })
                .collect(),
            actions: journey::ACTIONS
                .iter()
                .map(|action| Action {
                    code: action.code,
                    name: action.name.to_owned(),
                    meaning: action.meaning.to_owned(),
                })
                .collect(),
        }
    }
}

impl Dictionary {
    /// The same without what a policy drops.
    pub fn within(mut self, policy: &Policy) -> Self {
        let dropped = policy::Action::Drop;
        let is_shown = |name: &str| policy.of_column(name) != dropped;
        self.identifiers.retain(|name| is_shown(name));
        self.attributes.retain(|field| is_shown(&field.name));
        for event in &mut self.events {
            event.parameters.retain(|field| policy.of_parameter(&event.name, &field.name) != dropped);
        }
        self
    }
}

/// Whose values to list: a parameter of an event, or an attribute.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ValuesQuery {
    /// The event; goes with `parameter`.
    pub event: Option<String>,
    /// The parameter; goes with `event`.
    pub parameter: Option<String>,
    /// The attribute; instead of `event` and `parameter`.
    pub attribute: Option<String>,
    /// Only values in events of this journey.
    pub journey_id: Option<i64>,
    /// Only values that contain this text, in any case, in value or name.
    pub query: Option<String>,
    /// How many values to list at most. Default: 100.
    #[param(minimum = 1, maximum = 1_000)]
    pub limit: Option<u32>,
}

/// The values that exist, the most frequent first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Values {
    /// The values.
    pub values: Vec<KnownValue>,
    /// How many distinct values there are, before `query` and `limit`.
    pub distinct: u64,
    /// The position up to which records were seen.
    pub position: u64,
}

/// A value that exists.
#[derive(Debug, Serialize, ToSchema)]
pub struct KnownValue {
    /// The value's text.
    pub value: String,
    /// How often it occurs.
    pub count: u64,
    /// The name of what the value is the code or id of.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub name: Option<String>,
    /// What it means.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub meaning: Option<String>,
}
