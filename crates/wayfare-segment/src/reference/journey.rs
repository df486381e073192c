//! How things stand with one person in a journey.

use super::{Question, ReferenceEvent, ReferenceProfile};
use crate::definition::{
    Comparison, Condition, EventKind, EventNode, JourneyNode, JourneyState, Operand, Operator,
};
use wayfare_model::journey::{ENTER, EXIT};
use wayfare_model::problem::Refusal;

impl Question<'_> {
    /// Whether the state is true of a profile.
    pub(super) fn journey_holds(
        &self,
        node: &JourneyNode,
        profile: &ReferenceProfile,
    ) -> Result<bool, Refusal> {
        let entries = self.of_journey(ENTER, node, profile)?;
        let exits = self.of_journey(EXIT, node, profile)?;
        let is_open = |entry: &&ReferenceEvent| match self.text(entry, "pass_id") {
            Some(pass) => exits.iter().all(|exit| self.text(exit, "pass_id").as_ref() != Some(&pass)),
            None => exits.iter().all(|exit| exit.timestamp < entry.timestamp),
        };
        let newest_exit = exits.iter().max_by_key(|exit| (exit.timestamp, exit.position));
        let state = if entries.iter().any(is_open) {
            JourneyState::Active
        } else if let Some(exit) = newest_exit {
            match self.text(exit, "exit_reason").as_deref() {
                Some("completed" | "goal" | "goal_reached") => JourneyState::Completed,
                _ => JourneyState::Exited,
            }
        } else {
            JourneyState::NeverEntered
        };
        Ok(state == node.state)
    }

    /// The real events of that name in the journey, before the evaluation.
    pub(super) fn of_journey<'p>(
        &self,
        event: &str,
        node: &JourneyNode,
        profile: &'p ReferenceProfile,
    ) -> Result<Vec<&'p ReferenceEvent>, Refusal> {
        let comparison = Comparison {
            operator: Operator::Equals,
            operand: Operand::Value(node.id.clone()),
            case_insensitive: false,
        };
        let condition = Condition::Parameter { name: "journey_id".into(), comparison };
        let wanted =
            EventNode { condition: Some(condition), ..EventNode::new(EventKind::Event(event.into())) };
        let mut seen = Vec::new();
        for event in profile.events.iter().filter(|known| known.event == event) {
            if self.is_seen(&wanted, event)? {
                seen.push(event);
            }
        }
        Ok(seen)
    }
}
