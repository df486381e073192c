//! `POST /api/v1/mail/test`

use crate::extract;
use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::mail::{MailTest, TestLetter};
use axum::Json;
use axum::extract::State;

/// Sends a test letter now. The answer says that the relay took it, or exactly what failed.
#[utoipa::path(
    post, path = "/api/v1/mail/test", tag = "mail", operation_id = "test_mail", request_body = TestLetter,
    responses((status = OK, description = "What came of it", body = MailTest))
)]
pub(crate) async fn test(
    _: Caller,
    State(state): State<AppState>,
    extract::Json(request): extract::Json<TestLetter>,
) -> Result<Json<MailTest>, Problem> {
    Ok(Json(state.exports.test_mail(&request.to).await?.into()))
}
