//! `POST /api/v1/destinations`

use crate::extract;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::destination::{Destination, NewDestination};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use wayfare_export::DestinationForm;

/// Makes a destination that exports can be sent to.
#[utoipa::path(
    post, path = "/api/v1/destinations", tag = "destinations", operation_id = "create_destination",
    request_body = NewDestination,
    responses((status = CREATED, description = "The destination", body = Destination))
)]
pub(crate) async fn create(
    caller: Caller,
    State(state): State<AppState>,
    extract::Json(request): extract::Json<NewDestination>,
) -> Result<(StatusCode, Json<Destination>), Problem> {
    let NewDestination { name, disabled, settings } = request;
    let form = DestinationForm { name, disabled, settings };
    let made = state.exports.create_destination(form, caller.name()).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}
