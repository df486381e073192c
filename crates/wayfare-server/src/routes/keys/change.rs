//! `PUT /api/v1/keys/{id}`

use crate::extract::{self, Path};
use crate::guard::Administrator;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::key::{Key, KeyChange};
use axum::Json;
use axum::extract::State;

/// Changes an API key. Exports that were asked for before stay as they are.
#[utoipa::path(
    put, path = "/api/v1/keys/{id}", tag = "keys", operation_id = "change_key",
    params(("id" = String, Path, description = "The key's id")), request_body = KeyChange,
    responses(
        (status = OK, body = Key),
        (status = CONFLICT, description = "It was changed meanwhile, or columns are to be hashed and the service has no file of keys", body = crate::problem::Wire<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn change(
    administrator: Administrator,
    State(state): State<AppState>,
    Path(id): Path<String>,
    extract::Json(request): extract::Json<KeyChange>,
) -> Result<Json<Key>, Problem> {
    let (revision, form) = request.into_form()?;
    let changed = state.exports.change_api_key(&id, revision, form, administrator.name()).await?;
    Ok(Json(changed.try_into()?))
}
