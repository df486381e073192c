//! `/api/raw`: the peer's raw exports, for clients that were written for it.

pub(crate) mod cancel_v2;
pub(crate) mod create_v1;
pub(crate) mod create_v2;
pub(crate) mod list_v2;
pub(crate) mod show_v2;

use crate::extract::Body;
use crate::guard::Partner;
use crate::problem::Problem;
use crate::raw_error::RawError;
use crate::state::AppState;
use wayfare_export::request::Surface;
use wayfare_export::{ExportError, Job};

/// A body as text.
fn text(body: Result<Body, Problem>) -> Result<String, RawError> {
    let body = body?.0;
    String::from_utf8(body.to_vec()).map_err(|_| RawError::bad_request("the body is not UTF-8"))
}

/// A job of the v2 surface that a client sees; the others are none of its business.
async fn job(state: &AppState, partner: &Partner, id: &str) -> Result<Job, RawError> {
    let job = state.exports.get(id).await?;
    match job.surface == Surface::V2 && partner.sees(&job) {
        true => Ok(job),
        false => Err(ExportError::Unknown { id: id.to_owned() }.into()),
    }
}
