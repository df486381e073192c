//! `GET /api/v1/mail/{id}`

use crate::extract::Path;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::mail::MailMessage;
use axum::Json;
use axum::extract::State;
use wayfare_export::ExportError;

/// A letter. Its HTML belongs into a frame without rights.
#[utoipa::path(
    get, path = "/api/v1/mail/{id}", tag = "mail", operation_id = "show_mail",
    params(("id" = String, Path, description = "The letter's id")),
    responses((status = OK, body = MailMessage))
)]
pub(crate) async fn show(
    _: Caller,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<MailMessage>, Problem> {
    let exports = state.exports.clone();
    let missing = || Problem::not_found(format_args!("letter {id:?}"));
    if !exports.keeps_mail() {
        return Err(missing());
    }
    let wanted = id.clone();
    let mail = match tokio::task::spawn_blocking(move || exports.mail(&wanted)).await? {
        Err(ExportError::Unknown { .. }) => return Err(missing()),
        mail => mail?,
    };
    Ok(Json(MailMessage {
        id: mail.id,
        from: mail.from,
        to: mail.to,
        subject: mail.subject,
        date: mail.date.map(|date| date.to_string()),
        html: mail.html,
        text: mail.text,
    }))
}
