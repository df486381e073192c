//! `GET /api/v1/profiles/{profile_id}/events`

use crate::cursor;
use crate::extract::{Path, Query};
use crate::guard::Caller;
use crate::problem::Problem;
use crate::routes::profiles::show::{missing, parse_id};
use crate::state::AppState;
use crate::wire::profile::{Event, ProfileEvents};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use wayfare_model::journey;

/// Which of the events.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventsQuery {
    /// Where the page before ended: its `next_cursor`.
    cursor: Option<String>,
    /// How many events a page has. Default: 50.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
    /// Only events of this name.
    event: Option<String>,
}

/// A profile's events, newest first; journey product actions in words.
#[utoipa::path(
    get, path = "/api/v1/profiles/{profile_id}/events", tag = "profiles", operation_id = "list_profile_events",
    params(("profile_id" = String, Path, description = "The product's own id", example = "pro_0000000000000"), EventsQuery),
    responses((status = OK, body = ProfileEvents))
)]
pub(crate) async fn events(
    _: Caller,
    State(state): State<AppState>,
    Path(profile_id): Path<String>,
    Query(query): Query<EventsQuery>,
) -> Result<Json<ProfileEvents>, Problem> {
    let limit = cursor::limit(query.limit, 50, 500)?;
    let before = cursor::read(query.cursor.as_deref())?;
    let id = parse_id(&profile_id)?;
    let snapshot = state.store.snapshot().await?;
    if snapshot.profile(id).await?.is_none() {
        return Err(missing(&profile_id));
    }
    let event = query.event.as_deref().map(journey::canonical_event);
    let mut found = snapshot.profile_events(id, before, limit + 1, event).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next_cursor = match found.last().filter(|_| more) {
        Some(last) => Some(cursor::write(&(last.timestamp, last.position))?),
        None => None,
    };
    let events = found.iter().map(|event| Event::of(event, snapshot.dictionary())).collect();
    Ok(Json(ProfileEvents { events, next_cursor, position: snapshot.position() }))
}
