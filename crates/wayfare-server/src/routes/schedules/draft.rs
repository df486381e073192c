//! What making and changing a schedule share: the body as the room takes it.

use crate::problem::{Code, Problem};
use crate::routes::exports::create::checked;
use crate::state::AppState;
use crate::wire::schedule::NewSchedule;
use wayfare_export::schedule::Draft;

/// What people said of a schedule; refused where something is wrong with its request.
pub(super) async fn draft(state: &AppState, said: NewSchedule) -> Result<Draft, Problem> {
    // The path of a definition is its own, as everywhere.
    let request = checked(state, said.request, None).await.map_err(|problem| match problem.code() {
        Code::RefusedDefinition => problem,
        _ => problem.within("request"),
    })?;
    Ok(Draft {
        name: said.name,
        request,
        rule: said.rule.into_form(),
        time_zone: said.time_zone.unwrap_or_else(|| "UTC".to_owned()),
        incremental: said.incremental.unwrap_or(false),
        backfill: said.backfill.unwrap_or(true),
        expected_within_seconds: said.expected_within_seconds,
        notify: said.notify,
    })
}
