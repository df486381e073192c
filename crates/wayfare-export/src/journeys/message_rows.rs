//! A row a message, with everything that happened with it.

use super::event::{CLICKS, Event, VIEWS};
use super::json::{JsonArray, action_name};
use super::messages::Message;
use super::passes::Pass;
use super::row_batch::{RowBatch, instant, integer, text};
use super::story::Story;
use super::{Newest, Wanted};
use crate::cells::Cell;
use crate::column::{Column, ColumnType};
use crate::error::ExportError;
use arrow::record_batch::RecordBatch;
use std::borrow::Cow;
use wayfare_model::id::ProfileId;
use wayfare_model::journey;

/// The columns that every message has.
pub fn columns() -> Vec<Column> {
    vec![
        Column::new("message_id", ColumnType::Identifier),
        Column::new("profile_id", ColumnType::Identifier),
        Column::new("journey_id", ColumnType::Integer),
        Column::new("journey_name", ColumnType::String),
        Column::new("pass_id", ColumnType::Identifier),
        Column::new("element_code", ColumnType::String),
        Column::new("element_name", ColumnType::String),
        Column::new("campaign_id", ColumnType::Integer),
        Column::new("campaign_name", ColumnType::String),
        Column::new("channel_code", ColumnType::String),
        Column::new("channel_name", ColumnType::String),
        Column::new("variant_id", ColumnType::String),
        Column::new("sent_at", ColumnType::Datetime),
        Column::new("first_viewed_at", ColumnType::Datetime),
        Column::new("first_clicked_at", ColumnType::Datetime),
        Column::new("last_action", ColumnType::Integer),
        Column::new("last_action_at", ColumnType::Datetime),
        Column::new("outcome", ColumnType::String),
        Column::new("reason", ColumnType::String),
        Column::new("actions", ColumnType::Json),
        Column::new("actions_count", ColumnType::Integer),
    ]
}

impl Message<'_> {
    /// The source's id, or one that stays the same as long as the message begins with the same event.
    pub fn id(&self, events: &[Event<'_>]) -> Cow<'_, str> {
        match self.message_id {
            Some(id) => id.into(),
            None => format!("msg_{}", events[self.actions[0]].event_id).into(),
        }
    }

    /// The name of its last action.
    pub fn outcome(&self, events: &[Event<'_>]) -> Option<Cow<'static, str>> {
        action_name(events[*self.actions.last()?].action_code)
    }

    /// What the first of its actions says that says it.
    pub fn find<'e, T>(&self, events: &[Event<'e>], of: impl Fn(&Event<'e>) -> Option<T>) -> Option<T> {
        self.actions.iter().find_map(|action| of(&events[*action]))
    }

    /// When one of these happened first.
    pub fn first_of(&self, events: &[Event<'_>], codes: &[i64]) -> Option<i64> {
        let is_one = |event: &Event<'_>| event.action_code.is_some_and(|code| codes.contains(&code));
        self.find(events, |event| is_one(event).then_some(event.time))
    }
}

/// The messages of a profile that are wanted, in the order of rows, each with the position of the newest event of its
/// journey.
pub fn rows(story: &Story<'_>, events: &[Event<'_>], wanted: &Wanted) -> Vec<(usize, u64)> {
    let newest = Newest::of(events);
    let mut rows: Vec<_> = story
        .messages
        .iter()
        .enumerate()
        .map(|(place, message)| (&events[message.actions[0]], place))
        .map(|(first, place)| (first.time, first.position, place, newest.of_journey(first.journey_id)))
        .filter(|(begin, _, _, newest)| wanted.is_in(*begin, *newest))
        .collect();
    rows.sort_unstable();
    rows.into_iter().map(|(_, _, place, newest)| (place, newest)).collect()
}

/// Collects rows.
pub struct MessageRows {
    batch: RowBatch,
    wanted: Wanted,
    actions: JsonArray,
}

impl MessageRows {
    /// Rows of the messages that are wanted.
    pub fn new(wanted: &Wanted) -> Self {
        Self { batch: RowBatch::new(wanted.columns()), wanted: wanted.clone(), actions: JsonArray::new() }
    }

    /// Adds the messages of a profile; gives `false` where nobody takes them any more.
    pub fn add(
        &mut self,
        profile: ProfileId,
        events: &[Event<'_>],
        story: &Story<'_>,
        send: &impl Fn(RecordBatch) -> bool,
    ) -> Result<bool, ExportError> {
        let rows = rows(story, events, &self.wanted);
        if rows.is_empty() {
            return Ok(true);
        }
        let profile = profile.to_string();
        let mut passes = vec![0; story.messages.len()];
        for (place, pass) in story.passes.iter().enumerate() {
            pass.messages.iter().for_each(|message| passes[*message] = place);
        }
        for (place, newest) in rows {
            let pass = &story.passes[passes[place]];
            if !self.row(&profile, pass, (&story.messages[place], newest), events, send)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Hands on what is left.
    pub fn finish(mut self, send: &impl Fn(RecordBatch) -> bool) -> Result<(), ExportError> {
        self.batch.end(send).map(|_| ())
    }

    fn row(
        &mut self,
        profile: &str,
        pass: &Pass<'_>,
        (message, newest): (&Message<'_>, u64),
        events: &[Event<'_>],
        send: &impl Fn(RecordBatch) -> bool,
    ) -> Result<bool, ExportError> {
        self.actions.begin();
        message.actions.iter().for_each(|action| self.actions.action(&events[*action]));
        let first = &events[message.actions[0]];
        let channel_code = message.find(events, |event| event.channel_code);
        let channel = channel_code.and_then(journey::channel);
        let last = message.actions.last().map(|action| &events[*action]);
        let reason = message.actions.iter().rev().find_map(|action| events[*action].reason);
        let of_pass = || [pass.entry, pass.exit].into_iter().flatten().find_map(|at| events[at].journey_name);
        let (id, pass_id, outcome) = (message.id(events), pass.id(events), message.outcome(events));
        let cells = [
            Cell::Text(&id),
            Cell::Text(profile),
            integer(first.journey_id),
            text(message.find(events, |event| event.journey_name).or_else(of_pass)),
            Cell::Text(&pass_id),
            text(message.find(events, |event| event.element_code)),
            text(message.find(events, |event| event.element_name)),
            integer(message.find(events, |event| event.campaign_id)),
            text(message.find(events, |event| event.campaign_name)),
            text(channel_code),
            text(channel.map(|channel| channel.name)),
            text(message.find(events, |event| event.variant_id)),
            instant(message.sent_at(events)),
            instant(message.first_of(events, &VIEWS)),
            instant(message.first_of(events, &CLICKS)),
            integer(last.and_then(|last| last.action_code)),
            instant(last.map(|last| last.time)),
            text(outcome.as_deref()),
            text(reason),
            Cell::Text(self.actions.end()),
            Cell::Integer(message.actions.len() as i64),
        ];
        let last = self.wanted.last_cells(first.is_dry_run, newest);
        self.batch.push(cells.into_iter().chain(last), send)
    }
}
