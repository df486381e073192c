//! `POST /api/user/v3/metadata/columns`

use crate::extract::{Body, from_json};
use crate::guard::Partner;
use crate::problem::Problem;
use crate::raw_error::RawError;
use crate::state::AppState;
use crate::wire::raw::{ColumnsTable, MetadataColumn, MetadataColumns};
use axum::Json;
use axum::extract::State;
use wayfare_export::metadata;

/// Attributes, or events with their parameters, under the names that raw exports of version 1 take.
#[utoipa::path(
    post, path = "/api/user/v3/metadata/columns", tag = "raw exports", operation_id = "list_metadata_columns",
    request_body = MetadataColumns, security(("partner" = [], "token" = [])),
    responses((status = OK, body = Vec<MetadataColumn>))
)]
pub(crate) async fn columns(
    partner: Partner,
    State(state): State<AppState>,
    body: Result<Body, Problem>,
) -> Result<Json<Vec<MetadataColumn>>, RawError> {
    let asked: MetadataColumns = from_json(&body?.0)?;
    let snapshot = state.store.snapshot().await.map_err(Problem::from)?;
    let columns = match asked.table {
        ColumnsTable::Contacts => metadata::contacts(snapshot.dictionary(), partner.policy()),
        ColumnsTable::Events => metadata::events(snapshot.dictionary(), partner.policy()),
    };
    Ok(Json(columns.into_iter().map(MetadataColumn::from).collect()))
}
