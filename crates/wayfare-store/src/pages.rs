//! What pages show of single profiles: their states, and their events.

use crate::error::StoreError;
use crate::inbox::EventEntry;
use crate::lake::layout::EVENTS;
use crate::lake::text::texts;
use crate::operational::{identities, profiles};
use crate::profiles::{ProfileState, StoredState};
use crate::snapshot::Snapshot;
use arrow::array::{Array, AsArray};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use datafusion::prelude::{ident, lit};
use futures::TryStreamExt;
use std::collections::BTreeSet;
use std::sync::Arc;
use wayfare_model::dictionary::{Dictionary, Event};
use wayfare_model::id::ProfileId;
use wayfare_model::time::Instant;
use wayfare_model::value::{Source, SourceValue};

/// What a search looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentifierKind {
    /// The profile's own id, whole.
    ProfileId,
    /// Its e-mail address, from the start.
    Email,
    /// Its phone number, from the start.
    PhoneNumber,
    /// Its user id, from the start.
    UserId,
}

/// Identifiers looked at in one search: beyond, the search has to be narrower.
const MOST_FOUND: u32 = 10_000;

/// One event of a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileEvent {
    /// Its id.
    pub event_id: String,
    /// Its name.
    pub event: Arc<str>,
    /// When it happened.
    pub timestamp: Instant,
    /// When it arrived.
    pub received_at: Instant,
    /// Its commit position.
    pub position: u64,
    /// The user id it came with.
    pub user_id: Option<String>,
    /// Its parameters by their own names.
    pub params: Vec<(Arc<str>, SourceValue)>,
}

impl Snapshot {
    /// One profile as it stands.
    pub async fn profile(&self, id: ProfileId) -> Result<Option<ProfileState>, StoreError> {
        Ok(self.profile_states(&[id]).await?.pop())
    }

    /// Profiles as they stand, in the order of `ids`; unknown ones are left out.
    pub async fn profile_states(&self, ids: &[ProfileId]) -> Result<Vec<ProfileState>, StoreError> {
        let ordinals: Vec<u32> = ids
            .iter()
            .filter_map(|id| self.store.firsts.ordinal(*id))
            .filter(|ordinal| *ordinal < self.view.profiles)
            .collect();
        let mut rows = profiles::get(&mut *self.store.readers.acquire().await?, &ordinals).await?;
        // Attributes that are newer than this snapshot are in the newest dictionary.
        let dictionary = self.store.published().dictionary.clone();
        let mut states = Vec::with_capacity(ordinals.len());
        for ordinal in ordinals {
            let (Some(row), Some(first)) = (rows.remove(&ordinal), self.store.firsts.get(ordinal)) else {
                continue;
            };
            let state = StoredState::decode(&row.state)?;
            states.push(ProfileState {
                id: ProfileId::from_first_position(first),
                identity: state.identity(),
                attributes: state.named_attributes(&dictionary),
                position: row.position,
                created_at: instant(row.created_at)?,
            });
        }
        Ok(states)
    }

    /// The profiles that user ids lead to, one for each id that leads to one.
    pub async fn profiles_of_users(&self, user_ids: &[String]) -> Result<Vec<ProfileId>, StoreError> {
        let keys: Vec<Vec<u8>> = user_ids.iter().map(|id| identities::user_id_key(id)).collect();
        let mut asked: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
        asked.sort_unstable();
        let found = identities::find(&mut *self.store.readers.acquire().await?, &asked).await?;
        let known = found.iter().filter(|(_, ordinal)| **ordinal < self.view.profiles);
        let firsts = known.filter_map(|(_, ordinal)| self.store.firsts.get(*ordinal));
        Ok(firsts.map(ProfileId::from_first_position).collect())
    }

    /// Up to `limit` profiles behind `after`, ascending by id: all of them for an empty query, else those with an
    /// identifier that starts with it.
    pub async fn find_profiles(
        &self,
        query: &str,
        by: Option<IdentifierKind>,
        after: Option<ProfileId>,
        limit: usize,
    ) -> Result<Vec<ProfileState>, StoreError> {
        let query = query.trim();
        let found: Vec<ProfileId> = if query.is_empty() {
            let firsts = self.store.firsts.read();
            let known = &firsts[..self.view.profiles as usize];
            let start =
                after.map_or(0, |after| known.partition_point(|first| *first <= after.first_position()));
            known[start..].iter().take(limit).map(|first| ProfileId::from_first_position(*first)).collect()
        } else {
            let mut found = BTreeSet::new();
            found.extend(query.parse::<ProfileId>().ok().filter(|_| asks(by, IdentifierKind::ProfileId)));
            let keys = [
                (IdentifierKind::UserId, identities::user_id_key(query)),
                (IdentifierKind::Email, identities::email_key(query)),
                (IdentifierKind::PhoneNumber, identities::phone_key(query)),
            ];
            let mut reader = self.store.readers.acquire().await?;
            for (_, key) in keys.iter().filter(|(kind, _)| asks(by, *kind)) {
                for ordinal in identities::starting_with(&mut reader, key, MOST_FOUND).await? {
                    found.extend(self.store.firsts.get(ordinal).map(ProfileId::from_first_position));
                }
            }
            found.into_iter().filter(|id| after.is_none_or(|after| *id > after)).take(limit).collect()
        };
        self.profile_states(&found).await
    }

    /// Up to `limit` events of a profile, newest first; only those that come after `before` in that order, and only
    /// of one name where it is given.
    pub async fn profile_events(
        &self,
        id: ProfileId,
        before: Option<(Instant, u64)>,
        limit: usize,
        event: Option<&str>,
    ) -> Result<Vec<ProfileEvent>, StoreError> {
        let dictionary = self.dictionary().clone();
        let mut found = Vec::new();
        for known in
            dictionary.events().iter().filter(|known| event.is_none_or(|event| event == &*known.name))
        {
            self.read_lake_events(known, id, &mut found).await?;
        }
        self.read_tail_events(&dictionary, id, event, &mut found)?;
        let key = |event: &ProfileEvent| (event.timestamp, event.position);
        found.retain(|event| before.is_none_or(|before| key(event) < before));
        found.sort_by_key(|event| std::cmp::Reverse(key(event)));
        found.truncate(limit);
        Ok(found)
    }

    async fn read_lake_events(
        &self,
        event: &Event,
        id: ProfileId,
        found: &mut Vec<ProfileEvent>,
    ) -> Result<(), StoreError> {
        let (lake, snapshot) = (&self.store.lake, self.view.lake.id);
        let known = lake.columns_of(snapshot, EVENTS, &event.table).await?;
        let fields: Vec<_> =
            event.parameters.list().iter().filter(|field| known.contains(&*field.column)).collect();
        let mut asked = vec!["event_id", "timestamp", "received_at", "position", "user_id"];
        asked.extend(fields.iter().map(|field| &*field.column));
        let of_profile = ident("profile_id").eq(lit(id.to_string()));
        let Some(mut rows) = lake.scan(snapshot, EVENTS, &event.table, &asked, vec![of_profile]).await?
        else {
            return Ok(());
        };
        while let Some(batch) = rows.try_next().await? {
            let text = batch.columns().iter().map(texts).collect::<Result<Vec<_>, _>>()?;
            let cell = |column: usize, row: usize| {
                let column = text[column].as_string::<i32>();
                (!column.is_null(row)).then(|| column.value(row).to_owned())
            };
            let times = batch.column(1).as_primitive::<TimestampMicrosecondType>();
            let arrivals = batch.column(2).as_primitive::<TimestampMicrosecondType>();
            let positions = batch.column(3).as_primitive::<Int64Type>();
            for row in 0..batch.num_rows() {
                let params = fields.iter().enumerate().filter_map(|(index, field)| {
                    // What the source said of a value's type is learned by the dictionary; the lake keeps the text.
                    Some((field.name.clone(), SourceValue::new(Source::Text, cell(5 + index, row)?)))
                });
                found.push(ProfileEvent {
                    event_id: cell(0, row).unwrap_or_default(),
                    event: event.name.clone(),
                    timestamp: instant(times.value(row))?,
                    received_at: instant(arrivals.value(row))?,
                    position: positions.value(row) as u64,
                    user_id: cell(4, row),
                    params: params.collect(),
                });
            }
        }
        Ok(())
    }

    fn read_tail_events(
        &self,
        dictionary: &Dictionary,
        id: ProfileId,
        event: Option<&str>,
        found: &mut Vec<ProfileEvent>,
    ) -> Result<(), StoreError> {
        let range = self.view.lake.position..self.view.position;
        let wanted = event.map(|event| dictionary.event_id(event));
        let wants = |entry: &EventEntry<'_>| {
            entry.profile == id.first_position()
                && range.contains(&entry.position)
                && wanted.is_none_or(|wanted| wanted == Some(entry.event))
        };
        for batch in self.view.tail.iter() {
            batch.read(|entries| {
                for entry in entries.events.iter().filter(|entry| wants(entry)) {
                    let Some(known) = dictionary.events().get(entry.event as usize) else { continue };
                    let params = entry.params.iter().filter_map(|(id, source, text)| {
                        let field = known.parameters.list().get(*id as usize)?;
                        Some((field.name.clone(), SourceValue::new(*source, &**text)))
                    });
                    found.push(ProfileEvent {
                        event_id: entry.event_id.to_string(),
                        event: known.name.clone(),
                        timestamp: instant(entry.timestamp)?,
                        received_at: instant(entry.received_at)?,
                        position: entry.position,
                        user_id: entry.user_id.as_ref().map(ToString::to_string),
                        params: params.collect(),
                    });
                }
                Ok::<(), StoreError>(())
            })??;
        }
        Ok(())
    }
}

fn asks(by: Option<IdentifierKind>, kind: IdentifierKind) -> bool {
    by.is_none_or(|by| by == kind)
}

fn instant(micros: i64) -> Result<Instant, StoreError> {
    Instant::from_micros(micros)
        .ok_or_else(|| StoreError::corrupt("a time", format!("{micros} lies outside the calendar")))
}
