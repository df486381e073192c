//! Whose record it is: identifiers lead to profiles through a map, and a new one makes a profile.
//!
//! `user_id` wins. Without one, the first identifier that is known leads: e-mail, phone, then custom ones. A profile
//! record may add identifiers to the profile it reaches; two profiles that both have a user id are never made one.

use crate::error::StoreError;
use crate::firsts::Firsts;
use crate::ids::{IdHash, IdHasher};
use crate::operational::{identities, profiles};
use crate::profiles::StoredState;
use sqlx::SqliteConnection;
use std::collections::{HashMap, HashSet};
use wayfare_model::record::{Identity, Incoming};

/// How many identifiers are remembered between batches; beyond, they are asked of the database again.
const REMEMBERED: usize = 1 << 20;

/// Identifiers that were looked up before.
#[derive(Debug, Default)]
pub(super) struct Remembered(HashMap<IdHash, u32>);

impl Remembered {
    pub fn forget(&mut self) {
        self.0.clear();
    }

    pub fn keep(&mut self, found: impl Iterator<Item = (IdHash, u32)>) {
        if self.0.len() >= REMEMBERED {
            self.0.clear();
        }
        self.0.extend(found);
    }
}

/// A profile as one group of records sees and changes it.
#[derive(Debug)]
pub(super) struct Working {
    pub state: StoredState<'static>,
    pub first: u64,
    pub position: u64,
    pub created_at: i64,
    pub changed: bool,
}

/// The profiles that one group of records may reach.
#[derive(Debug)]
pub(super) struct Reached {
    hasher: IdHasher,
    keys: HashMap<IdHash, u32>,
    /// Profiles whose state the group may read or change.
    pub working: HashMap<u32, Working>,
    /// Keys that the group adds, in order.
    pub new_keys: Vec<(Vec<u8>, u32)>,
    /// First positions of profiles that the group makes, in order.
    pub new_firsts: Vec<u64>,
    next_ordinal: u32,
}

/// The keys of an identity by precedence.
fn keys_of(identity: &Identity) -> impl Iterator<Item = Vec<u8>> {
    let user_id = identity.user_id.iter().map(|user_id| identities::user_id_key(user_id));
    user_id.chain(other_keys_of(identity))
}

fn other_keys_of(identity: &Identity) -> impl Iterator<Item = Vec<u8>> {
    let email = identity.email.iter().map(|email| identities::email_key(email));
    let phone = identity.phone_number.iter().map(|phone| identities::phone_key(phone));
    let custom = identity.custom.iter().map(|(kind, value)| identities::custom_key(kind, value));
    email.chain(phone).chain(custom)
}

/// The key alone that an event is led by where it has a user id.
fn leading_keys(record: &Incoming) -> Vec<Vec<u8>> {
    match record {
        Incoming::Event(event) => match &event.identity.user_id {
            Some(user_id) => vec![identities::user_id_key(user_id)],
            None => other_keys_of(&event.identity).collect(),
        },
        Incoming::Profile(profile) => keys_of(&profile.identity).collect(),
    }
}

impl Reached {
    /// Looks up whatever the records may reach.
    pub async fn look_up<'a>(
        connection: &mut SqliteConnection,
        hasher: IdHasher,
        remembered: &mut Remembered,
        firsts: &Firsts,
        records: impl Iterator<Item = &'a Incoming> + Clone,
    ) -> Result<Self, StoreError> {
        let mut keys = HashMap::new();
        let mut unknown: HashMap<IdHash, Vec<u8>> = HashMap::new();
        for key in records.clone().flat_map(leading_keys) {
            let hash = hasher.hash_bytes(&key);
            match remembered.0.get(&hash) {
                Some(ordinal) => {
                    keys.insert(hash, *ordinal);
                }
                None => {
                    unknown.insert(hash, key);
                }
            }
        }
        // In order of the keys, so that neighbours share a page of the database.
        let mut asked: Vec<&[u8]> = unknown.values().map(Vec::as_slice).collect();
        asked.sort_unstable();
        let found = identities::find(connection, &asked).await?;
        remembered.keep(found.iter().map(|(key, ordinal)| (hasher.hash_bytes(key), *ordinal)));
        keys.extend(found.iter().map(|(key, ordinal)| (hasher.hash_bytes(key), *ordinal)));
        let mut ordinals: Vec<u32> = records
            .filter_map(|record| match record {
                Incoming::Profile(profile) => Some(keys_of(&profile.identity)),
                Incoming::Event(_) => None,
            })
            .flatten()
            .filter_map(|key| keys.get(&hasher.hash_bytes(&key)).copied())
            .collect::<HashSet<_>>()
            .into_iter()
            .collect();
        ordinals.sort_unstable();
        let mut working = HashMap::with_capacity(ordinals.len());
        for (ordinal, row) in profiles::get(connection, &ordinals).await? {
            let first = firsts.get(ordinal).ok_or_else(|| Firsts::missing(ordinal))?;
            let (position, created_at) = (row.position, row.created_at);
            let state = StoredState::decode(&row.state)?;
            working.insert(ordinal, Working { state, first, position, created_at, changed: false });
        }
        let next_ordinal = firsts.len();
        Ok(Self { hasher, keys, working, new_keys: Vec::new(), new_firsts: Vec::new(), next_ordinal })
    }

    fn find(&self, key: &[u8]) -> Option<u32> {
        self.keys.get(&self.hasher.hash_bytes(key)).copied()
    }

    /// The profile that an event's identifiers lead to.
    pub fn of_event(&self, identity: &Identity) -> Option<u32> {
        match &identity.user_id {
            Some(user_id) => self.find(&identities::user_id_key(user_id)),
            None => other_keys_of(identity).find_map(|key| self.find(&key)),
        }
    }

    /// The profile that a profile record's identifiers lead to.
    pub fn of_profile(&self, identity: &Identity) -> Option<u32> {
        let by_user_id =
            identity.user_id.as_ref().and_then(|user_id| self.find(&identities::user_id_key(user_id)));
        by_user_id.or_else(|| {
            let free = |ordinal: &u32| {
                identity.user_id.is_none()
                    || self.working.get(ordinal).is_some_and(|profile| profile.state.user_id.is_none())
            };
            other_keys_of(identity).filter_map(|key| self.find(&key)).find(free)
        })
    }

    /// The identifiers by which an event makes a profile.
    pub fn identity_of_event(identity: &Identity) -> Identity {
        match &identity.user_id {
            Some(user_id) => Identity { user_id: Some(user_id.clone()), ..Identity::default() },
            None => identity.clone(),
        }
    }

    /// Makes a profile whose first record stands at `position`.
    pub fn make(&mut self, identity: &Identity, position: u64, now: i64) -> u32 {
        let ordinal = self.next_ordinal;
        self.next_ordinal += 1;
        self.new_firsts.push(position);
        let mut state = StoredState::default();
        state.identify(identity);
        self.working
            .insert(ordinal, Working { state, first: position, position, created_at: now, changed: true });
        self.claim(identity, ordinal);
        ordinal
    }

    /// Lets identifiers that lead nowhere yet lead to a profile.
    pub fn claim(&mut self, identity: &Identity, ordinal: u32) {
        for key in keys_of(identity) {
            if let std::collections::hash_map::Entry::Vacant(entry) =
                self.keys.entry(self.hasher.hash_bytes(&key))
            {
                entry.insert(ordinal);
                self.new_keys.push((key, ordinal));
            }
        }
    }

    /// What is worth remembering once the group is committed.
    pub fn learned(&self) -> impl Iterator<Item = (IdHash, u32)> {
        self.new_keys.iter().map(|(key, ordinal)| (self.hasher.hash_bytes(key), *ordinal))
    }
}
