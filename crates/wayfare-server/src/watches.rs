//! Looks after the watches of segments: counts what is due, the way every count over HTTP is counted.

use crate::evaluation::{Question, When};
use crate::problem::Problem;
use crate::state::AppState;
use serde_json::json;
use std::time::Duration;
use wayfare_segment::definition::Definition;

/// How often is looked whether a watch is due.
const LOOK: Duration = Duration::from_secs(1);

/// Looks until the service closes; one watch at a time, so that watches never crowd out people.
pub(crate) async fn run(state: AppState) {
    loop {
        tokio::select! {
            () = state.closing.cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
        let webhooks = state.exports.webhooks();
        for watch in webhooks.watches_due() {
            let counted = tokio::select! {
                () = state.closing.cancelled() => return,
                counted = count(&state, &watch.form.segment) => counted,
            };
            let counted = counted.map_err(|problem| problem.detail().to_owned());
            if let Err(error) = webhooks.looked(&watch, counted).await {
                tracing::warn!(watch = watch.id, %error, "what a watch saw could not be kept; it looks again");
            }
        }
    }
}

/// How many people a saved segment means now; calendar units are those of UTC.
async fn count(state: &AppState, segment: &str) -> Result<u64, Problem> {
    let definition =
        Definition::parse(&json!({ "segment": segment }).to_string()).map_err(Problem::definition)?;
    let when = When { as_of: None, zone: jiff::tz::TimeZone::UTC };
    Ok(state.evaluations.ask(&state.store, Question::new(definition, when)).await?.count())
}
