//! Whether rows are of enough people. Counting ends as soon as they are, and nobody is told how many there were.

use crate::error::ExportError;
use crate::plan::PlannedRows;
use crate::prepare::{Prepared, apart};
use crate::progress::Control;
use crate::selection::{EVENT_PROFILE, profile_ids, select_events};
use crate::source::Lake;
use std::collections::HashSet;

/// What is told where there are not.
pub fn refusal(least: usize) -> ExportError {
    let why = format!(
        "fewer than {least} people are meant, which is the smallest group that the policy of the API key lets out: ask for more"
    );
    ExportError::refused("", why)
}

/// Refuses rows of fewer than `least` people.
pub async fn check<L: Lake>(
    lake: &L,
    prepared: &Prepared,
    least: usize,
    control: &Control,
) -> Result<(), ExportError> {
    let are_enough = match &prepared.plan.rows {
        // A row is a person.
        PlannedRows::Profiles { .. } => prepared.rows >= least as u64,
        PlannedRows::Journeys { .. } => match prepared.gathered.clone() {
            Some(gathered) => apart(move || gathered.has_people(least)).await?,
            None => false,
        },
        PlannedRows::Events { events, range, .. } => {
            let mut people = HashSet::new();
            for event in events {
                if prepared.rows == 0 || people.len() >= least {
                    break;
                }
                let deciding = &event.parameters[..event.deciding];
                let asked = event.asked(deciding, *range, prepared.positions);
                let stretches = control.unless_stopped(lake.event_stretches(asked)).await?;
                let (event, members, watched) = (event.clone(), prepared.members.clone(), control.clone());
                people = apart(move || {
                    for stretch in &stretches {
                        for batch in stretch.read()? {
                            watched.check()?;
                            let selected = select_events(batch?, &event, members.as_deref())?.batch;
                            people.extend(profile_ids(&selected, EVENT_PROFILE)?);
                            if people.len() >= least {
                                return Ok(people);
                            }
                        }
                    }
                    Ok(people)
                })
                .await?;
            }
            people.len() >= least
        }
    };
    if are_enough { Ok(()) } else { Err(refusal(least)) }
}
