//! `/api/v1/webhooks/watches`

pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod remove;
pub(crate) mod show;

use crate::problem::Problem;
use crate::state::AppState;
use crate::wire::webhook::NewWatch;
use wayfare_export::webhook::{Side, WatchForm};
use wayfare_model::problem::nearest_name;

/// What is watched for; refused where there is no such segment.
async fn checked(state: &AppState, request: NewWatch) -> Result<WatchForm, Problem> {
    let (side, threshold) = match (request.above, request.below) {
        (Some(above), None) => (Side::Above, above),
        (None, Some(below)) => (Side::Below, below),
        _ => return Err(Problem::invalid("", "needs either `above` or `below`")),
    };
    let mut rows = state.store.segments().await?;
    rows.retain(|row| !row.deleted);
    if !rows.iter().any(|row| row.id == request.segment) {
        let nearest = nearest_name(&request.segment, rows.iter().map(|row| row.id.as_str()));
        let said = nearest.map_or_else(String::new, |id| format!("; did you mean `{id}`?"));
        let message = format!("there is no saved segment `{}`{said}", request.segment);
        return Err(Problem::invalid("segment", message));
    }
    Ok(WatchForm { segment: request.segment, side, threshold, every_minutes: request.every_minutes })
}
