//! `/api/v1/webhooks`

pub(crate) mod endpoints;
pub(crate) mod messages;
pub(crate) mod watches;

use crate::problem::Problem;
use wayfare_model::time::Instant;

/// An instant of a request, where it has one.
fn instant(text: Option<&str>, path: &str) -> Result<Option<Instant>, Problem> {
    let read = |text| {
        let example = "must be an instant such as 2026-09-02T07:00:00Z";
        Instant::parse(text).map_err(|_| Problem::invalid(path, example))
    };
    text.map(read).transpose()
}
