//! `POST /api/v1/exports`

use crate::evaluation;
use crate::extract::Json;
use crate::guard::Exporter;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::export::CreateExport;
use crate::wire::job::ExportJob;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use utoipa::IntoParams;
use wayfare_export::{ExportRequest, Policy};

/// The longest idempotency key.
const LONGEST_KEY: usize = 255;

/// The header of a request that may be sent again.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "only its description is used")]
pub(crate) struct IdempotencyKey {
    /// The same key with the same request gives the job that it made before.
    #[param(rename = "Idempotency-Key", max_length = 255)]
    idempotency_key: Option<String>,
}

/// Asks for an export: profiles with chosen columns, or raw events. The answer is the job, which runs by itself.
#[utoipa::path(
    post, path = "/api/v1/exports", tag = "exports", operation_id = "create_export",
    params(IdempotencyKey), request_body = CreateExport,
    responses(
        (status = ACCEPTED, description = "The job", body = ExportJob),
        (status = CONFLICT, description = "The key came before with a different request", body = crate::problem::Wire, content_type = "application/problem+json"),
        (status = INSUFFICIENT_STORAGE, description = "The disk is full", body = crate::problem::Wire, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn create(
    exporter: Exporter,
    State(state): State<AppState>,
    headers: HeaderMap,
    Json(request): Json<CreateExport>,
) -> Result<(StatusCode, axum::Json<ExportJob>), Problem> {
    let key = key(&headers)?;
    let request = asked(&state, &exporter, request).await?;
    let job = state.exports.create(request, exporter.name(), key).await?;
    Ok((StatusCode::ACCEPTED, axum::Json(job.into())))
}

/// What the export room is asked for by somebody who may see that much; refused where something is wrong with it.
pub(in crate::routes) async fn asked(
    state: &AppState,
    exporter: &Exporter,
    request: CreateExport,
) -> Result<ExportRequest, Problem> {
    let behind = request.positions.as_ref().and_then(|positions| positions.after.as_deref());
    if let Some(id) = behind
        && let Err(error) = exporter.check(state, id).await
    {
        return Err(Problem::invalid("positions.after", error.to_string()));
    }
    let request = checked(state, request, exporter.policy()).await?;
    Ok(ExportRequest { policy: exporter.applied(), ..request })
}

/// What the export room is asked for; refused where something is wrong with it, or asks by what a policy does not show.
pub(in crate::routes) async fn checked(
    state: &AppState,
    request: CreateExport,
    policy: Option<&Policy>,
) -> Result<ExportRequest, Problem> {
    evaluation::when(None, request.timezone.as_deref())?;
    if let Some(json) = &request.definition {
        // Told apart from the rest of the request, whose paths start elsewhere.
        let definition = evaluation::definition(json)?;
        let snapshot = state.store.snapshot().await?;
        let library = snapshot.library(&definition).await?;
        if let Some(policy) = policy {
            policy.check_definition(&definition, &library).map_err(Problem::definition)?;
        }
        definition.check(snapshot.dictionary(), &library).map_err(|refusal| match policy {
            Some(policy) => Problem::definition(policy.without_dropped(refusal)),
            None => Problem::definition(refusal),
        })?;
    }
    let request = request.into_request()?;
    request.check()?;
    Ok(request)
}

/// The idempotency key, where there is one.
pub(in crate::routes) fn key(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    match key.to_str() {
        Ok(key) if (1..=LONGEST_KEY).contains(&key.len()) => Ok(Some(key)),
        _ => Err(Problem::invalid("Idempotency-Key", "must have 1 to 255 visible ASCII characters")),
    }
}
