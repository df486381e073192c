//! Gathered journey events, put together profile by profile in the order of profiles.

use super::buckets::Buckets;
use super::event::Event;
use super::record;
use super::story::Story;
use super::texts::Texts;
use super::{Rows, Wanted, message_rows, pass_rows};
use crate::error::ExportError;
use crate::progress::Control;
use crate::source::Batches;
use std::sync::Arc;
use tokio::sync::mpsc;
use wayfare_model::id::ProfileId;
use wayfare_model::time::Instant;

/// Batches that wait to be taken.
const BATCHES_AHEAD: usize = 1;

/// Everything that rows are made of.
#[derive(Debug)]
pub struct Gathered {
    buckets: Buckets,
    texts: Texts,
    wanted: Wanted,
    as_of: Instant,
    control: Control,
    /// How many rows there are.
    pub rows: u64,
    /// Events that would be in if they were no dry runs.
    pub dry_runs: u64,
    /// What the reader of the files should know.
    pub warnings: Vec<String>,
}

/// What was counted.
#[derive(Default)]
struct Counts {
    rows: u64,
    more_entries: usize,
    more_exits: usize,
}

impl Gathered {
    /// Counts the rows of what was gathered.
    pub async fn counted(
        buckets: Buckets,
        texts: Texts,
        wanted: Wanted,
        as_of: Instant,
        warnings: Vec<String>,
        control: &Control,
    ) -> Result<Self, ExportError> {
        let control = control.clone();
        let mut gathered = Self { buckets, texts, wanted, as_of, control, rows: 0, dry_runs: 0, warnings };
        let counting = tokio::task::spawn_blocking(move || {
            let counts = gathered.count()?;
            gathered.rows = counts.rows;
            for (count, one, many) in
                [(counts.more_entries, "entry", "entries"), (counts.more_exits, "exit", "exits")]
            {
                match count {
                    0 => {}
                    1 => gathered
                        .warnings
                        .push(format!("1 {one} has the pass_id of another and no row of its own")),
                    more => gathered
                        .warnings
                        .push(format!("{more} {many} have the pass_id of another and no rows of their own")),
                }
            }
            Ok::<_, ExportError>(gathered)
        });
        counting.await.map_err(|error| ExportError::Worker(error.to_string()))?
    }

    fn count(&self) -> Result<Counts, ExportError> {
        let mut counts = Counts::default();
        self.each_profile(|_, events, story| {
            counts.rows += match self.wanted.rows {
                Rows::Passes => pass_rows::rows(&story, events, &self.wanted).len() as u64,
                Rows::Messages => message_rows::rows(&story, events, &self.wanted).len() as u64,
            };
            if self.wanted.rows == Rows::Passes {
                counts.more_entries += story.passes.iter().map(|pass| pass.more_entries).sum::<usize>();
                counts.more_exits += story.passes.iter().map(|pass| pass.more_exits).sum::<usize>();
            }
            Ok(true)
        })?;
        Ok(counts)
    }

    /// Whether rows are of so many people; reads no further than to the last of them.
    pub fn has_people(&self, least: usize) -> Result<bool, ExportError> {
        let mut people = 0;
        self.each_profile(|_, events, story| {
            let has_rows = match self.wanted.rows {
                Rows::Passes => !pass_rows::rows(&story, events, &self.wanted).is_empty(),
                Rows::Messages => !message_rows::rows(&story, events, &self.wanted).is_empty(),
            };
            people += usize::from(has_rows);
            Ok(people < least)
        })?;
        Ok(people >= least)
    }

    /// Calls `see` with the events and the story of each profile, until it gives `false`.
    fn each_profile(
        &self,
        mut see: impl FnMut(ProfileId, &[Event<'_>], Story<'_>) -> Result<bool, ExportError>,
    ) -> Result<(), ExportError> {
        let broken = || ExportError::Worker("a temporary file does not hold what was written to it".into());
        for group in 0..self.buckets.groups() {
            let bytes = self.buckets.read(group)?;
            let mut places: Vec<(ProfileId, usize)> = Vec::new();
            let mut at = 0;
            while at < bytes.len() {
                let (profile, length) = record::head(&bytes[at..]).ok_or_else(broken)?;
                places.push((profile, at));
                at += length;
            }
            places.sort_unstable();
            let mut events = Vec::new();
            for of_profile in places.chunk_by(|a, b| a.0 == b.0) {
                events.clear();
                for (_, at) in of_profile {
                    let event = bytes.get(*at..).and_then(|bytes| record::read(bytes, &self.texts));
                    events.push(event.ok_or_else(broken)?);
                }
                let story = Story::of(&mut events, self.wanted.seen_before(self.as_of));
                if !see(of_profile[0].0, &events, story)? {
                    return Ok(());
                }
            }
            self.control.check()?;
        }
        Ok(())
    }

    /// The rows in their order: by profile, then by when the pass was entered or the first thing happened with the
    /// message, then by commit position.
    pub fn batches(self: &Arc<Self>) -> Batches {
        let (sender, receiver) = mpsc::channel(BATCHES_AHEAD);
        let gathered = self.clone();
        tokio::task::spawn_blocking(move || {
            let send = |batch| sender.blocking_send(Ok(batch)).is_ok();
            let sent = match gathered.wanted.rows {
                Rows::Passes => {
                    let mut rows = pass_rows::PassRows::new(&gathered.wanted);
                    gathered
                        .each_profile(|profile, events, story| rows.add(profile, events, &story, &send))
                        .and_then(|()| rows.finish(&send))
                }
                Rows::Messages => {
                    let mut rows = message_rows::MessageRows::new(&gathered.wanted);
                    gathered
                        .each_profile(|profile, events, story| rows.add(profile, events, &story, &send))
                        .and_then(|()| rows.finish(&send))
                }
            };
            if let Err(error) = sent {
                // Nobody listens where the export was stopped.
                let _ = sender.blocking_send(Err(error));
            }
        });
        Box::pin(futures::stream::unfold(receiver, |mut receiver| async {
            receiver.recv().await.map(|batch| (batch, receiver))
        }))
    }
}
