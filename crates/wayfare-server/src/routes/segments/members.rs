//! `POST /api/v1/segments/members`

use crate::cursor;
use crate::evaluation::{self, Evaluation, Question};
use crate::extract::Json;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::segment::{IdKind, MembersAnswer, MembersRequest};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::collections::BinaryHeap;
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
    let mut when = evaluation::when(request.as_of.as_deref(), request.timezone.as_deref())?;
    if let (Some(place), None) = (&place, &request.as_of) {
        when.as_of = Some(place.as_of);
    }
    let id = request.id.unwrap_or(IdKind::ProfileId);
    let mut question = Question::new(definition, when);
    if id != IdKind::ProfileId {
        question = question.with_attribute(id.name());
    }
    let evaluation = state.evaluations.ask(&state.store, question).await?;
    let (count, position) = (evaluation.count(), evaluation.snapshot.position());
    let as_of = evaluation.as_of();
    let after = place.map(|place| place.after);
    let (mut ids, with_id) = match id {
        IdKind::ProfileId => (profile_ids(&evaluation, after, limit + 1)?, count),
        _ => {
            // Each member's text is looked at, whatever the size of the page.
            let work = move || identifiers(&evaluation, id.name(), after.as_deref(), limit + 1);
            tokio::task::spawn_blocking(work).await?
        }
    };
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
        without_id: count.saturating_sub(with_id),
        position,
        as_of: as_of.to_string(),
    }))
}

/// A page of profile ids; their text sorts as they do.
fn profile_ids(evaluation: &Evaluation, after: Option<String>, limit: usize) -> Result<Vec<String>, Problem> {
    let after = match after {
        Some(after) => {
            Some(after.parse().map_err(|_| Problem::invalid("cursor", "is of a listing of other ids"))?)
        }
        None => None,
    };
    Ok(evaluation.members_after(after, limit).iter().map(ToString::to_string).collect())
}

/// A page of identifiers, and how many members have one.
fn identifiers(evaluation: &Evaluation, name: &str, after: Option<&str>, limit: usize) -> (Vec<String>, u64) {
    let Some(column) = evaluation.columns.attribute(name) else { return (Vec::new(), 0) };
    let Values::String(values) = &column.values else { return (Vec::new(), 0) };
    let of = |ordinal: u32| {
        let code = column.codes.get(ordinal as usize).checked_sub(1)?;
        values.get(code as usize)
    };
    page(evaluation.members.iter().filter_map(of), after, limit)
}

/// The first `limit` of the texts that come after `after`, in byte order, and how many texts there are at all.
fn page<'a>(texts: impl Iterator<Item = &'a str>, after: Option<&str>, limit: usize) -> (Vec<String>, u64) {
    let (mut first, mut seen) = (BinaryHeap::with_capacity(limit + 1), 0);
    for text in texts {
        seen += 1;
        if after.is_some_and(|after| text <= after) {
            continue;
        }
        if first.len() < limit {
            first.push(text);
        } else if let Some(mut last) = first.peek_mut()
            && text < *last
        {
            *last = text;
        }
    }
    (first.into_sorted_vec().into_iter().map(str::to_owned).collect(), seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_texts() {
        let texts = ["d", "b", "e", "a", "c"];
        let check = |after, limit, expected: &[&str]| {
            let (page, seen) = page(texts.into_iter(), after, limit);
            assert_eq!((page.iter().map(String::as_str).collect::<Vec<_>>(), seen), (expected.to_vec(), 5));
        };
        check(None, 2, &["a", "b"]);
        check(Some("b"), 2, &["c", "d"]);
        check(Some("d"), 2, &["e"]);
        check(Some("e"), 2, &[]);
        check(Some("aa"), 9, &["b", "c", "d", "e"]);
    }
}
