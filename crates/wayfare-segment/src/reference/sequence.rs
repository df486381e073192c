//! Events one after the other, tried from each first event.

use super::{Question, ReferenceEvent, ReferenceProfile, calendar};
use crate::definition::Sequence;
use crate::moment::Moment;
use wayfare_model::problem::Refusal;

impl Question<'_> {
    /// Whether a profile has events in the order of the steps, each strictly later than the one before, all of them
    /// within that long of the first.
    pub(super) fn sequence_holds(
        &self,
        sequence: &Sequence,
        profile: &ReferenceProfile,
    ) -> Result<bool, Refusal> {
        Ok(self.chain(sequence, profile)?.is_some())
    }

    /// Events of a profile that follow one another so, one a step.
    pub(super) fn chain<'p>(
        &self,
        sequence: &Sequence,
        profile: &'p ReferenceProfile,
    ) -> Result<Option<Vec<&'p ReferenceEvent>>, Refusal> {
        let mut events: Vec<Vec<&ReferenceEvent>> = Vec::new();
        for step in &sequence.steps {
            let name = step.event();
            if self.dictionary.event(name).is_none() && !wayfare_model::journey::EVENTS.contains(&name) {
                return super::refuse(format!("no event {name}"));
            }
            let mut of_step = Vec::new();
            for event in profile.events.iter().filter(|event| event.event == name) {
                if self.is_seen(step, event)? {
                    of_step.push(event);
                }
            }
            events.push(of_step);
        }
        let Some((firsts, others)) = events.split_first() else { return Ok(None) };
        Ok(firsts.iter().find_map(|first| {
            let mut chain = vec![*first];
            let mut reached = *first;
            for of_step in others {
                // The earliest that is later leaves the most room for the rest.
                let later = of_step.iter().filter(|event| event.timestamp > reached.timestamp);
                reached = later.min_by_key(|event| event.timestamp)?;
                chain.push(reached);
            }
            let from_first = Moment { as_of: first.timestamp, zone: self.moment.zone.clone() };
            let in_time = |within| reached.timestamp.micros() <= calendar::moved(&from_first, within, 1);
            sequence.within.is_none_or(in_time).then_some(chain)
        }))
    }
}
