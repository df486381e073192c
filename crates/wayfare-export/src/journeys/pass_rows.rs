//! A row a pass.

use super::event::{Event, SENDS};
use super::json::{JsonArray, seconds};
use super::messages::Message;
use super::passes::Pass;
use super::path::path;
use super::row_batch::{RowBatch, instant, integer, text};
use super::story::Story;
use super::{Newest, Wanted};
use crate::cells::Cell;
use crate::column::{Column, ColumnType};
use crate::error::ExportError;
use arrow::record_batch::RecordBatch;
use wayfare_model::id::ProfileId;

/// The columns that every pass has.
pub fn columns() -> Vec<Column> {
    vec![
        Column::new("pass_id", ColumnType::Identifier),
        Column::new("profile_id", ColumnType::Identifier),
        Column::new("journey_id", ColumnType::Integer),
        Column::new("journey_name", ColumnType::String),
        Column::new("journey_version", ColumnType::Integer),
        Column::new("entered_at", ColumnType::Datetime),
        Column::new("enter_reason", ColumnType::String),
        Column::new("enter_event_id", ColumnType::Identifier),
        Column::new("path", ColumnType::Json),
        Column::new("messages", ColumnType::Json),
        Column::new("messages_sent", ColumnType::Integer),
        Column::new("last_element_code", ColumnType::String),
        Column::new("last_element_name", ColumnType::String),
        Column::new("exited_at", ColumnType::Datetime),
        Column::new("exit_reason", ColumnType::String),
        Column::new("exit_event_id", ColumnType::Identifier),
        Column::new("duration_seconds", ColumnType::Number),
        Column::new("state", ColumnType::String),
    ]
}

impl Pass<'_> {
    /// The source's id, or one that stays the same as long as the pass begins with the same event.
    pub fn id(&self, events: &[Event<'_>]) -> String {
        match self.pass_id {
            Some(id) => id.to_owned(),
            None => format!("pass_{}", events[self.opening].event_id),
        }
    }

    /// When it was entered: by its entry, else as its exit says.
    pub fn entered_at(&self, events: &[Event<'_>]) -> Option<i64> {
        match (self.entry, self.exit) {
            (Some(entry), _) => Some(events[entry].time),
            (None, Some(exit)) => events[exit].entered_at,
            (None, None) => None,
        }
    }
}

impl Message<'_> {
    /// Whether it went out.
    pub fn sent_at(&self, events: &[Event<'_>]) -> Option<i64> {
        self.first_of(events, &SENDS)
    }
}

/// The passes of a profile that are wanted, in the order of rows, each with the position of the newest event of its journey.
pub fn rows(story: &Story<'_>, events: &[Event<'_>], wanted: &Wanted) -> Vec<(usize, u64)> {
    let newest = Newest::of(events);
    let begin = |pass: &Pass<'_>| pass.entered_at(events).unwrap_or(events[pass.opening].time);
    let mut rows: Vec<_> = story
        .passes
        .iter()
        .enumerate()
        .map(|(place, pass)| (begin(pass), &events[pass.opening], place))
        .map(|(begin, opening, place)| {
            (begin, opening.position, place, newest.of_journey(opening.journey_id))
        })
        .filter(|(begin, _, _, newest)| wanted.is_in(*begin, *newest))
        .collect();
    rows.sort_unstable();
    rows.into_iter().map(|(_, _, place, newest)| (place, newest)).collect()
}

/// Collects rows.
pub struct PassRows {
    batch: RowBatch,
    wanted: Wanted,
    path: JsonArray,
    messages: JsonArray,
}

impl PassRows {
    /// Rows of the passes that are wanted.
    pub fn new(wanted: &Wanted) -> Self {
        let (batch, wanted) = (RowBatch::new(wanted.columns()), wanted.clone());
        Self { batch, wanted, path: JsonArray::new(), messages: JsonArray::new() }
    }

    /// Adds the passes of a profile; gives `false` where nobody takes them any more.
    pub fn add(
        &mut self,
        profile: ProfileId,
        events: &[Event<'_>],
        story: &Story<'_>,
        send: &impl Fn(RecordBatch) -> bool,
    ) -> Result<bool, ExportError> {
        let profile = profile.to_string();
        for (place, newest) in rows(story, events, &self.wanted) {
            if !self.row(&profile, (&story.passes[place], newest), &story.messages, events, send)? {
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
        (pass, newest): (&Pass<'_>, u64),
        messages: &[Message<'_>],
        events: &[Event<'_>],
        send: &impl Fn(RecordBatch) -> bool,
    ) -> Result<bool, ExportError> {
        let steps = path(pass, messages, events);
        self.path.begin();
        steps.iter().for_each(|step| self.path.step(step));
        self.messages.begin();
        let own = || pass.messages.iter().map(|message| &messages[*message]);
        own().for_each(|message| self.messages.message(message, events));
        let sent = own().filter(|message| message.sent_at(events).is_some()).count();
        let (entry, exit) = (pass.entry.map(|at| &events[at]), pass.exit.map(|at| &events[at]));
        let all = || entry.into_iter().chain(exit).chain(own().map(|message| &events[message.actions[0]]));
        let left_from = exit.filter(|exit| exit.element_code.is_some());
        let last = match left_from {
            Some(exit) => {
                let named = steps.iter().rev().find(|step| Some(step.code) == exit.element_code);
                (exit.element_code, exit.element_name.or(named.and_then(|step| step.name)))
            }
            None => steps.last().map_or((None, None), |step| (Some(step.code), step.name)),
        };
        let (entered_at, exited_at) = (pass.entered_at(events), exit.map(|exit| exit.time));
        let duration = entered_at.zip(exited_at).map(|(entered, exited)| seconds(exited - entered));
        let id = pass.id(events);
        let cells = [
            Cell::Text(&id),
            Cell::Text(profile),
            integer(events[pass.opening].journey_id),
            text(all().find_map(|event| event.journey_name)),
            integer(all().find_map(|event| event.journey_version)),
            instant(entered_at),
            text(entry.and_then(|entry| entry.reason)),
            text(entry.map(|entry| entry.event_id)),
            Cell::Text(self.path.end()),
            Cell::Text(self.messages.end()),
            Cell::Integer(sent as i64),
            text(last.0),
            text(last.1),
            instant(exited_at),
            text(exit.and_then(|exit| exit.reason)),
            text(exit.map(|exit| exit.event_id)),
            duration.map_or(Cell::Null, Cell::Float),
            text(pass.state.map(|state| state.name())),
        ];
        let last = self.wanted.last_cells(events[pass.opening].is_dry_run, newest);
        self.batch.push(cells.into_iter().chain(last), send)
    }
}
