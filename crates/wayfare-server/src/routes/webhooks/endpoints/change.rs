//! `PUT /api/v1/webhooks/endpoints/{id}`

use crate::extract::{self, Path};
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::webhook::{EndpointChange, WebhookEndpoint};
use axum::Json;
use axum::extract::State;
use wayfare_export::webhook::EndpointForm;
use wayfare_export::webhook::endpoint::event_types;

/// Changes an endpoint. Messages of a disabled one wait, and are due at once when it is no longer.
#[utoipa::path(
    put, path = "/api/v1/webhooks/endpoints/{id}", tag = "webhooks", operation_id = "change_webhook_endpoint",
    params(("id" = String, Path, description = "The endpoint's id")), request_body = EndpointChange,
    responses(
        (status = OK, body = WebhookEndpoint),
        (status = CONFLICT, description = "It was changed meanwhile", body = crate::problem::Wire<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn change(
    _: Caller,
    State(state): State<AppState>,
    Path(id): Path<String>,
    extract::Json(request): extract::Json<EndpointChange>,
) -> Result<Json<WebhookEndpoint>, Problem> {
    let EndpointChange { url, description, events, disabled, revision } = request;
    let form = EndpointForm { url, description, events: event_types(&events)?, disabled };
    Ok(Json(state.exports.webhooks().change_endpoint(&id, form, revision).await?.into()))
}
