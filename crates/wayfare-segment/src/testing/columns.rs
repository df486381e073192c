//! Columns in memory.

use super::{Random, World};
use crate::column_builder::ColumnBuilder;
use crate::columns::{Column, Columns, EventChunk, Needs};
use crate::reference::{ReferenceEvent, ReferenceProfile};
use roaring::RoaringBitmap;
use std::collections::BTreeMap;
use std::sync::Arc;
use wayfare_model::id::ProfileId;
use wayfare_model::journey;
use wayfare_model::value::{Scalar, ValueType};

/// The columns of a [`World`], in chunks of random sizes and order.
#[derive(Debug)]
pub struct MemoryColumns {
    ids: Vec<ProfileId>,
    live: RoaringBitmap,
    attributes: BTreeMap<String, Column>,
    present: BTreeMap<String, Column>,
    events: BTreeMap<String, Vec<Arc<EventChunk>>>,
}

impl MemoryColumns {
    /// The columns that are needed.
    pub fn new(world: &World, needs: &Needs, random: &mut Random) -> Self {
        let attribute = |name: &String| (name.clone(), attribute(world, name));
        let events = needs.events.iter().map(|(name, parameters)| {
            let mut rows: Vec<(u32, &ReferenceEvent)> = Vec::new();
            for (ordinal, profile) in world.profiles.iter().enumerate() {
                let of_name = profile.events.iter().filter(|event| event.event == *name);
                rows.extend(of_name.map(|event| (ordinal as u32, event)));
            }
            random.shuffle(&mut rows);
            let mut chunks = Vec::new();
            let mut rest = &rows[..];
            while !rest.is_empty() {
                let most = if random.chance(50) { 1_000 } else { 70 };
                let (rows, after) = rest.split_at(rest.len().min(random.below(most) + 1));
                rest = after;
                chunks.push(Arc::new(chunk(world, name, rows, parameters.iter())));
            }
            (name.clone(), chunks)
        });
        let live = world.profiles.iter().zip(0..).filter(|(profile, _)| !world.gone.contains(&profile.id));
        Self {
            ids: world.profiles.iter().map(|profile| profile.id).collect(),
            live: live.map(|(_, ordinal)| ordinal).collect(),
            events: events.collect(),
            attributes: needs.attributes.iter().map(attribute).collect(),
            present: needs.present.iter().map(|name| (name.clone(), presence(world, name))).collect(),
        }
    }
}

fn presence(world: &World, name: &str) -> Column {
    let mut builder = ColumnBuilder::new(ValueType::One(Scalar::Boolean));
    for (ordinal, profile) in world.profiles.iter().enumerate() {
        if text(profile, name).is_some() {
            builder.set(ordinal, Some("true"));
        }
    }
    builder.finish()
}

fn attribute(world: &World, name: &str) -> Column {
    let value_type = world.dictionary.attributes.get(name).map_or(STRING, |field| field.value_type());
    let mut builder = ColumnBuilder::new(value_type);
    for (ordinal, profile) in world.profiles.iter().enumerate() {
        let text = text(profile, name);
        // Rows behind the last value are left away, as a store may do.
        if text.is_some() {
            builder.set(ordinal, text);
        }
    }
    builder.finish()
}

const STRING: ValueType = ValueType::One(Scalar::String);

fn text<'p>(profile: &'p ReferenceProfile, name: &str) -> Option<&'p str> {
    match name {
        "user_id" => profile.identifiers.user_id.as_deref(),
        "email" => profile.identifiers.email.as_deref(),
        "phone_number" => profile.identifiers.phone_number.as_deref(),
        _ => profile.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| &*value.text),
    }
}

fn chunk<'n>(
    world: &World,
    event: &str,
    rows: &[(u32, &ReferenceEvent)],
    parameters: impl Iterator<Item = &'n String>,
) -> EventChunk {
    let value_type = |parameter: &str| {
        let known = world.dictionary.event(event).and_then(|event| event.parameters.get(parameter));
        let declared = || journey::parameters(event).iter().find(|(name, _)| *name == parameter);
        known
            .map(|field| field.value_type())
            .or_else(|| declared().map(|(_, declared)| declared.value_type()))
            .unwrap_or(STRING)
    };
    let mut columns = BTreeMap::new();
    for parameter in parameters {
        let mut builder = ColumnBuilder::new(value_type(parameter));
        for (_, event) in rows {
            let value = event.params.iter().find(|(name, _)| name == parameter);
            builder.push(value.map(|(_, value)| &*value.text));
        }
        let column = builder.finish();
        if !column.values.is_empty() {
            columns.insert(parameter.clone(), Arc::new(column));
        }
    }
    EventChunk {
        ordinals: Arc::new(rows.iter().map(|(ordinal, _)| *ordinal).collect()),
        times: Arc::new(rows.iter().map(|(_, event)| event.timestamp.micros()).collect()),
        positions: Arc::new(rows.iter().map(|(_, event)| event.position).collect()),
        parameters: columns,
    }
}

impl Columns for MemoryColumns {
    fn ordinals(&self) -> u32 {
        self.ids.len() as u32
    }

    fn live(&self) -> &RoaringBitmap {
        &self.live
    }

    fn profile_id(&self, ordinal: u32) -> ProfileId {
        self.ids[ordinal as usize]
    }

    fn attribute(&self, name: &str) -> Option<&Column> {
        self.attributes.get(name)
    }

    fn present(&self, name: &str) -> Option<&Column> {
        self.present.get(name)
    }

    fn event(&self, name: &str) -> &[Arc<EventChunk>] {
        self.events.get(name).map_or(&[], |chunks| chunks)
    }
}
