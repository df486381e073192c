//! `GET /api/v1/profiles/{profile_id}/exports`

use crate::extract::Path;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::routes::profiles::show::{missing, parse_id};
use crate::state::AppState;
use crate::wire::audit::{HeldBy, ProfileExports};
use axum::Json;
use axum::extract::State;
use wayfare_export::lineage;

/// The exports whose files hold a person: who asked for them, who had them sent.
#[utoipa::path(
    get, path = "/api/v1/profiles/{profile_id}/exports", tag = "profiles", operation_id = "list_profile_exports",
    params(("profile_id" = String, Path, description = "The product's own id", example = "pro_0000000000000")),
    responses((status = OK, body = ProfileExports))
)]
pub(crate) async fn exports(
    _: Caller,
    State(state): State<AppState>,
    Path(profile_id): Path<String>,
) -> Result<Json<ProfileExports>, Problem> {
    let id = parse_id(&profile_id)?;
    if state.store.snapshot().await?.profile(id).await?.is_none() {
        return Err(missing(&profile_id));
    }
    let held = lineage::of(&state.store, id).await?;
    Ok(Json(ProfileExports { exports: held.into_iter().map(HeldBy::from).collect() }))
}
