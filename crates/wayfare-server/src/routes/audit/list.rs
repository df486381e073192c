//! `GET /api/v1/audit`

use crate::cursor;
use crate::extract::Query;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::audit::{AuditEntry, AuditPage};
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;
use wayfare_export::AuditFilter;
use wayfare_export::audit::Deed;

/// Which deeds: those that have all that is given.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// Where the page before ended: its `next_cursor`.
    cursor: Option<String>,
    /// How many deeds a page has. Default: 50.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
    /// With what it was done: the id of an export or an API key.
    subject: Option<String>,
    /// What was done.
    deed: Option<String>,
    /// Who did it.
    who: Option<String>,
}

/// What was done with exports, newest first: asked for, completed, failed, cancelled, looked at; links made and taken back;
/// files sent; API keys made, changed and taken away.
#[utoipa::path(
    get, path = "/api/v1/audit", tag = "audit", operation_id = "list_audit",
    params(AuditQuery),
    responses((status = OK, body = AuditPage))
)]
pub(crate) async fn list(
    _: Caller,
    State(state): State<AppState>,
    Query(query): Query<AuditQuery>,
) -> Result<Json<AuditPage>, Problem> {
    let limit = cursor::limit(query.limit, 50, 500)?;
    let before: Option<u64> = cursor::read(query.cursor.as_deref())?;
    if let Some(deed) = &query.deed
        && !Deed::ALL.iter().any(|known| known.name() == deed)
    {
        let known: Vec<_> = Deed::ALL.iter().map(|deed| deed.name()).collect();
        return Err(Problem::invalid("deed", format!("must be one of {}", known.join(", "))));
    }
    let filter = AuditFilter { who: query.who, deed: query.deed, subject: query.subject };
    let mut rows = state.exports.audit(&filter, limit + 1, before).await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next_cursor = match rows.last().filter(|_| more) {
        Some(last) => Some(cursor::write(&last.number)?),
        None => None,
    };
    Ok(Json(AuditPage { entries: rows.into_iter().map(AuditEntry::from).collect(), next_cursor }))
}
