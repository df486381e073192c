//! `GET /health/live` and `GET /health/ready`

use crate::problem::{Code, Problem};
use crate::state::AppState;
use crate::wire::service::{Health, HealthStatus};
use axum::Json;
use axum::extract::State;

/// The process runs.
#[utoipa::path(get, path = "/health/live", tag = "operations", operation_id = "check_live", security(()), responses((status = OK, body = Health)))]
pub(crate) async fn live() -> Json<Health> {
    Json(Health { status: HealthStatus::Ok })
}

/// The store answers.
#[utoipa::path(
    get, path = "/health/ready", tag = "operations", operation_id = "check_ready", security(()),
    responses(
        (status = OK, body = Health),
        (status = SERVICE_UNAVAILABLE, description = "Not ready", body = crate::problem::Wire, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn ready(State(state): State<AppState>) -> Result<Json<Health>, Problem> {
    match state.store.snapshot().await {
        Ok(_) => Ok(Json(Health { status: HealthStatus::Ok })),
        Err(error) => {
            tracing::error!(%error, "not ready");
            Err(Problem::new(Code::Unavailable, "The store does not answer."))
        }
    }
}
