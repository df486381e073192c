//! Everything that happened with one profile in journeys.

use super::event::Event;
use super::messages::{Message, messages};
use super::passes::{Pass, passes};

/// The passes and messages of a profile.
#[derive(Debug, Default, PartialEq)]
pub struct Story<'a> {
    /// All passes.
    pub passes: Vec<Pass<'a>>,
    /// All messages.
    pub messages: Vec<Message<'a>>,
}

impl<'a> Story<'a> {
    /// Puts the events of a profile in order and together; whatever order they come in, the outcome is the same.
    /// States are those as of an instant. Journeys never mix, nor do dry runs and real ones.
    pub fn of(events: &mut [Event<'a>], as_of: i64) -> Self {
        let journey = |event: &Event<'_>| (event.journey_id, event.is_dry_run);
        events.sort_unstable_by_key(|event| (journey(event), event.order()));
        let mut story = Self::default();
        let mut start = 0;
        for group in events.chunk_by(|a, b| journey(a) == journey(b)) {
            story.add(group, start, as_of);
            start += group.len();
        }
        story
    }

    /// Adds the events of one journey, the first of which stands at `start`.
    fn add(&mut self, events: &[Event<'a>], start: usize, as_of: i64) {
        let mut messages = messages(events);
        let mut passes = passes(events, &messages, as_of);
        let before = self.messages.len();
        for pass in &mut passes {
            pass.opening += start;
            for place in [&mut pass.entry, &mut pass.exit].into_iter().flatten() {
                *place += start;
            }
            pass.messages.iter_mut().for_each(|message| *message += before);
        }
        messages.iter_mut().flat_map(|message| &mut message.actions).for_each(|place| *place += start);
        self.passes.append(&mut passes);
        self.messages.append(&mut messages);
    }
}
