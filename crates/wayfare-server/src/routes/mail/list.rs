//! `GET /api/v1/mail`

use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::mail::{MailHead, Mails};
use axum::Json;
use axum::extract::State;

/// The letters that were written to the data directory, newest first, 500 at the most; none where a relay sends them.
#[utoipa::path(
    get, path = "/api/v1/mail", tag = "mail", operation_id = "list_mail",
    responses((status = OK, body = Mails))
)]
pub(crate) async fn list(_: Caller, State(state): State<AppState>) -> Result<Json<Mails>, Problem> {
    let exports = state.exports.clone();
    let listed = match exports.keeps_mail() {
        true => tokio::task::spawn_blocking(move || exports.mails()).await??,
        false => Vec::new(),
    };
    let messages = listed.into_iter().map(|mail| MailHead {
        id: mail.id,
        to: mail.to,
        subject: mail.subject,
        date: mail.date.map(|date| date.to_string()),
    });
    Ok(Json(Mails { messages: messages.collect() }))
}
