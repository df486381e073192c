//! What is true after records were accepted, worked out in the plainest way.

use crate::library::Library;
use crate::reference::{ReferenceEvent, ReferenceProfile};
use std::collections::{BTreeSet, HashMap, HashSet};
use wayfare_model::dictionary::{Dictionary, Fields};
use wayfare_model::id::ProfileId;
use wayfare_model::record::{Identity, Incoming, fit_declared};
use wayfare_model::value::{Fits, SourceValue};

/// Profiles and dictionary after some records.
#[derive(Debug, Clone)]
pub struct World {
    /// What has a name.
    pub dictionary: Dictionary,
    /// All profiles ever made, in order of their ids.
    pub profiles: Vec<ReferenceProfile>,
    /// Those that are no longer live.
    pub gone: BTreeSet<ProfileId>,
    /// What definitions may refer to.
    pub library: Library,
}

impl World {
    /// Accepts records in their order, the first at position 1.
    pub fn new(mut dictionary: Dictionary, records: &[Incoming]) -> Self {
        let mut profiles: Vec<ReferenceProfile> = Vec::new();
        let mut led: HashMap<String, usize> = HashMap::new();
        let mut event_ids: HashSet<&str> = HashSet::new();
        let mut position = 0;
        for record in records {
            let identity = match record {
                Incoming::Profile(profile) => &profile.identity,
                Incoming::Event(event) if !event_ids.insert(&event.event_id) => continue,
                Incoming::Event(event) => &event.identity,
            };
            position += 1;
            let known = led.contains_key(&key(identity));
            let index = *led.entry(key(identity)).or_insert_with(|| {
                profiles.push(ReferenceProfile {
                    id: ProfileId::from_first_position(position),
                    identifiers: Identity::default(),
                    attributes: Vec::new(),
                    events: Vec::new(),
                });
                profiles.len() - 1
            });
            let profile = &mut profiles[index];
            match record {
                Incoming::Profile(_) => learn(&mut profile.identifiers, identity),
                // An event makes a profile by what leads to it, and teaches nothing about one that is there.
                Incoming::Event(_) if known => {}
                Incoming::Event(_) => match &identity.user_id {
                    Some(_) => profile.identifiers.user_id.clone_from(&identity.user_id),
                    None => learn(&mut profile.identifiers, identity),
                },
            }
            match record {
                Incoming::Profile(incoming) => {
                    for (name, value) in &incoming.attributes {
                        let kept =
                            value.clone().and_then(|value| keep(&mut dictionary.attributes, name, value));
                        if value.is_none() || kept.is_some() {
                            profile.attributes.retain(|(known, _)| **known != **name);
                        }
                        profile.attributes.extend(kept.map(|kept| (name.to_string(), kept)));
                    }
                }
                Incoming::Event(incoming) => {
                    let id = dictionary.intern_event(&incoming.event).expect("a good name");
                    let event = dictionary.event_mut(id).expect("interned");
                    event.count += 1;
                    let keep = |(name, value): &(Box<str>, SourceValue)| {
                        let kept = keep(&mut event.parameters, name, value.clone())?;
                        Some((name.to_string(), kept))
                    };
                    profile.events.push(ReferenceEvent {
                        event: incoming.event.to_string(),
                        timestamp: incoming.timestamp,
                        position,
                        params: incoming.params.iter().filter_map(keep).collect(),
                    });
                }
            }
        }
        Self { dictionary, profiles, gone: BTreeSet::new(), library: Library::default() }
    }

    /// The live profiles.
    pub fn live(&self) -> Vec<ReferenceProfile> {
        self.profiles.iter().filter(|profile| !self.gone.contains(&profile.id)).cloned().collect()
    }
}

/// What leads to the profile of a record.
fn key(identity: &Identity) -> String {
    match (&identity.user_id, &identity.email, &identity.phone_number, &identity.custom[..]) {
        (Some(user_id), ..) => format!("user_id {user_id}"),
        (_, Some(email), ..) => format!("email {}", Identity::email_key(email)),
        (_, _, Some(phone), _) => format!("phone {phone}"),
        (.., custom) => format!("custom {custom:?}"),
    }
}

/// A profile's identifiers are those given last.
fn learn(known: &mut Identity, given: &Identity) {
    for (known, given) in [
        (&mut known.user_id, &given.user_id),
        (&mut known.email, &given.email),
        (&mut known.phone_number, &given.phone_number),
    ] {
        if given.is_some() {
            known.clone_from(given);
        }
    }
}

/// The value as it is kept and counted; `None` where it does not fit its declared type.
fn keep(fields: &mut Fields, name: &str, value: SourceValue) -> Option<SourceValue> {
    let id = fields.intern(name).expect("a good name");
    let field = fields.get_mut(id).expect("interned");
    let kept = match field.declared {
        Some(declared) => fit_declared(value, declared).ok()?,
        None => value,
    };
    field.counts.add(Fits::of(&kept));
    Some(kept)
}
