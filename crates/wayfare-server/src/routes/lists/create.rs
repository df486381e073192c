//! `POST /api/v1/lists`

use crate::evaluation::{self, Question};
use crate::extract;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::saved_segment::{NewList, SavedList};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use wayfare_segment::library;
use wayfare_store::ListRow;

/// Makes a list of whoever a definition means now, or of user ids.
#[utoipa::path(
    post, path = "/api/v1/lists", tag = "lists", operation_id = "create_list", request_body = NewList,
    responses((status = CREATED, description = "The list", body = SavedList))
)]
pub(crate) async fn create(
    caller: Caller,
    State(state): State<AppState>,
    extract::Json(request): extract::Json<NewList>,
) -> Result<(StatusCode, Json<SavedList>), Problem> {
    let name = library::name(&request.name).map_err(|why| Problem::invalid("name", why))?;
    let (members, made_from, unknown) = match (request.definition, request.user_ids) {
        (Some(definition), None) => {
            let definition = evaluation::definition(&definition)?;
            let question = Question::new(definition, evaluation::when(None, request.timezone.as_deref())?);
            let evaluation = state.evaluations.ask(&state.store, question).await?;
            (evaluation.columns.profile_ids(&evaluation.members), evaluation.words.clone(), None)
        }
        (None, Some(mut user_ids)) => {
            // One that stands there twice is one all the same.
            user_ids.sort_unstable();
            user_ids.dedup();
            let snapshot = state.store.snapshot().await?;
            let mut found = snapshot.profiles_of_users(&user_ids).await?;
            let unknown = user_ids.len() - found.len();
            found.sort_unstable();
            found.dedup();
            (found, format!("{} user ids", user_ids.len()), Some(unknown as u64))
        }
        _ => {
            return Err(Problem::invalid("", "needs either `definition` or `user_ids`"));
        }
    };
    let row = ListRow {
        id: ListRow::new_id(),
        name,
        made_at: evaluation::now(),
        made_by: caller.name().to_owned(),
        made_from,
        size: members.len() as u64,
    };
    state.store.add_list(&row, &members).await?;
    Ok((StatusCode::CREATED, Json(super::shown(row, unknown))))
}
