//! The dictionary: which events, parameters and attributes exist, what the lake calls them, and of what type they are.

use crate::journey::{self, Declared};
use crate::name::{self, LakeNames};
use crate::problem::nearest_name;
use crate::value::{TypeCounts, ValueType};
use std::collections::HashMap;
use std::sync::Arc;

/// Columns that every event table has before its parameters.
pub const EVENT_COLUMNS: [&str; 6] =
    ["event_id", "profile_id", "user_id", "timestamp", "received_at", "position"];
/// Columns that the table of profile states has beside the attributes.
pub const PROFILE_COLUMNS: [&str; 4] = ["profile_id", "position", "identifiers", "deleted"];
/// Identifiers that definitions and exports name like attributes.
pub const IDENTIFIERS: [&str; 4] = ["profile_id", "user_id", "email", "phone_number"];

/// One attribute or parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its own name.
    pub name: Arc<str>,
    /// Its column in the lake.
    pub column: Arc<str>,
    /// Its declared type.
    pub declared: Option<Declared>,
    /// What was seen of it.
    pub counts: TypeCounts,
}

impl Field {
    /// The declared type, else the one learned.
    pub fn value_type(&self) -> ValueType {
        self.declared.map_or_else(|| self.counts.narrowest(), Declared::value_type)
    }
}

/// The attributes, or the parameters of one event, in order of first appearance; a field's index is its id.
#[derive(Debug, Clone)]
pub struct Fields {
    list: Vec<Field>,
    by_name: HashMap<Arc<str>, u32>,
    columns: LakeNames,
}

impl Fields {
    /// No fields yet; `reserved` columns are taken.
    pub fn reserving(reserved: &[&str]) -> Self {
        Self {
            list: Vec::new(),
            by_name: HashMap::new(),
            columns: LakeNames::reserving(reserved.iter().copied()),
        }
    }

    /// The field of that name.
    pub fn get(&self, name: &str) -> Option<&Field> {
        self.id(name).map(|id| &self.list[id as usize])
    }

    /// The id of the field of that name.
    pub fn id(&self, name: &str) -> Option<u32> {
        self.by_name.get(name).copied()
    }

    /// All fields by id.
    pub fn list(&self) -> &[Field] {
        &self.list
    }

    /// The field of that id, to count what was seen of it.
    pub fn get_mut(&mut self, id: u32) -> Option<&mut Field> {
        self.list.get_mut(id as usize)
    }

    /// The known name nearest to `written`.
    pub fn nearest(&self, written: &str) -> Option<String> {
        nearest_name(written, self.list.iter().map(|field| &*field.name))
    }

    /// The id of `name`, new if need be; or why it cannot be taken.
    pub fn intern(&mut self, name: &str) -> Result<u32, &'static str> {
        if let Some(id) = self.id(name) {
            return Ok(id);
        }
        if let Some(fault) = name::fault(name) {
            return Err(fault);
        }
        if self.list.len() >= name::MOST_FIELDS {
            return Err("would be the 501st of its kind; 500 are kept");
        }
        Ok(self.add(name, None))
    }

    /// Adds a field whose name is known to be new and faultless, and gives its id.
    pub fn add(&mut self, name: &str, declared: Option<Declared>) -> u32 {
        let column = self.columns.give(name);
        self.push(Field { name: name.into(), column: column.into(), declared, counts: TypeCounts::default() })
    }

    /// Puts back a field that was kept elsewhere.
    pub fn restore(&mut self, field: Field) -> u32 {
        self.columns.give(&field.column);
        self.push(field)
    }

    fn push(&mut self, field: Field) -> u32 {
        let id = self.list.len() as u32;
        self.by_name.insert(field.name.clone(), id);
        self.list.push(field);
        id
    }
}

/// One event name.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its own name.
    pub name: Arc<str>,
    /// Its table in the lake, in schema `events`.
    pub table: Arc<str>,
    /// Its parameters.
    pub parameters: Fields,
    /// How many events of this name were accepted.
    pub count: u64,
}

/// Everything that has a name. Three journey events are there from the start.
#[derive(Debug, Clone)]
pub struct Dictionary {
    /// Attributes of profiles.
    pub attributes: Fields,
    events: Vec<Event>,
    by_name: HashMap<Arc<str>, u32>,
    tables: LakeNames,
}

impl Default for Dictionary {
    fn default() -> Self {
        let mut dictionary = Self::empty();
        for event in journey::EVENTS {
            dictionary.add(event);
        }
        dictionary
    }
}

impl Dictionary {
    /// A dictionary without even the journey events, to be filled by [`restore`](Self::restore).
    pub fn empty() -> Self {
        Self {
            attributes: Fields::reserving(&[PROFILE_COLUMNS.as_slice(), IDENTIFIERS.as_slice()].concat()),
            events: Vec::new(),
            by_name: HashMap::new(),
            tables: LakeNames::of_folders(),
        }
    }

    /// The event of that name.
    pub fn event(&self, name: &str) -> Option<&Event> {
        self.event_id(name).map(|id| &self.events[id as usize])
    }

    /// The id of the event of that name.
    pub fn event_id(&self, name: &str) -> Option<u32> {
        self.by_name.get(name).copied()
    }

    /// All events by id.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// The event of that id, to count what was seen of it.
    pub fn event_mut(&mut self, id: u32) -> Option<&mut Event> {
        self.events.get_mut(id as usize)
    }

    /// The known event name nearest to `written`.
    pub fn nearest_event(&self, written: &str) -> Option<String> {
        nearest_name(written, self.events.iter().map(|event| &*event.name))
    }

    /// The known attribute or identifier name nearest to `written`.
    pub fn nearest_attribute(&self, written: &str) -> Option<String> {
        let attributes = self.attributes.list().iter().map(|field| &*field.name);
        nearest_name(written, attributes.chain(IDENTIFIERS))
    }

    /// The id of the event called `name`, new if need be; or why it cannot be taken.
    pub fn intern_event(&mut self, name: &str) -> Result<u32, &'static str> {
        if let Some(id) = self.event_id(name) {
            return Ok(id);
        }
        if let Some(fault) = name::fault(name) {
            return Err(fault);
        }
        if self.events.len() >= name::MOST_EVENTS {
            return Err("would be the 2,001st event name; 2,000 are kept");
        }
        Ok(self.add(name))
    }

    fn add(&mut self, name: &str) -> u32 {
        let mut parameters = Fields::reserving(&EVENT_COLUMNS);
        for (parameter, declared) in journey::parameters(name) {
            parameters.add(parameter, Some(*declared));
        }
        let table = self.tables.give(name);
        self.push(Event { name: name.into(), table: table.into(), parameters, count: 0 })
    }

    /// Puts back an event that was kept elsewhere.
    pub fn restore(&mut self, event: Event) -> u32 {
        self.tables.give(&event.table);
        self.push(event)
    }

    fn push(&mut self, event: Event) -> u32 {
        let id = self.events.len() as u32;
        self.by_name.insert(event.name.clone(), id);
        self.events.push(event);
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_map_to_the_lake() {
        let mut dictionary = Dictionary::default();
        for name in ["profiles", "purchase", "Purchase"] {
            dictionary.intern_event(name).expect("a good name");
        }
        let tables: Vec<_> = dictionary.events().iter().map(|event| &*event.table).collect();
        assert_eq!(
            tables,
            ["journey_enter", "journey_exit", "journey_product_action", "profiles", "purchase", "Purchase_2"]
        );
        let purchase = dictionary.event_id("purchase").expect("interned");
        let parameters = &mut dictionary.event_mut(purchase).expect("there").parameters;
        let id = parameters.intern("timestamp").expect("a good name");
        assert_eq!(&*parameters.list()[id as usize].column, "timestamp_2");
        assert_eq!(dictionary.attributes.intern("deleted"), Ok(0));
        assert_eq!(&*dictionary.attributes.list()[0].column, "deleted_2");
    }

    #[test]
    fn bounds() {
        let mut fields = Fields::reserving(&[]);
        for index in 0..name::MOST_FIELDS {
            fields.intern(&format!("p{index}")).expect("room");
        }
        assert!(fields.intern("one more").is_err());
        assert_eq!(fields.intern("p7"), Ok(7));
    }
}
