//! `POST /api/v1/profiles/search`

use crate::cursor;
use crate::evaluation::{self, Evaluation, Question};
use crate::extract::Json;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::profile::{ListedProfile, SearchAnswer, SearchRequest};
use crate::wire::segment::IdKind;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use wayfare_model::id::ProfileId;
use wayfare_model::time::Instant;
use wayfare_segment::columns::Columns;
use wayfare_segment::definition::Definition;
use wayfare_store::{IdentifierKind, ProfileState, Snapshot};

/// Where a page ended. All pages of a search see it at one instant.
#[derive(Serialize, Deserialize)]
struct Place {
    after: ProfileId,
    as_of: Instant,
}

/// Lists profiles by profile id: all, those whom a definition means, those with an identifier, or both.
#[utoipa::path(
    post, path = "/api/v1/profiles/search", tag = "profiles", operation_id = "search_profiles", request_body = SearchRequest,
    responses((status = OK, body = SearchAnswer))
)]
pub(crate) async fn search(
    _: Caller,
    State(state): State<AppState>,
    Json(request): Json<SearchRequest>,
) -> Result<axum::Json<SearchAnswer>, Problem> {
    let limit = cursor::limit(request.limit, 50, 500)?;
    let definition = request.definition.as_deref().map(evaluation::definition).transpose()?;
    let place: Option<Place> = cursor::read(request.cursor.as_deref())?;
    let mut when = evaluation::when(request.as_of.as_deref(), request.timezone.as_deref())?;
    if let (Some(place), None) = (&place, &request.as_of) {
        when.as_of = Some(place.as_of);
    }
    let after = place.map(|place| place.after);
    let query = request.query.as_deref().map(str::trim).filter(|query| !query.is_empty());
    let (snapshot, mut found, as_of) = match (query, definition) {
        (Some(query), None) => {
            let snapshot = state.store.snapshot().await?;
            let by = request.by.map(identifier_kind);
            let found = snapshot.find_profiles(query, by, after, limit + 1).await?;
            (snapshot, found, when.moment().as_of)
        }
        (query, definition) => {
            let question = Question::new(definition.unwrap_or_else(Definition::everyone), when);
            let evaluation = state.evaluations.ask(&state.store, question).await?;
            let found = match query {
                Some(query) => {
                    find_members(&evaluation, query, request.by.map(identifier_kind), after, limit + 1)
                        .await?
                }
                None => {
                    let ids = evaluation.members_after(after, limit + 1);
                    evaluation.snapshot.profile_states(&ids).await?
                }
            };
            (evaluation.snapshot.clone(), found, evaluation.as_of())
        }
    };
    let more = found.len() > limit;
    found.truncate(limit);
    let next_cursor = match found.last().filter(|_| more) {
        Some(last) => Some(cursor::write(&Place { after: last.id, as_of })?),
        None => None,
    };
    Ok(axum::Json(answer(&snapshot, &found, next_cursor, as_of)))
}

fn answer(
    snapshot: &Snapshot,
    found: &[ProfileState],
    next_cursor: Option<String>,
    as_of: Instant,
) -> SearchAnswer {
    let dictionary = snapshot.dictionary();
    SearchAnswer {
        profiles: found.iter().map(|state| ListedProfile::of(state, dictionary)).collect(),
        next_cursor,
        position: snapshot.position(),
        as_of: as_of.to_string(),
    }
}

fn identifier_kind(kind: IdKind) -> IdentifierKind {
    match kind {
        IdKind::ProfileId => IdentifierKind::ProfileId,
        IdKind::UserId => IdentifierKind::UserId,
        IdKind::Email => IdentifierKind::Email,
        IdKind::PhoneNumber => IdentifierKind::PhoneNumber,
    }
}

/// Members among those with an identifier.
async fn find_members(
    evaluation: &Evaluation,
    query: &str,
    by: Option<IdentifierKind>,
    mut after: Option<ProfileId>,
    limit: usize,
) -> Result<Vec<ProfileState>, Problem> {
    const AT_ONCE: usize = 1_000;
    let mut members = Vec::new();
    loop {
        let found = evaluation.snapshot.find_profiles(query, by, after, AT_ONCE).await?;
        let last = found.len() < AT_ONCE;
        after = found.last().map(|state| state.id);
        let ordinals = evaluation.columns.ordinals();
        members.extend(found.into_iter().filter(|state| {
            let ordinal = evaluation.ordinal_from(state.id, false);
            ordinal < ordinals
                && evaluation.columns.profile_id(ordinal) == state.id
                && evaluation.members.contains(ordinal)
        }));
        if last || members.len() >= limit {
            members.truncate(limit);
            return Ok(members);
        }
    }
}
