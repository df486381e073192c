//! What happens to each record of a group: a function of the records and of what is known, without I/O but for the
//! question whether an event id was seen.

use super::identity::Reached;
use super::{Outcome, Status};
use crate::error::StoreError;
use crate::firsts::Firsts;
use crate::ids::{EventIds, IdHasher};
use crate::inbox::{Entries, EventEntry, StateEntry};
use std::borrow::Cow;
use std::collections::BTreeSet;
use wayfare_model::dictionary::{Dictionary, Fields};
use wayfare_model::journey;
use wayfare_model::name::MOST_EVENTS;
use wayfare_model::record::{Incoming, IncomingEvent, IncomingProfile, SetAside, fit_declared};
use wayfare_model::time::Instant;
use wayfare_model::value::{Fits, Source, SourceValue};

/// What a group of records reads and changes.
pub(super) struct Group<'a> {
    pub dictionary: &'a mut Dictionary,
    pub ids: &'a mut EventIds,
    pub hasher: IdHasher,
    pub reached: Reached,
    pub firsts: &'a Firsts,
    pub next_position: u64,
    pub entries: Entries<'static>,
    /// Events of the dictionary that changed; `None` is the attributes.
    pub touched: BTreeSet<Option<u32>>,
}

impl Group<'_> {
    /// Takes one record.
    pub fn take(&mut self, record: Incoming, received_at: Instant) -> Result<Outcome, StoreError> {
        match record {
            Incoming::Event(event) => self.take_event(event, received_at.micros()),
            Incoming::Profile(profile) => self.take_profile(profile, received_at.micros()),
        }
    }

    fn take_event(&mut self, event: IncomingEvent, now: i64) -> Result<Outcome, StoreError> {
        // Everything that may reject comes before the id is taken: a rejected event may come again, mended.
        if self.dictionary.event_id(&event.event).is_none() && self.dictionary.events().len() >= MOST_EVENTS {
            return Ok(Outcome::rejected(format!(
                "`event` {:?} would be the 2,001st event name; 2,000 are kept",
                event.event
            )));
        }
        let declared = journey::parameters(&event.event);
        let mut set_aside = Vec::new();
        let mut params: Vec<(Box<str>, SourceValue)> = Vec::with_capacity(event.params.len());
        for (name, value) in event.params {
            match declared.iter().find(|(known, _)| **known == *name) {
                Some((_, declared)) => match fit_journey(&name, value, *declared) {
                    Ok(value) => params.push((name, value)),
                    Err(reason) => set_aside.push(SetAside::new(format!("params.{name}"), reason)),
                },
                None => params.push((name, value)),
            }
        }
        if &*event.event == journey::PRODUCT_ACTION && !params.iter().any(|(name, _)| &**name == "journey_id")
        {
            return Ok(Outcome::rejected(
                "a journey_product_action needs `params.journey_id`, and the one given is no whole number",
            ));
        }
        let position = self.next_position;
        if !self.ids.insert(position, self.hasher.hash(&event.event_id))? {
            return Ok(Outcome::duplicate());
        }
        self.next_position += 1;
        let profile = match self.reached.of_event(&event.identity) {
            Some(ordinal) => self.first_of(ordinal)?,
            None => {
                let identity = Reached::identity_of_event(&event.identity);
                let ordinal = self.reached.make(&identity, position, now);
                self.push_state(ordinal);
                position
            }
        };
        let id = match self.dictionary.intern_event(&event.event) {
            Ok(id) => id,
            Err(fault) => return Err(StoreError::corrupt("an event's name", fault)),
        };
        self.touched.insert(Some(id));
        let mut kept = Vec::with_capacity(params.len());
        if let Some(known) = self.dictionary.event_mut(id) {
            known.count += 1;
            for (name, value) in params {
                keep_value(&mut known.parameters, "params", &name, value, &mut kept, &mut set_aside);
            }
        }
        self.entries.events.push(EventEntry {
            position,
            event_id: Cow::Owned(event.event_id.into()),
            event: id,
            profile,
            user_id: event.identity.user_id.map(|user_id| Cow::Owned(user_id.into())),
            timestamp: event.timestamp.micros(),
            received_at: now,
            params: kept,
        });
        Ok(Outcome::accepted(set_aside))
    }

    fn take_profile(&mut self, profile: IncomingProfile, now: i64) -> Result<Outcome, StoreError> {
        let position = self.next_position;
        let known = self.reached.of_profile(&profile.identity);
        let ordinal = match known {
            Some(ordinal) => ordinal,
            None => self.reached.make(&profile.identity, position, now),
        };
        let mut set_aside = Vec::new();
        let mut values = Vec::with_capacity(profile.attributes.len());
        let attributes = &mut self.dictionary.attributes;
        for (name, value) in profile.attributes {
            match value {
                Some(value) => {
                    let mut kept = Vec::with_capacity(1);
                    keep_uncounted(attributes, "attributes", &name, value, &mut kept, &mut set_aside);
                    values.extend(kept.into_iter().map(|(id, value)| (id, Some(value))));
                }
                None => values.extend(attributes.id(&name).map(|id| (id, None))),
            }
        }
        let Some(working) = self.reached.working.get_mut(&ordinal) else {
            return Err(Firsts::missing(ordinal));
        };
        let mut changed = known.is_none() | working.state.identify(&profile.identity);
        for (id, value) in values {
            let fits = value.as_ref().map(Fits::of);
            if working.state.set(id, value) {
                changed = true;
                if let (Some(fits), Some(field)) = (fits, attributes.get_mut(id)) {
                    field.counts.add(fits);
                }
            }
        }
        if !changed {
            return Ok(Outcome { set_aside, ..Outcome::duplicate() });
        }
        working.position = position;
        working.changed = true;
        self.next_position += 1;
        self.touched.insert(None);
        self.reached.claim(&profile.identity, ordinal);
        self.push_state(ordinal);
        Ok(Outcome { status: Status::Accepted, reason: None, set_aside })
    }

    /// Adds the state that a profile has now to the entries, at the position it has now.
    fn push_state(&mut self, ordinal: u32) {
        if let Some(working) = self.reached.working.get(&ordinal) {
            self.entries.states.push(StateEntry {
                position: working.position,
                profile: working.first,
                state: working.state.clone(),
            });
        }
    }

    fn first_of(&self, ordinal: u32) -> Result<u64, StoreError> {
        let made = |index: u32| self.reached.new_firsts.get(index as usize).copied();
        let first = match ordinal.checked_sub(self.firsts.len()) {
            Some(index) => made(index),
            None => self.firsts.get(ordinal),
        };
        first.ok_or_else(|| Firsts::missing(ordinal))
    }
}

/// Fits a journey event's value to its declared type; action names and channel names become codes.
fn fit_journey(name: &str, value: SourceValue, declared: journey::Declared) -> Result<SourceValue, String> {
    let named = matches!(value.source, Source::String | Source::Text);
    match name {
        "action_code" if named => match journey::action_named(&value.text) {
            Some(action) => Ok(SourceValue::new(Source::Number, action.code.to_string())),
            None => fit_declared(value, declared),
        },
        "channel_code" if named => match journey::channel(&value.text) {
            Some(channel) => Ok(SourceValue::string(channel.code)),
            None => fit_declared(value, declared),
        },
        _ => fit_declared(value, declared),
    }
}

type Kept = Vec<(u32, Source, Cow<'static, str>)>;

/// Names, fits and counts a value, or sets it aside.
fn keep_value(
    fields: &mut Fields,
    under: &str,
    name: &str,
    value: SourceValue,
    kept: &mut Kept,
    set_aside: &mut Vec<SetAside>,
) {
    let mut named = Vec::with_capacity(1);
    keep_uncounted(fields, under, name, value, &mut named, set_aside);
    for (id, value) in named {
        if let Some(field) = fields.get_mut(id) {
            field.counts.add(Fits::of(&value));
        }
        kept.push((id, value.source, Cow::Owned(value.text.into())));
    }
}

fn keep_uncounted(
    fields: &mut Fields,
    under: &str,
    name: &str,
    value: SourceValue,
    kept: &mut Vec<(u32, SourceValue)>,
    set_aside: &mut Vec<SetAside>,
) {
    let kept_or_why = fields.intern(name).map_err(|fault| format!("the name {fault}")).and_then(|id| {
        match fields.list()[id as usize].declared {
            Some(declared) => fit_declared(value, declared).map(|value| (id, value)),
            None => Ok((id, value)),
        }
    });
    match kept_or_why {
        Ok(value) => kept.push(value),
        Err(reason) => set_aside.push(SetAside::new(format!("{under}.{name}"), reason)),
    }
}
