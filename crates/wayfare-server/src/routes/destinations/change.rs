//! `PUT /api/v1/destinations/{id}`

use crate::extract::{self, Path};
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::destination::{Destination, DestinationChange};
use axum::Json;
use axum::extract::State;
use wayfare_export::DestinationForm;

/// Changes a destination. What waits for its next attempt is sent to what it is then.
#[utoipa::path(
    put, path = "/api/v1/destinations/{id}", tag = "destinations", operation_id = "change_destination",
    params(("id" = String, Path, description = "The destination's id")), request_body = DestinationChange,
    responses(
        (status = OK, body = Destination),
        (status = CONFLICT, description = "It was changed meanwhile", body = crate::problem::Wire<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn change(
    caller: Caller,
    State(state): State<AppState>,
    Path(id): Path<String>,
    extract::Json(request): extract::Json<DestinationChange>,
) -> Result<Json<Destination>, Problem> {
    let DestinationChange { name, disabled, settings, revision } = request;
    let form = DestinationForm { name, disabled, settings };
    let changed = state.exports.change_destination(&id, revision, form, caller.name()).await?;
    Ok(Json(changed.into()))
}
