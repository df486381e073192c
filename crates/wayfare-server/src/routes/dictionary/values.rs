//! `GET /api/v1/dictionary/values`

use crate::cursor;
use crate::extract::Query;
use crate::guard::Caller;
use crate::problem::{Code, Problem};
use crate::state::AppState;
use crate::wire::dictionary::{KnownValue, Values, ValuesQuery};
use axum::Json;
use axum::extract::State;
use std::collections::HashMap;
use wayfare_model::dictionary::{Dictionary, IDENTIFIERS};
use wayfare_model::journey;
use wayfare_model::problem::Refusal;
use wayfare_store::{JourneySummary, Snapshot};

/// What is asked for.
enum Subject<'a> {
    Attribute(&'a str),
    Parameter { event: &'a str, parameter: &'a str, journey_id: Option<i64> },
}

/// The values that an attribute or a parameter has, the most frequent first; codes and ids with names and meanings.
#[utoipa::path(
    get, path = "/api/v1/dictionary/values", tag = "dictionary", operation_id = "list_values", params(ValuesQuery),
    responses((status = OK, body = Values))
)]
pub(crate) async fn values(
    _: Caller,
    State(state): State<AppState>,
    Query(query): Query<ValuesQuery>,
) -> Result<Json<Values>, Problem> {
    let limit = cursor::limit(query.limit, 100, 1_000)?;
    let snapshot = state.store.snapshot().await?;
    let subject = subject(&query, snapshot.dictionary())?;
    let found = match subject {
        Subject::Attribute(name) => snapshot.attribute_values(name).await?,
        Subject::Parameter { event, parameter, journey_id } => {
            snapshot.parameter_values(event, parameter, journey_id).await?
        }
    };
    let names = Names::load(&subject, &snapshot).await?;
    let distinct = found.len() as u64;
    let needle = query.query.as_deref().unwrap_or_default().to_lowercase();
    let values = found
        .into_iter()
        .map(|(value, count)| names.put(value.to_string(), count))
        .filter(|known| {
            let named = known.name.as_deref().is_some_and(|name| name.to_lowercase().contains(&needle));
            named || known.value.to_lowercase().contains(&needle)
        })
        .take(limit)
        .collect();
    Ok(Json(Values { values, distinct, position: snapshot.position() }))
}

fn subject<'a>(query: &'a ValuesQuery, dictionary: &Dictionary) -> Result<Subject<'a>, Problem> {
    let unknown = |path: &str, message: String, nearest| {
        Problem::refused(Code::InvalidRequest, Refusal::new(path, message).nearest(nearest))
    };
    match (query.event.as_deref(), query.parameter.as_deref(), query.attribute.as_deref()) {
        (None, None, Some(attribute)) => {
            if query.journey_id.is_some() {
                return Err(Problem::invalid("journey_id", "goes with `event` and `parameter`"));
            }
            if dictionary.attributes.id(attribute).is_none() && !IDENTIFIERS.contains(&attribute) {
                let message = format!("no attribute is called {attribute:?}");
                return Err(unknown("attribute", message, dictionary.nearest_attribute(attribute)));
            }
            Ok(Subject::Attribute(attribute))
        }
        (Some(event), Some(parameter), None) => {
            let event = journey::canonical_event(event);
            let parameter = journey::canonical_parameter(event, parameter);
            let known = dictionary.event(event).ok_or_else(|| {
                unknown("event", format!("no event is called {event:?}"), dictionary.nearest_event(event))
            })?;
            if known.parameters.id(parameter).is_none() {
                let message = format!("{event:?} has no parameter called {parameter:?}");
                return Err(unknown("parameter", message, known.parameters.nearest(parameter)));
            }
            Ok(Subject::Parameter { event, parameter, journey_id: query.journey_id })
        }
        _ => Err(Problem::invalid("", "give either `event` and `parameter`, or `attribute`")),
    }
}

/// Names of what the values are codes or ids of.
enum Names {
    None,
    Channels,
    Actions,
    ById(HashMap<i64, String>),
}

impl Names {
    async fn load(subject: &Subject<'_>, snapshot: &Snapshot) -> Result<Self, Problem> {
        let Subject::Parameter { event, parameter, .. } = subject else { return Ok(Self::None) };
        if !journey::EVENTS.contains(event) {
            return Ok(Self::None);
        }
        Ok(match *parameter {
            "channel_code" => Self::Channels,
            "action_code" => Self::Actions,
            "journey_id" => Self::ById(journey_names(snapshot.journeys().await?)),
            "campaign_id" => Self::ById(campaign_names(snapshot.journeys().await?)),
            _ => Self::None,
        })
    }

    fn put(&self, value: String, count: u64) -> KnownValue {
        let (name, meaning) = match self {
            Self::None => (None, None),
            Self::Channels => (journey::channel(&value).map(|channel| channel.name.to_owned()), None),
            Self::Actions => {
                let action = value.parse().ok().and_then(journey::action);
                (action.map(|action| action.name.to_owned()), action.map(|action| action.meaning.to_owned()))
            }
            Self::ById(names) => (value.parse().ok().and_then(|id: i64| names.get(&id).cloned()), None),
        };
        KnownValue { value, count, name, meaning }
    }
}

fn journey_names(journeys: Vec<JourneySummary>) -> HashMap<i64, String> {
    let named = |journey: JourneySummary| Some((journey.journey_id, journey.journey_name?));
    journeys.into_iter().filter_map(named).collect()
}

/// A campaign without a name goes by its channel.
fn campaign_names(journeys: Vec<JourneySummary>) -> HashMap<i64, String> {
    let mut names = HashMap::new();
    for channel in journeys.into_iter().flat_map(|journey| journey.channels) {
        let of_channel = journey::channel(&channel.channel_code)
            .map_or_else(|| channel.channel_code.to_string(), |channel| channel.name.to_owned());
        for (id, name) in channel.campaigns {
            names.insert(id, name.unwrap_or_else(|| of_channel.clone()));
        }
    }
    names
}
