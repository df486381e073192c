//! Which columns a definition or a computed column asks by, and where it says so.
//!
//! Names of events and of journeys are no columns; what an evaluation reads beside, such as whether an event was a dry
//! run, nobody asked by.

use crate::definition::{
    ChannelInteraction, Computed, ComputedColumn, Condition, Definition, EventKind, EventNode, JourneyState,
    Measure, Node, TimeRange,
};
use crate::library::Library;
use crate::path::Path;
use wayfare_model::journey;

/// What is asked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use<'a> {
    /// An attribute or identifier.
    Attribute(&'a str),
    /// A parameter of an event.
    Parameter {
        /// The event.
        event: &'a str,
        /// The parameter.
        parameter: &'a str,
    },
    /// When an event happened.
    Time {
        /// The event.
        event: &'a str,
    },
    /// Who is on a list.
    List(&'a str),
}

/// The deepest chain of segments that is followed; a check refuses longer ones.
const DEEPEST: usize = 100;

impl Definition {
    /// Calls `see` with all that the definition asks by, itself or by way of saved segments, and with its place; what a
    /// segment asks by stands where the segment is named. Ends with the first error.
    pub fn each_use<E>(
        &self,
        library: &Library,
        see: &mut impl FnMut(String, Use<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        Walk { library, see, segment: None, depth: 0 }.node(&Path::Root, &self.root)
    }
}

impl ComputedColumn {
    /// The same of a computed column; places start at the column.
    pub fn each_use<E>(
        &self,
        library: &Library,
        see: &mut impl FnMut(String, Use<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let (root, mut walk) = (Path::Root, Walk { library, see, segment: None, depth: 0 });
        match &self.computed {
            Computed::Member { definition, written_at: None } => walk.node(&root, &definition.root),
            Computed::Member { definition, written_at: Some(member) } => {
                walk.node(&root.field(member), &definition.root)
            }
            Computed::Events { events, measure } => {
                walk.event(&root, events)?;
                let event = events.event();
                match measure {
                    Measure::Count => Ok(()),
                    Measure::FirstTime | Measure::LastTime => {
                        walk.tell(&root.field("measure"), Use::Time { event })
                    }
                    Measure::Sum(parameter) => {
                        walk.tell(&root.field("parameter"), Use::Parameter { event, parameter })
                    }
                }
            }
        }
    }
}

struct Walk<'w, F> {
    library: &'w Library,
    see: &'w mut F,
    /// Where the outermost segment is named that is walked through.
    segment: Option<String>,
    depth: usize,
}

impl<F> Walk<'_, F> {
    fn tell<E>(&mut self, path: &Path<'_>, used: Use<'_>) -> Result<(), E>
    where
        F: FnMut(String, Use<'_>) -> Result<(), E>,
    {
        let path = self.segment.clone().unwrap_or_else(|| path.to_string());
        (self.see)(path, used)
    }

    fn node<E>(&mut self, path: &Path<'_>, node: &Node) -> Result<(), E>
    where
        F: FnMut(String, Use<'_>) -> Result<(), E>,
    {
        match node {
            Node::All(nodes) => self.nodes(&path.field("all"), nodes),
            Node::Any(nodes) => self.nodes(&path.field("any"), nodes),
            Node::Not(inner) => self.node(&path.field("not"), inner),
            Node::Attribute(attribute) => {
                self.tell(&path.field("attribute"), Use::Attribute(&attribute.name))
            }
            Node::Event(event) => self.event(path, event),
            Node::Sequence(sequence) => {
                let path = path.field("sequence");
                for (index, step) in sequence.steps.iter().enumerate() {
                    // That one is later than the other is asked of all of them.
                    let path = path.index(index);
                    if sequence.steps.len() > 1 {
                        self.tell(&path, Use::Time { event: step.event() })?;
                    }
                    self.event(&path, step)?;
                }
                Ok(())
            }
            Node::Journey(node) => match node.state {
                JourneyState::Active | JourneyState::NeverEntered => Ok(()),
                JourneyState::Completed | JourneyState::Exited => {
                    let reason = Use::Parameter { event: journey::EXIT, parameter: "exit_reason" };
                    self.tell(&path.field("journey").field("state"), reason)
                }
            },
            Node::Segment(id) => {
                let library = self.library;
                let Some(definition) = library.segments.get(&**id) else { return Ok(()) };
                if self.depth == DEEPEST {
                    return Ok(());
                }
                let outermost = self.segment.is_none();
                if outermost {
                    self.segment = Some(path.field("segment").to_string());
                }
                self.depth += 1;
                let walked = self.node(&Path::Root, &definition.root);
                self.depth -= 1;
                if outermost {
                    self.segment = None;
                }
                walked
            }
            Node::List(id) => self.tell(&path.field("list"), Use::List(id)),
        }
    }

    fn nodes<E>(&mut self, path: &Path<'_>, nodes: &[Node]) -> Result<(), E>
    where
        F: FnMut(String, Use<'_>) -> Result<(), E>,
    {
        nodes.iter().enumerate().try_for_each(|(index, node)| self.node(&path.index(index), node))
    }

    fn event<E>(&mut self, path: &Path<'_>, node: &EventNode) -> Result<(), E>
    where
        F: FnMut(String, Use<'_>) -> Result<(), E>,
    {
        let event = node.event();
        if let EventKind::ChannelInteraction(marks) = &node.kind {
            let ChannelInteraction { channel, action, campaign_id, journey_id: _, journey_name: _ } = marks;
            let path = path.field("channel_interaction");
            for (member, parameter, is_given) in [
                ("channel", "channel_code", channel.is_some()),
                ("action", "action_code", action.is_some()),
                ("campaign_id", "campaign_id", campaign_id.is_some()),
            ] {
                if is_given {
                    self.tell(&path.field(member), Use::Parameter { event, parameter })?;
                }
            }
        }
        if node.time_range.as_ref().is_some_and(|range| *range != TimeRange::AllTime) {
            self.tell(&path.field("time_range"), Use::Time { event })?;
        }
        if let Some(condition) = &node.condition {
            self.condition(&path.field("where"), event, condition)?;
        }
        match &node.aggregate {
            Some(aggregate) => {
                let used = Use::Parameter { event, parameter: &aggregate.parameter };
                self.tell(&path.field("aggregate").field("parameter"), used)
            }
            None => Ok(()),
        }
    }

    fn condition<E>(&mut self, path: &Path<'_>, event: &str, condition: &Condition) -> Result<(), E>
    where
        F: FnMut(String, Use<'_>) -> Result<(), E>,
    {
        let mut list = |path: &Path<'_>, conditions: &[Condition]| {
            let mut all = conditions.iter().enumerate();
            all.try_for_each(|(index, condition)| self.condition(&path.index(index), event, condition))
        };
        match condition {
            Condition::All(conditions) => list(&path.field("all"), conditions),
            Condition::Any(conditions) => list(&path.field("any"), conditions),
            Condition::Not(inner) => self.condition(&path.field("not"), event, inner),
            Condition::Parameter { name, .. } => {
                self.tell(&path.field("parameter"), Use::Parameter { event, parameter: name })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;
    use std::sync::Arc;

    fn written(path: &str, used: Use<'_>) -> String {
        let used = match used {
            Use::Attribute(name) => format!("attribute {name}"),
            Use::Parameter { event, parameter } => format!("{event}.{parameter}"),
            Use::Time { event } => format!("time of {event}"),
            Use::List(id) => format!("list {id}"),
        };
        format!("{path}: {used}")
    }

    fn check(definition: &str, expected: &[&str]) {
        let inner = Arc::new(Definition::parse(r#"{"any":[{"attribute":"age","operator":"exists"},{"list":"lst_1"}]}"#).unwrap());
        let outer = Arc::new(Definition::parse(r#"{"not":{"segment":"seg_1"}}"#).unwrap());
        let library = Library {
            segments: [("seg_1".to_owned(), inner), ("seg_2".to_owned(), outer)].into(),
            ..Library::default()
        };
        let mut told = Vec::new();
        let seen = Definition::parse(definition).unwrap().each_use(&library, &mut |path, used| {
            told.push(written(&path, used));
            Ok::<_, Infallible>(())
        });
        assert!(seen.is_ok());
        assert_eq!(told, expected, "{definition}");
    }

    #[test]
    fn what_is_asked_by_and_where() {
        check(r#"{"all":[]}"#, &[]);
        check(
            r#"{"any":[{"event":"visit"},{"not":{"attribute":"city","operator":"exists"}}]}"#,
            &["any[1].not.attribute: attribute city"],
        );
        check(
            r#"{"event":"purchase","time_range":{"operator":"in_last","value":3,"unit":"day"},
                "where":{"any":[{"parameter":"item","operator":"exists"},{"not":{"parameter":"sku","operator":"exists"}}]},
                "aggregate":{"function":"sum","parameter":"amount","operator":"at_least","value":1}}"#,
            &[
                "time_range: time of purchase",
                "where.any[0].parameter: purchase.item",
                "where.any[1].not.parameter: purchase.sku",
                "aggregate.parameter: purchase.amount",
            ],
        );
        check(r#"{"event":"visit","time_range":{"operator":"all_time"}}"#, &[]);
        check(
            r#"{"channel_interaction":{"product":"architect","channel":"EM","action":"OPEN","journey_id":1,"campaign_id":2}}"#,
            &[
                "channel_interaction.channel: journey_product_action.channel_code",
                "channel_interaction.action: journey_product_action.action_code",
                "channel_interaction.campaign_id: journey_product_action.campaign_id",
            ],
        );
        check(
            r#"{"sequence":[{"event":"a"},{"event":"b","where":{"parameter":"p","operator":"exists"}}]}"#,
            &["sequence[0]: time of a", "sequence[1]: time of b", "sequence[1].where.parameter: b.p"],
        );
        check(r#"{"sequence":[{"event":"a"}]}"#, &[]);
        check(
            r#"{"all":[{"journey":{"id":1,"state":"active"}},{"journey":{"id":1,"state":"completed"}}]}"#,
            &["all[1].journey.state: journey_exit.exit_reason"],
        );
        check(
            r#"{"all":[{"segment":"seg_2"},{"attribute":"city","operator":"exists"}]}"#,
            &["all[0].segment: attribute age", "all[0].segment: list lst_1", "all[1].attribute: attribute city"],
        );
    }

    #[test]
    fn computed_columns_too() {
        let check = |json: &str, expected: &[&str]| {
            let column = ComputedColumn::parse(json).unwrap();
            let mut told = Vec::new();
            let seen = column.each_use(&Library::default(), &mut |path, used| {
                told.push(written(&path, used));
                Ok::<_, Infallible>(())
            });
            assert!(seen.is_ok());
            assert_eq!(told, expected, "{json}");
        };
        check(r#"{"name":"n","event":"visit","measure":"count"}"#, &[]);
        check(r#"{"name":"n","event":"visit","measure":"last_time"}"#, &["measure: time of visit"]);
        check(
            r#"{"name":"n","event":"buy","measure":"sum","parameter":"amount","where":{"parameter":"sku","operator":"exists"}}"#,
            &["where.parameter: buy.sku", "parameter: buy.amount"],
        );
        check(
            r#"{"name":"n","definition":{"not":{"attribute":"age","operator":"exists"}}}"#,
            &["definition.not.attribute: attribute age"],
        );
    }
}
