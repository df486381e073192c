//! Computed columns: a value that each person has, worked out of events or of a definition.

use super::node::{EventKind, EventNode, Node};
use super::object::Object;
use super::parse::{self, Budget};
use super::{Definition, EVENT_KINDS};
use crate::path::Path;
use serde_json::value::RawValue;
use wayfare_model::name::{is_blank, line_fault};
use wayfare_model::problem::Refusal;

/// The longest name of a computed column, in characters.
const LONGEST_NAME: usize = 200;

/// A value that each person has, under a name.
#[derive(Debug, Clone, PartialEq)]
pub struct ComputedColumn {
    /// The column's name.
    pub name: Box<str>,
    /// What stands in it.
    pub computed: Computed,
}

/// What a computed column says of a person.
#[derive(Debug, Clone, PartialEq)]
pub enum Computed {
    /// Something about events.
    Events {
        /// Which; the node has neither `times` nor `aggregate`.
        events: Box<EventNode>,
        /// What about them.
        measure: Measure,
    },
    /// Whether a definition means the person.
    Member {
        /// The definition; a saved segment is one that refers to it.
        definition: Definition,
        /// The member of the column that holds it, where the definition does not say so by itself.
        written_at: Option<&'static str>,
    },
}

/// What is said about events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Measure {
    /// How many there are.
    Count,
    /// When the earliest was.
    FirstTime,
    /// When the latest was.
    LastTime,
    /// The sum of a parameter.
    Sum(Box<str>),
}

/// The words for measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Count,
    Sum,
    FirstTime,
    LastTime,
}

impl Word {
    const ALL: &[Self] = &[Self::Count, Self::Sum, Self::FirstTime, Self::LastTime];

    fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Sum => "sum",
            Self::FirstTime => "first_time",
            Self::LastTime => "last_time",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|word| word.name() == name)
    }
}

/// What makes a column one of a kind; exactly one of them is given.
const KINDS: [&str; 4] = ["event", "channel_interaction", "segment", "definition"];
/// What may stand in a column about events, beside what says which.
const OF_EVENTS: [&str; 5] = ["name", "where", "time_range", "measure", "parameter"];

impl ComputedColumn {
    /// Reads a column from its JSON text; paths of refusals start at the column. Safe for text of any depth and size.
    pub fn parse(json: &str) -> Result<Self, Refusal> {
        let path = &Path::Root;
        let raw: &RawValue =
            serde_json::from_str(json).map_err(|error| path.refuse(format!("is not JSON: {error}")))?;
        let object = Object::read(path, raw, "a computed column")?;
        object.allow(&[&OF_EVENTS[..], &KINDS[..]].concat())?;
        let name = name(&path.field("name"), object.text("name")?)?;
        let mut given = KINDS.iter().copied().filter(|kind| object.has(kind));
        let Some(kind) = given.next() else {
            return Err(path.refuse(format!("gives none of {}", KINDS.join(", "))));
        };
        if let Some(second) = given.next() {
            return Err(path.field(second).refuse(format!("cannot stand beside `{kind}`")));
        }
        if EVENT_KINDS.contains(&kind) {
            object.allow(&[&OF_EVENTS[..], &[kind]].concat())?;
            return Ok(Self { name, computed: events(&object, kind)? });
        }
        object.allow(&["name", kind])?;
        let computed = match kind {
            "segment" => {
                let definition = Definition { root: Node::Segment(object.text("segment")?) };
                Computed::Member { definition, written_at: None }
            }
            _ => {
                let at = path.field("definition");
                let root = parse::node(&at, object.require("definition")?, &mut Budget::new())?;
                Computed::Member { definition: Definition { root }, written_at: Some("definition") }
            }
        };
        Ok(Self { name, computed })
    }

    /// The definition whose members it marks, where it is such a column.
    pub fn definition(&self) -> Option<&Definition> {
        match &self.computed {
            Computed::Member { definition, .. } => Some(definition),
            Computed::Events { .. } => None,
        }
    }
}

fn name(path: &Path<'_>, name: Box<str>) -> Result<Box<str>, Refusal> {
    if is_blank(&name) {
        return Err(path.refuse("is empty; the column needs a name"));
    }
    if name.chars().count() > LONGEST_NAME {
        return Err(path.refuse(format!("is longer than {LONGEST_NAME} characters")));
    }
    match line_fault(&name) {
        Some(fault) => Err(path.refuse(fault)),
        None => Ok(name),
    }
}

fn events(object: &Object<'_>, kind: &str) -> Result<Computed, Refusal> {
    let path = &Path::Root;
    let kind = match kind {
        "event" => EventKind::Event(wayfare_model::journey::canonical_event(&object.text("event")?).into()),
        kind => EventKind::ChannelInteraction(parse::channel_interaction(
            &path.field(kind),
            object.require(kind)?,
        )?),
    };
    let events = Box::new(parse::event(path, object, kind, &mut Budget::new())?);
    let word = object.word("measure", Word::from_name, Word::ALL, Word::name)?;
    if word != Word::Sum && object.has("parameter") {
        return Err(path.field("parameter").refuse(format!("does not go with `{}`", word.name())));
    }
    let measure = match word {
        Word::Count => Measure::Count,
        Word::FirstTime => Measure::FirstTime,
        Word::LastTime => Measure::LastTime,
        Word::Sum => Measure::Sum(parse::parameter_name(object, events.event())?),
    };
    Ok(Computed::Events { events, measure })
}
