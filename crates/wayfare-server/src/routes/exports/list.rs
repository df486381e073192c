//! `GET /api/v1/exports`

use crate::cursor;
use crate::extract::Query;
use crate::guard::Exporter;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::job::{ExportJob, ExportJobs, ExportsQuery};
use axum::Json;
use axum::extract::State;
use wayfare_export::ExportError;

/// Export jobs, newest first.
#[utoipa::path(
    get, path = "/api/v1/exports", tag = "exports", operation_id = "list_exports", params(ExportsQuery),
    responses((status = OK, body = ExportJobs))
)]
pub(crate) async fn list(
    exporter: Exporter,
    State(state): State<AppState>,
    Query(query): Query<ExportsQuery>,
) -> Result<Json<ExportJobs>, Problem> {
    let limit = cursor::limit(query.limit, 50, 500)?;
    let after: Option<String> = cursor::read(query.cursor.as_deref())?;
    let (jobs, next) = exporter.jobs(&state, limit, after.as_deref(), |_| true).await.map_err(|error| match error {
        ExportError::Unknown { .. } => {
            Problem::invalid("cursor", "leads on from an export that is not there")
        }
        other => other.into(),
    })?;
    let next_cursor = next.map(|id| cursor::write(&id)).transpose()?;
    Ok(Json(ExportJobs { exports: jobs.into_iter().map(ExportJob::from).collect(), next_cursor }))
}
