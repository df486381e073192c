//! `GET /api/v1/lists`

use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::saved_segment::SavedLists;
use axum::Json;
use axum::extract::State;

/// The lists, by name.
#[utoipa::path(
    get, path = "/api/v1/lists", tag = "lists", operation_id = "list_lists",
    responses((status = OK, body = SavedLists))
)]
pub(crate) async fn list(_: Caller, State(state): State<AppState>) -> Result<Json<SavedLists>, Problem> {
    let mut rows = state.store.lists().await?;
    rows.sort_by(|a, b| (a.name.to_lowercase(), &a.id).cmp(&(b.name.to_lowercase(), &b.id)));
    Ok(Json(SavedLists { lists: rows.into_iter().map(|row| super::shown(row, None)).collect() }))
}
