//! The task that gathers requests and makes one transaction of those that wait together.

use super::group::Group;
use super::identity::{Reached, Remembered};
use super::{AcceptBatch, Accepted, Outcome};
use crate::error::StoreError;
use crate::ids::EventIds;
use crate::inbox::{Entries, InboxBatch};
use crate::operational::{dictionary, identities, import_checkpoints, inbox, meta, profiles};
use crate::store::Inner;
use sqlx::{Connection, SqliteConnection};
use std::collections::BTreeSet;
use std::sync::{Arc, Weak};
use tokio::sync::{mpsc, oneshot};
use wayfare_model::dictionary::Dictionary;

/// Records that share a transaction at most: beyond, the next one takes over.
const MOST_RECORDS: usize = 50_000;

/// A batch that waits, and where its answer goes.
pub(crate) type Request = (AcceptBatch, oneshot::Sender<Result<Accepted, StoreError>>);

/// What the one writer holds.
#[derive(Debug)]
pub(crate) struct Writer {
    pub connection: SqliteConnection,
    pub dictionary: Dictionary,
    pub ids: EventIds,
    pub next_position: u64,
    remembered: Remembered,
}

impl Writer {
    pub fn new(
        connection: SqliteConnection,
        dictionary: Dictionary,
        ids: EventIds,
        next_position: u64,
    ) -> Self {
        Self { connection, dictionary, ids, next_position, remembered: Remembered::default() }
    }
}

/// Runs until the store is dropped.
pub(crate) async fn run(store: Weak<Inner>, mut requests: mpsc::Receiver<Request>) {
    while let Some(first) = requests.recv().await {
        let mut records = first.0.records.len();
        let mut waiting = vec![first];
        while records < MOST_RECORDS
            && let Ok(next) = requests.try_recv()
        {
            records += next.0.records.len();
            waiting.push(next);
        }
        let Some(store) = store.upgrade() else { return };
        let (batches, answers): (Vec<_>, Vec<_>) = waiting.into_iter().unzip();
        let committed = commit(&store, batches).await.map_err(|error| error.told(store.dir.path()));
        // Let go before anyone is answered: whoever closes the store next finds it closed.
        drop(store);
        match committed {
            Ok(accepted) => {
                for (answer, accepted) in answers.into_iter().zip(accepted) {
                    // A requester that went away does not undo what is durable.
                    let _ = answer.send(Ok(accepted));
                }
            }
            Err(error) => {
                let error = Arc::new(error);
                for answer in answers {
                    let _ = answer.send(Err(StoreError::Shared(error.clone())));
                }
            }
        }
    }
}

/// Commits batches as one transaction and publishes what came of it.
async fn commit(store: &Inner, batches: Vec<AcceptBatch>) -> Result<Vec<Accepted>, StoreError> {
    if !store.dir.has_room(store.options.min_free_bytes) {
        return Err(StoreError::DiskFull { data: store.dir.path().to_owned() });
    }
    let mut writer = store.writer()?.lock().await;
    let before = writer.next_position;
    let known = store.published();
    match transact(store, &mut writer, batches).await {
        Ok((accepted, batch, new_firsts)) => {
            if let Some((batch, has_states)) = batch {
                let profiles = known.profiles + new_firsts.len() as u32;
                store.firsts.extend(new_firsts);
                let dictionary = writer.dictionary.clone();
                store.publish(|published| published.with_batch(batch, has_states, dictionary, profiles));
            }
            Ok(accepted)
        }
        Err(error) => {
            writer.ids.take_back(before);
            writer.remembered.forget();
            writer.dictionary = (*known.dictionary).clone();
            // A commit whose answer was lost may have happened all the same; what the database says then stands,
            // and only opening it again brings everything in line.
            if meta::number(&mut writer.connection, meta::NEXT_POSITION).await.is_ok_and(|now| now != before)
            {
                store.fail_from_now_on();
            }
            Err(error)
        }
    }
}

/// Answers, the batch and whether profiles took states in it, first positions of new profiles.
type Transacted = (Vec<Accepted>, Option<(InboxBatch, bool)>, Vec<u64>);

async fn transact(
    store: &Inner,
    writer: &mut Writer,
    batches: Vec<AcceptBatch>,
) -> Result<Transacted, StoreError> {
    let first = writer.next_position;
    let mut transaction = writer.connection.begin().await?;
    let firsts = &*store.firsts;
    let (arrived, checkpoints): (Vec<_>, Vec<_>) =
        batches.into_iter().map(|batch| ((batch.records, batch.received_at), batch.checkpoint)).unzip();
    let records = arrived.iter().flat_map(|(records, _)| records.iter());
    let reached =
        Reached::look_up(&mut transaction, store.hasher, &mut writer.remembered, firsts, records).await?;
    let mut group = Group {
        dictionary: &mut writer.dictionary,
        ids: &mut writer.ids,
        hasher: store.hasher,
        reached,
        firsts,
        next_position: first,
        entries: Entries::default(),
        touched: BTreeSet::new(),
    };
    let mut accepted = Vec::with_capacity(arrived.len());
    let mut states = Vec::new();
    for ((records, received_at), checkpoint) in arrived.into_iter().zip(checkpoints) {
        let taken = records.into_iter().map(|record| group.take(record, received_at));
        let outcomes = taken.collect::<Result<Vec<Outcome>, _>>()?;
        if let Some(checkpoint) = checkpoint {
            let state = (checkpoint.state)(&outcomes).ok_or(StoreError::Withdrawn)?;
            states.push((checkpoint.session, state));
        }
        accepted.push(Accepted { position: group.next_position, outcomes });
    }
    let Group { reached, next_position: behind, entries, touched, .. } = group;
    let mut packed = None;
    if behind > first {
        let batch = InboxBatch::pack(first, behind, &entries)?;
        inbox::append(&mut transaction, first, behind, batch.payload()).await?;
        packed = Some((batch, !entries.states.is_empty()));
        let mut new_keys = reached.new_keys.clone();
        new_keys.sort_unstable();
        identities::add(&mut transaction, &new_keys).await?;
        let mut rows = Vec::new();
        for (ordinal, profile) in reached.working.iter().filter(|(_, profile)| profile.changed) {
            let state = profile.state.encode()?;
            let (ordinal, position, created_at) = (*ordinal, profile.position, profile.created_at);
            rows.push(profiles::ProfileRow { ordinal, position, created_at, state });
        }
        rows.sort_unstable_by_key(|row| row.ordinal);
        profiles::put(&mut transaction, &rows).await?;
        profiles::add_firsts(&mut transaction, firsts.len(), &reached.new_firsts).await?;
        dictionary::save(&mut transaction, &writer.dictionary, &touched).await?;
        meta::set_number(&mut transaction, meta::NEXT_POSITION, behind).await?;
    }
    for (session, state) in &states {
        import_checkpoints::put(&mut transaction, session, state).await?;
    }
    transaction.commit().await?;
    writer.next_position = behind;
    writer.remembered.keep(reached.learned());
    Ok((accepted, packed, reached.new_firsts))
}
