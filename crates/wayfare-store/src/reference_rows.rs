//! Everything as plain rows, for the slow evaluator. All of it in memory: for checks, not for service.

use crate::error::StoreError;
use crate::lake::text::texts;
use crate::snapshot::Snapshot;
use arrow::array::{Array, AsArray};
use arrow::datatypes::{Int64Type, TimestampMicrosecondType};
use futures::TryStreamExt;
use std::collections::BTreeMap;
use wayfare_model::dictionary::IDENTIFIERS;
use wayfare_model::id::ProfileId;
use wayfare_model::record::Identity;
use wayfare_model::time::Instant;
use wayfare_model::value::{Source, SourceValue};
use wayfare_segment::reference::{ReferenceEvent, ReferenceProfile};

impl Snapshot {
    /// All live profiles with all their events, ascending by id. Custom identifiers are left out: no definition
    /// names them.
    pub async fn reference_rows(&self) -> Result<Vec<ReferenceProfile>, StoreError> {
        let mut profiles = BTreeMap::new();
        self.read_lake_profiles(&mut profiles).await?;
        self.read_tail_profiles(&mut profiles)?;
        self.read_lake_rows(&mut profiles).await?;
        self.read_tail_rows(&mut profiles)?;
        Ok(profiles.into_values().collect())
    }

    /// One live profile with all its events; `None` where there is none of that id.
    pub async fn reference_profile(&self, id: ProfileId) -> Result<Option<ReferenceProfile>, StoreError> {
        let Some(state) = self.profile(id).await? else { return Ok(None) };
        let events = self.profile_events(id, None, usize::MAX, None).await?;
        let attributes = state.attributes.into_iter().map(|(name, value)| (name.to_string(), value));
        let events = events.into_iter().map(|event| ReferenceEvent {
            event: event.event.to_string(),
            timestamp: event.timestamp,
            position: event.position,
            params: event.params.into_iter().map(|(name, value)| (name.to_string(), value)).collect(),
        });
        Ok(Some(ReferenceProfile {
            id,
            identifiers: state.identity,
            attributes: attributes.collect(),
            events: events.collect(),
        }))
    }

    async fn read_lake_profiles(
        &self,
        found: &mut BTreeMap<ProfileId, ReferenceProfile>,
    ) -> Result<(), StoreError> {
        let attributes = self.dictionary().attributes.list().iter().map(|field| field.name.to_string());
        let names: Vec<String> =
            IDENTIFIERS[1..].iter().map(|name| (*name).to_owned()).chain(attributes).collect();
        let mut rows = self.stream_profiles(&names, None).await?;
        while let Some(batch) = rows.try_next().await? {
            let text = batch.columns().iter().map(texts).collect::<Result<Vec<_>, _>>()?;
            for row in 0..batch.num_rows() {
                let cell = |column: usize| {
                    let column = text[column].as_string::<i32>();
                    (!column.is_null(row)).then(|| column.value(row))
                };
                let id = profile_id(cell(0))?;
                let identifiers = Identity {
                    user_id: cell(1).map(Into::into),
                    email: cell(2).map(Into::into),
                    phone_number: cell(3).map(Into::into),
                    custom: Vec::new(),
                };
                let attributes = names.iter().enumerate().skip(3).filter_map(|(index, name)| {
                    Some((name.clone(), SourceValue::new(Source::Text, cell(index + 1)?)))
                });
                let attributes = attributes.collect();
                found.insert(id, ReferenceProfile { id, identifiers, attributes, events: Vec::new() });
            }
        }
        Ok(())
    }

    fn read_tail_profiles(
        &self,
        found: &mut BTreeMap<ProfileId, ReferenceProfile>,
    ) -> Result<(), StoreError> {
        let range = self.view.lake.position..self.view.position;
        for batch in self.view.tail.iter() {
            batch.read(|entries| {
                for entry in entries.states.iter().filter(|entry| range.contains(&entry.position)) {
                    let id = ProfileId::from_first_position(entry.profile);
                    let named = entry.state.named_attributes(self.dictionary());
                    let attributes =
                        named.into_iter().map(|(name, value)| (name.to_string(), value)).collect();
                    let identifiers = Identity { custom: Vec::new(), ..entry.state.identity() };
                    found.insert(id, ReferenceProfile { id, identifiers, attributes, events: Vec::new() });
                }
            })?;
        }
        Ok(())
    }

    async fn read_lake_rows(
        &self,
        found: &mut BTreeMap<ProfileId, ReferenceProfile>,
    ) -> Result<(), StoreError> {
        for event in self.dictionary().events() {
            let names: Vec<String> =
                event.parameters.list().iter().map(|field| field.name.to_string()).collect();
            let mut rows = self.stream_events(&event.name, &names, None).await?;
            while let Some(batch) = rows.try_next().await? {
                let text = batch.columns().iter().map(texts).collect::<Result<Vec<_>, _>>()?;
                let times = batch.column(1).as_primitive::<TimestampMicrosecondType>();
                let positions = batch.column(3).as_primitive::<Int64Type>();
                for row in 0..batch.num_rows() {
                    let cell = |column: usize| {
                        let column = text[column].as_string::<i32>();
                        (!column.is_null(row)).then(|| column.value(row))
                    };
                    let params = names.iter().enumerate().filter_map(|(index, name)| {
                        Some((name.clone(), SourceValue::new(Source::Text, cell(4 + index)?)))
                    });
                    let occurrence = ReferenceEvent {
                        event: event.name.to_string(),
                        timestamp: instant(times.value(row))?,
                        position: positions.value(row) as u64,
                        params: params.collect(),
                    };
                    owner(found, profile_id(cell(2))?)?.events.push(occurrence);
                }
            }
        }
        Ok(())
    }

    fn read_tail_rows(&self, found: &mut BTreeMap<ProfileId, ReferenceProfile>) -> Result<(), StoreError> {
        let range = self.view.lake.position..self.view.position;
        for batch in self.view.tail.iter() {
            batch.read(|entries| {
                for entry in entries.events.iter().filter(|entry| range.contains(&entry.position)) {
                    let Some(event) = self.dictionary().events().get(entry.event as usize) else { continue };
                    let params = entry.params.iter().filter_map(|(id, source, text)| {
                        let field = event.parameters.list().get(*id as usize)?;
                        Some((field.name.to_string(), SourceValue::new(*source, &**text)))
                    });
                    let occurrence = ReferenceEvent {
                        event: event.name.to_string(),
                        timestamp: instant(entry.timestamp)?,
                        position: entry.position,
                        params: params.collect(),
                    };
                    owner(found, ProfileId::from_first_position(entry.profile))?.events.push(occurrence);
                }
                Ok::<(), StoreError>(())
            })??;
        }
        Ok(())
    }
}

fn profile_id(text: Option<&str>) -> Result<ProfileId, StoreError> {
    text.and_then(|text| ProfileId::from_ascii(text.as_bytes()))
        .ok_or_else(|| StoreError::corrupt("a profile id of the lake", text.unwrap_or("it is null")))
}

fn owner(
    found: &mut BTreeMap<ProfileId, ReferenceProfile>,
    id: ProfileId,
) -> Result<&mut ReferenceProfile, StoreError> {
    found
        .get_mut(&id)
        .ok_or_else(|| StoreError::corrupt(format!("profile {id}"), "it has events but no state"))
}

fn instant(micros: i64) -> Result<Instant, StoreError> {
    Instant::from_micros(micros).ok_or_else(|| StoreError::corrupt("an event's time", micros))
}
