//! `GET /api/v1/profiles/{profile_id}`

use crate::extract::Path;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::profile::Profile;
use axum::Json;
use axum::extract::State;
use wayfare_model::id::ProfileId;

/// A profile: what leads to it, and its attributes.
#[utoipa::path(
    get, path = "/api/v1/profiles/{profile_id}", tag = "profiles", operation_id = "show_profile",
    params(("profile_id" = String, Path, description = "The product's own id", example = "pro_0000000000000")),
    responses((status = OK, body = Profile))
)]
pub(crate) async fn show(
    _: Caller,
    State(state): State<AppState>,
    Path(profile_id): Path<String>,
) -> Result<Json<Profile>, Problem> {
    let id = parse_id(&profile_id)?;
    let snapshot = state.store.snapshot().await?;
    let found = snapshot.profile(id).await?.ok_or_else(|| missing(&profile_id))?;
    Ok(Json(Profile::of(&found, snapshot.dictionary())))
}

/// The id in an address; what is no id leads to no profile.
pub(super) fn parse_id(text: &str) -> Result<ProfileId, Problem> {
    text.parse().map_err(|_| missing(text))
}

pub(super) fn missing(text: &str) -> Problem {
    Problem::not_found(format_args!("profile {text:?}"))
}
