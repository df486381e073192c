//! `POST /api/v1/webhooks/endpoints/{id}/replay`

use crate::extract::{self, Path};
use crate::guard::Caller;
use crate::problem::Problem;
use crate::routes::webhooks::instant;
use crate::state::AppState;
use crate::wire::webhook::{Replay, Replayed};
use axum::Json;
use axum::extract::State;
use wayfare_export::webhook;

/// Sends messages of an endpoint once more, under the ids that they have: all that were given up, or all that were
/// written in a time. Those that wait are left as they are.
#[utoipa::path(
    post, path = "/api/v1/webhooks/endpoints/{id}/replay", tag = "webhooks", operation_id = "replay_webhook_messages",
    params(("id" = String, Path, description = "The endpoint's id")), request_body = Replay,
    responses((status = OK, body = Replayed))
)]
pub(crate) async fn replay(
    _: Caller,
    State(state): State<AppState>,
    Path(id): Path<String>,
    extract::Json(request): extract::Json<Replay>,
) -> Result<Json<Replayed>, Problem> {
    let from = instant(request.from.as_deref(), "from")?;
    let to = instant(request.to.as_deref(), "to")?;
    let which = match (request.dead, from, to) {
        (true, None, None) => webhook::Replayed::Dead,
        (false, Some(from), Some(to)) => webhook::Replayed::Written { from, to },
        (false, Some(_), None) => return Err(Problem::invalid("to", "is needed beside `from`")),
        (false, None, Some(_)) => return Err(Problem::invalid("from", "is needed beside `to`")),
        _ => return Err(Problem::invalid("", "needs either `dead` or `from` and `to`")),
    };
    let replayed = state.exports.webhooks().replay(&id, which).await?;
    Ok(Json(Replayed { replayed }))
}
