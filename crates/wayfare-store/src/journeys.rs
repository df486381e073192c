//! Journeys as their events tell of them.

use crate::error::StoreError;
use crate::snapshot::Snapshot;
use crate::values::{RowAt, is_real, number, rows, text};
use roaring::RoaringBitmap;
use std::collections::{BTreeMap, BTreeSet};
use wayfare_model::journey::{ENTER, EXIT, IS_DRY_RUN, PRODUCT_ACTION};
use wayfare_model::time::Instant;
use wayfare_segment::columns::{Columns, EventRun, Needs};

/// What is known of a journey. Dry runs are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JourneySummary {
    /// Its id.
    pub journey_id: i64,
    /// The name it had last.
    pub journey_name: Option<String>,
    /// How often it was entered.
    pub entered: u64,
    /// How many profiles entered it.
    pub entered_profiles: u64,
    /// How often it was left.
    pub exited: u64,
    /// How many profiles left it.
    pub exited_profiles: u64,
    /// What it did on each channel, by code.
    pub channels: Vec<ChannelSummary>,
    /// Its elements: code and the name it had last.
    pub elements: Vec<(String, Option<String>)>,
    /// When something happened in it last.
    pub last_activity: Option<Instant>,
}

/// What a journey did on a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelSummary {
    /// The channel's code.
    pub channel_code: String,
    /// Its campaigns: id and the name it had last.
    pub campaigns: Vec<(i64, Option<String>)>,
    /// How often each action happened, by code.
    pub actions: Vec<(i64, u64)>,
}

/// A name and the time it was seen.
type Seen = (i64, String);

#[derive(Default)]
struct Gathered {
    name: Option<Seen>,
    entered: (u64, RoaringBitmap),
    exited: (u64, RoaringBitmap),
    channels: BTreeMap<String, Channel>,
    elements: BTreeMap<String, Option<Seen>>,
    last: Option<i64>,
}

#[derive(Default)]
struct Channel {
    campaigns: BTreeMap<i64, Option<Seen>>,
    actions: BTreeMap<i64, u64>,
}

impl Snapshot {
    /// All journeys, by id.
    pub async fn journeys(&self) -> Result<Vec<JourneySummary>, StoreError> {
        let common = ["journey_id", "journey_name", "element_code", "element_name", IS_DRY_RUN];
        let action = ["campaign_id", "campaign_name", "channel_code", "action_code"];
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let events = BTreeMap::from([
            (ENTER.to_owned(), names(&common)),
            (EXIT.to_owned(), names(&common)),
            (PRODUCT_ACTION.to_owned(), names(&[common.as_slice(), action.as_slice()].concat())),
        ]);
        let columns = self.columns(&Needs { events, ..Needs::default() }).await?;
        let mut journeys: BTreeMap<i64, Gathered> = BTreeMap::new();
        for event in [ENTER, EXIT, PRODUCT_ACTION] {
            for run in columns.event(event) {
                for at in rows(run).filter(|at| is_real(run, *at)) {
                    if let Some(id) = number(run, "journey_id", at) {
                        journeys.entry(id as i64).or_default().take(event, run, at);
                    }
                }
            }
        }
        Ok(journeys.into_iter().map(|(id, gathered)| gathered.summary(id)).collect())
    }
}

impl Gathered {
    fn take(&mut self, event: &str, run: &EventRun, at: RowAt) {
        let time = run.base.times.get(at.row);
        self.last = self.last.max(Some(time));
        see(&mut self.name, time, text(run, "journey_name", at));
        if let Some(code) = text(run, "element_code", at) {
            let element = match self.elements.get_mut(code) {
                Some(element) => element,
                None => self.elements.entry(code.to_owned()).or_default(),
            };
            see(element, time, text(run, "element_name", at));
        }
        let passed = match event {
            ENTER => &mut self.entered,
            EXIT => &mut self.exited,
            _ => return self.take_action(run, at, time),
        };
        passed.0 += 1;
        passed.1.insert(at.ordinal);
    }

    fn take_action(&mut self, run: &EventRun, at: RowAt, time: i64) {
        let code = text(run, "channel_code", at).unwrap_or_default();
        let channel = match self.channels.get_mut(code) {
            Some(channel) => channel,
            None => self.channels.entry(code.to_owned()).or_default(),
        };
        if let Some(campaign) = number(run, "campaign_id", at) {
            let name = channel.campaigns.entry(campaign as i64).or_default();
            see(name, time, text(run, "campaign_name", at));
        }
        if let Some(action) = number(run, "action_code", at) {
            *channel.actions.entry(action as i64).or_default() += 1;
        }
    }

    fn summary(self, journey_id: i64) -> JourneySummary {
        let named = |seen: Option<Seen>| seen.map(|(_, name)| name);
        JourneySummary {
            journey_id,
            journey_name: named(self.name),
            entered: self.entered.0,
            entered_profiles: self.entered.1.len(),
            exited: self.exited.0,
            exited_profiles: self.exited.1.len(),
            channels: self
                .channels
                .into_iter()
                .map(|(channel_code, channel)| ChannelSummary {
                    channel_code,
                    campaigns: channel.campaigns.into_iter().map(|(id, name)| (id, named(name))).collect(),
                    actions: channel.actions.into_iter().collect(),
                })
                .collect(),
            elements: self.elements.into_iter().map(|(code, name)| (code, named(name))).collect(),
            last_activity: self.last.and_then(Instant::from_micros),
        }
    }
}

/// Keeps the newest name.
fn see(name: &mut Option<Seen>, time: i64, seen: Option<&str>) {
    let Some(seen) = seen else { return };
    match name {
        Some((known, _)) if *known > time => {}
        Some((known, name)) if name == seen => *known = time,
        _ => *name = Some((time, seen.to_owned())),
    }
}
