//! `POST /api/v1/segments/members`

use crate::cursor;
use crate::evaluation::{self, Evaluation};
use crate::extract::Json;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::segment::{IdKind, MembersAnswer, MembersRequest};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use wayfare_model::time::Instant;
use wayfare_segment::columns::{Columns, Values};

/// Where a page ended. All pages see the definition at one instant.
#[derive(Serialize, Deserialize)]
struct Place {
    after: String,
    as_of: Instant,
}

/// The ids of the profiles that a definition means, in byte order, page by page.
#[utoipa::path(
    post, path = "/api/v1/segments/members", tag = "segments", operation_id = "list_segment_members", request_body = MembersRequest,
    responses((status = OK, body = MembersAnswer))
)]
pub(crate) async fn members(
    _: Caller,
    State(state): State<AppState>,
    Json(request): Json<MembersRequest>,
) -> Result<axum::Json<MembersAnswer>, Problem> {
    let limit = cursor::limit(request.limit, 1_000, 10_000)?;
    let place: Option<Place> = cursor::read(request.cursor.as_deref())?;
    let definition = evaluation::definition(&request.definition)?;
    let mut moment = evaluation::moment(request.as_of.as_deref(), request.timezone.as_deref())?;
    if let (Some(place), None) = (&place, &request.as_of) {
        moment.as_of = place.as_of;
    }
    let as_of = moment.as_of;
    let id = request.id.unwrap_or(IdKind::ProfileId);
    let extra: &[&str] = if id == IdKind::ProfileId { &[] } else { &[id.name()] };
    let evaluation = evaluation::run(&state.store, &definition, moment, extra).await?;
    let mut ids = match id {
        IdKind::ProfileId => profile_ids(&evaluation),
        _ => identifiers(&evaluation, id.name()),
    };
    let count = evaluation.count();
    let without_id = count.saturating_sub(ids.len() as u64);
    if let Some(place) = place {
        let start = ids.partition_point(|id| *id <= place.after);
        ids.drain(..start);
    }
    let more = ids.len() > limit;
    ids.truncate(limit);
    let next_cursor = match ids.last().filter(|_| more) {
        Some(last) => Some(cursor::write(&Place { after: last.clone(), as_of })?),
        None => None,
    };
    Ok(axum::Json(MembersAnswer {
        members: ids,
        next_cursor,
        count,
        without_id,
        position: evaluation.snapshot.position(),
        as_of: as_of.to_string(),
    }))
}

/// Ordinals ascend with profile ids, and their text sorts as they do.
fn profile_ids(evaluation: &Evaluation) -> Vec<String> {
    evaluation.members.iter().map(|ordinal| evaluation.columns.profile_id(ordinal).to_string()).collect()
}

fn identifiers(evaluation: &Evaluation, name: &str) -> Vec<String> {
    let Some(column) = evaluation.columns.attribute(name) else { return Vec::new() };
    let Values::String(values) = &column.values else { return Vec::new() };
    let of = |ordinal: u32| match column.codes.get(ordinal as usize) {
        0 => None,
        code => values.get(code as usize - 1).map(|value| value.to_string()),
    };
    let mut ids: Vec<String> = evaluation.members.iter().filter_map(of).collect();
    ids.sort_unstable();
    ids
}
