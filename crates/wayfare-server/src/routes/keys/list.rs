//! `GET /api/v1/keys`

use crate::guard::Administrator;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::key::{Key, Keys};
use axum::Json;
use axum::extract::State;

/// The named API keys, by name; of their secrets only how they begin.
#[utoipa::path(
    get, path = "/api/v1/keys", tag = "keys", operation_id = "list_keys",
    responses((status = OK, body = Keys))
)]
pub(crate) async fn list(_: Administrator, State(state): State<AppState>) -> Result<Json<Keys>, Problem> {
    let keys = state.exports.api_keys().into_iter().map(Key::try_from).collect::<Result<_, _>>()?;
    Ok(Json(Keys { keys }))
}
