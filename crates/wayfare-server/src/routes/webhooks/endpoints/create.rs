//! `POST /api/v1/webhooks/endpoints`

use crate::extract;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::webhook::{EndpointWithSecret, NewEndpoint};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use wayfare_export::webhook::EndpointForm;
use wayfare_export::webhook::endpoint::event_types;

/// Makes an endpoint. Its secret is in this answer and in no later one.
#[utoipa::path(
    post, path = "/api/v1/webhooks/endpoints", tag = "webhooks", operation_id = "create_webhook_endpoint",
    request_body = NewEndpoint,
    responses(
        (status = CREATED, description = "The endpoint with its secret", body = EndpointWithSecret),
        (status = CONFLICT, description = "The service has no file of keys to keep secrets under", body = crate::problem::Wire<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn create(
    caller: Caller,
    State(state): State<AppState>,
    extract::Json(request): extract::Json<NewEndpoint>,
) -> Result<(StatusCode, Json<EndpointWithSecret>), Problem> {
    let NewEndpoint { url, description, events, disabled, secret } = request;
    let form = EndpointForm { url, description, events: event_types(&events)?, disabled };
    let webhooks = state.exports.webhooks();
    let (made, secret) = webhooks.create_endpoint(form, secret.as_deref(), caller.name()).await?;
    let answer = EndpointWithSecret { endpoint: made.into(), secret: secret.told() };
    Ok((StatusCode::CREATED, Json(answer)))
}
