//! `DELETE /api/v1/lists/{id}`

use crate::extract::Path;
use crate::guard::Caller;
use crate::problem::{Code, Problem};
use crate::state::AppState;
use axum::extract::State;
use axum::http::StatusCode;
use wayfare_segment::definition::Definition;

/// Takes a list away, unless segments refer to it.
#[utoipa::path(
    delete, path = "/api/v1/lists/{id}", tag = "lists", operation_id = "remove_list",
    params(("id" = String, Path, description = "The list's id")),
    responses(
        (status = NO_CONTENT, description = "It is gone"),
        (status = CONFLICT, description = "Segments refer to it", body = crate::problem::Wire<'static>, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn remove(
    _: Caller,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let segments = state.store.segments().await?;
    let refers = |definition: &str| {
        Definition::parse(definition).is_ok_and(|definition| definition.references().lists.contains(&id))
    };
    let used_by: Vec<&str> = segments
        .iter()
        .filter(|row| !row.deleted && refers(&row.definition))
        .map(|row| row.id.as_str())
        .collect();
    if !used_by.is_empty() {
        let detail = format!("The list is used by {}; change or remove these first.", used_by.join(", "));
        return Err(Problem::new(Code::Conflict, detail));
    }
    match state.store.remove_list(&id).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::not_found(format_args!("list {id:?}"))),
    }
}
