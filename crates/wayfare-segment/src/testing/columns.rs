//! Columns in memory.

use super::{Random, World};
use crate::bits::Bits;
use crate::column_builder::ColumnBuilder;
use crate::columns::{Column, Columns, EventRun, Needs, RowsBuilder, TextRun, merge};
use crate::reference::{ReferenceEvent, ReferenceProfile};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use wayfare_model::id::ProfileId;
use wayfare_model::journey;
use wayfare_model::value::{Scalar, ValueType};

/// The columns of a [`World`], in runs of random sizes and order.
#[derive(Debug)]
pub struct MemoryColumns {
    ids: Vec<ProfileId>,
    live: Bits,
    attributes: BTreeMap<String, Column>,
    present: BTreeMap<String, Column>,
    events: BTreeMap<String, Vec<Arc<EventRun>>>,
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
            let mut runs = Vec::new();
            let mut rest = &rows[..];
            while !rest.is_empty() {
                let most = if random.chance(50) { 1_000 } else { 70 };
                let (rows, after) = rest.split_at(rest.len().min(random.below(most) + 1));
                rest = after;
                runs.push(Arc::new(run(world, name, rows, parameters, random)));
            }
            (name.clone(), runs)
        });
        let events = events.collect();
        let mut live = Bits::new(world.profiles.len() as u32);
        let alive = world.profiles.iter().zip(0..).filter(|(profile, _)| !world.gone.contains(&profile.id));
        alive.for_each(|(_, ordinal)| live.insert(ordinal));
        Self {
            ids: world.profiles.iter().map(|profile| profile.id).collect(),
            live,
            events,
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

/// A run of some rows, built as a store builds it: of parts that are merged where `random` says so.
fn run(
    world: &World,
    event: &str,
    rows: &[(u32, &ReferenceEvent)],
    parameters: &BTreeSet<String>,
    random: &mut Random,
) -> EventRun {
    let keys: Vec<&str> = match random.below(3) {
        0 => Vec::new(),
        most => parameters.iter().take(most).map(String::as_str).collect(),
    };
    // Merging asks that parts come in the order of their positions.
    let mut rows = rows.to_vec();
    rows.sort_by_key(|(_, event)| event.position);
    let cut = if random.chance(50) { rows.len() } else { random.below(rows.len() + 1) };
    let parts = [part(&rows[..cut], parameters, &keys), part(&rows[cut..], parameters, &keys)];
    let whole = match cut == rows.len() {
        true => parts[0].clone(),
        false => merge(&[&parts[0], &parts[1]], &keys),
    };
    let value_type = |parameter: &str| {
        let known = world.dictionary.event(event).and_then(|event| event.parameters.get(parameter));
        let declared = || journey::parameters(event).iter().find(|(name, _)| *name == parameter);
        known
            .map(|field| field.value_type())
            .or_else(|| declared().map(|(_, declared)| declared.value_type()))
            .unwrap_or(STRING)
    };
    whole.typed(parameters.iter().map(|parameter| (parameter.as_str(), value_type(parameter))))
}

fn part(rows: &[(u32, &ReferenceEvent)], parameters: &BTreeSet<String>, keys: &[&str]) -> TextRun {
    let mut builder = RowsBuilder::new(parameters.iter().map(String::as_str), |_| usize::MAX);
    for (row, (ordinal, event)) in rows.iter().enumerate() {
        builder.push(*ordinal, event.timestamp.micros(), event.position);
        for (column, parameter) in parameters.iter().enumerate() {
            if let Some((_, value)) = event.params.iter().find(|(name, _)| name == parameter) {
                builder.set(row, column, &value.text);
            }
        }
    }
    builder.finish(keys)
}

impl Columns for MemoryColumns {
    fn ordinals(&self) -> u32 {
        self.ids.len() as u32
    }

    fn live(&self) -> &Bits {
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

    fn event(&self, name: &str) -> &[Arc<EventRun>] {
        self.events.get(name).map_or(&[], |runs| runs)
    }
}
