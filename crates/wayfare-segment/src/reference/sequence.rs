//! Events one after the other, tried from each first event.

use super::{Question, ReferenceProfile, calendar};
use crate::definition::Sequence;
use crate::moment::Moment;
use wayfare_model::problem::Refusal;
use wayfare_model::time::Instant;

impl Question<'_> {
    /// Whether a profile has events in the order of the steps, each strictly later than the one before, all of them
    /// within that long of the first.
    pub(super) fn sequence_holds(
        &self,
        sequence: &Sequence,
        profile: &ReferenceProfile,
    ) -> Result<bool, Refusal> {
        let mut times: Vec<Vec<i64>> = Vec::new();
        for step in &sequence.steps {
            let name = step.event();
            if self.dictionary.event(name).is_none() && !wayfare_model::journey::EVENTS.contains(&name) {
                return super::refuse(format!("no event {name}"));
            }
            let mut of_step = Vec::new();
            for event in profile.events.iter().filter(|event| event.event == name) {
                if self.is_seen(step, event)? {
                    of_step.push(event.timestamp.micros());
                }
            }
            times.push(of_step);
        }
        let Some((firsts, others)) = times.split_first() else { return Ok(false) };
        Ok(firsts.iter().any(|first| {
            let mut reached = *first;
            for of_step in others {
                // The earliest that is later leaves the most room for the rest.
                match of_step.iter().filter(|time| **time > reached).min() {
                    Some(next) => reached = *next,
                    None => return false,
                }
            }
            match (sequence.within, Instant::from_micros(*first)) {
                (Some(within), Some(first)) => {
                    let from_first = Moment { as_of: first, zone: self.moment.zone.clone() };
                    reached <= calendar::moved(&from_first, within, 1)
                }
                _ => true,
            }
        }))
    }
}
