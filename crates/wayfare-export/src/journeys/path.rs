//! The elements that a pass was seen at, one after the other.
//!
//! Its entry, the first action of each message and its exit say where it was. Later actions do not: who opens an old
//! message has not gone back to it.

use super::event::Event;
use super::messages::Message;
use super::passes::Pass;

/// An element of the path.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step<'a> {
    /// The element.
    pub code: &'a str,
    /// What it was called.
    pub name: Option<&'a str>,
    /// When the pass was first seen there.
    pub arrived_at: i64,
    /// Microseconds until it was seen at the next element, or left; nothing where neither is known.
    pub dwell: Option<i64>,
}

/// The path of a pass.
pub fn path<'a>(pass: &Pass<'_>, messages: &[Message<'_>], events: &[Event<'a>]) -> Vec<Step<'a>> {
    let first_actions = pass.messages.iter().map(|message| messages[*message].actions[0]);
    let mut seen: Vec<usize> = first_actions.chain(pass.entry).chain(pass.exit).collect();
    seen.sort_unstable();
    let mut steps: Vec<Step<'a>> = Vec::new();
    for event in seen.into_iter().map(|place| &events[place]) {
        let Some(code) = event.element_code else { continue };
        match steps.last_mut() {
            Some(last) if last.code == code => last.name = last.name.or(event.element_name),
            _ => {
                steps.push(Step { code, name: event.element_name, arrived_at: event.time, dwell: None });
            }
        }
    }
    let mut until = pass.exit.map(|exit| events[exit].time);
    for step in steps.iter_mut().rev() {
        step.dwell = until.map(|until| until - step.arrived_at).filter(|dwell| *dwell >= 0);
        until = Some(step.arrived_at);
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journeys::event::EventKind::{Action, Enter, Exit};
    use crate::journeys::reference::event;
    use crate::journeys::story::Story;

    #[test]
    fn elements_in_order_and_no_way_back_by_an_old_message() {
        let at = |time, kind, position, code, message_id| Event {
            element_code: code,
            message_id,
            journey_id: Some(1),
            ..event(kind, time, position)
        };
        let mut events = vec![
            at(100, Exit, 9, Some("wait"), None),
            at(10, Enter, 1, Some("start"), None),
            at(20, Action, 2, Some("mail"), Some("m1")),
            at(25, Action, 3, Some("mail"), Some("m2")),
            at(40, Action, 4, Some("push"), Some("m3")),
            at(60, Action, 5, Some("mail"), Some("m1")),
            at(70, Action, 6, None, Some("m4")),
            at(120, Action, 7, Some("mail"), Some("m5")),
        ];
        let story = Story::of(&mut events, i64::MAX);
        assert_eq!(story.passes.len(), 1);
        let steps: Vec<_> = path(&story.passes[0], &story.messages, &events)
            .iter()
            .map(|step| (step.code, step.arrived_at, step.dwell))
            .collect();
        assert_eq!(
            steps,
            [
                ("start", 10, Some(10)),
                ("mail", 20, Some(20)),
                ("push", 40, Some(60)),
                ("wait", 100, Some(20)),
                ("mail", 120, None)
            ]
        );
    }
}
