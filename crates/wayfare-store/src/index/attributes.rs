//! Columns of attributes and identifiers by profile ordinal.

use super::attribute_file::{self, KeptFile};
use super::column_bytes;
use crate::error::StoreError;
use crate::firsts::Firsts;
use crate::lake::layout::{MAIN, PROFILES};
use crate::lake::text::texts;
use crate::profiles::identity_from_json;
use crate::store::Inner;
use crate::tail::Published;
use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use datafusion::prelude::{ident, lit};
use futures::TryStreamExt;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wayfare_model::dictionary::{Dictionary, IDENTIFIERS};
use wayfare_model::id::ProfileId;
use wayfare_model::value::{Scalar, ValueType};
use wayfare_segment::column_builder::ColumnBuilder;
use wayfare_segment::columns::texts::Texts;
use wayfare_segment::columns::{Codes, Column};

/// A column is written to its file again when so many positions have come since.
const POSITIONS_A_FILE: u64 = 200_000;
/// Of a column with more values than this, values are not put in order.
const ORDERED: usize = 65_535;
/// Of a column so many of its last states are held, for counts whose snapshot is not the newest.
const HELD: usize = 3;

/// Columns that were asked for, each as of a position.
#[derive(Debug, Default)]
pub(super) struct AttributeCache {
    kept: BTreeMap<Wanted, Kept>,
    /// Where columns lie as files; none where what lies there is not of this lake.
    files: Option<PathBuf>,
}

/// What is wanted of an attribute or identifier, by its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Wanted {
    /// Its values.
    Values(String),
    /// Who has it: that takes a byte a profile, however long and different the values are.
    Presence(String),
}

impl Wanted {
    fn name(&self) -> &str {
        match self {
            Self::Values(name) | Self::Presence(name) => name,
        }
    }

    /// The type of the column; `None` for a name that is neither attribute nor identifier.
    fn value_type(&self, dictionary: &Dictionary) -> Option<ValueType> {
        let value_type = type_of(dictionary, self.name())?;
        Some(match self {
            Self::Values(_) => value_type,
            Self::Presence(_) => ValueType::One(Scalar::Boolean),
        })
    }

    /// What stands in the column for a value.
    fn text<'t>(&self, value: Option<&'t str>) -> Option<&'t str> {
        match self {
            Self::Values(_) => value,
            Self::Presence(_) => value.map(|_| "true"),
        }
    }
}

#[derive(Debug)]
struct Kept {
    value_type: ValueType,
    /// Holds every state before this position.
    position: u64,
    /// Up to which position the column's file holds states.
    in_file: Option<u64>,
    builder: ColumnBuilder,
    /// The column as of the positions it had last, the newest last.
    columns: VecDeque<(u64, Arc<Column>)>,
}

impl Kept {
    /// The column as of a view, where it is held.
    fn as_of(&self, view: &Published, value_type: ValueType) -> Option<&Arc<Column>> {
        let holds =
            |position: u64| position <= view.position && position >= view.last_state.min(view.position);
        let found = self.columns.iter().rev().find(|(position, _)| holds(*position));
        found.filter(|_| self.value_type == value_type).map(|(_, column)| column)
    }

    /// Whether states that the view has beyond the column's make it right.
    fn can_go_on_to(&self, view: &Published, value_type: ValueType) -> bool {
        self.value_type == value_type && self.position <= view.position
    }
}

impl AttributeCache {
    /// Columns in those files, which belong to this lake, are gone on from.
    pub fn with_files(files: Option<PathBuf>) -> Self {
        Self { kept: BTreeMap::new(), files }
    }

    /// The columns as of a view; names nobody has ever set are absent.
    pub async fn load(
        &mut self,
        store: &Inner,
        view: &Published,
        names: &BTreeSet<Wanted>,
    ) -> Result<BTreeMap<Wanted, Arc<Column>>, StoreError> {
        let mut loaded = BTreeMap::new();
        // Columns that have come equally far are read together.
        let mut behind: BTreeMap<u64, Vec<(&Wanted, ValueType)>> = BTreeMap::new();
        let mut apart: Vec<(&Wanted, ValueType)> = Vec::new();
        for name in names {
            let Some(value_type) = name.value_type(&view.dictionary) else { continue };
            self.open_file(name, value_type, view);
            match self.kept.get(name) {
                Some(kept) if kept.as_of(view, value_type).is_some() => {
                    let column = kept.as_of(view, value_type).cloned();
                    loaded.extend(column.map(|column| (name.clone(), column)));
                }
                Some(kept) if kept.can_go_on_to(view, value_type) => {
                    behind.entry(kept.position).or_default().push((name, value_type));
                }
                // An older view than the one that is held: read for itself, and not kept.
                Some(kept) if kept.value_type == value_type => apart.push((name, value_type)),
                _ => {
                    self.kept.remove(name);
                    behind.entry(0).or_default().push((name, value_type));
                }
            }
        }
        if !apart.is_empty() {
            let mut reader = Reader::new(0, view);
            for (name, value_type) in apart {
                reader.columns.push((name, ColumnBuilder::new(value_type)));
            }
            reader.read_lake(store, view).await?;
            reader.read_tail(store, view)?;
            let columns = reader.columns.into_iter();
            loaded.extend(columns.map(|(name, builder)| (name.clone(), Arc::new(builder.finish()))));
        }
        for (from, columns) in behind {
            let mut reader = Reader::new(from, view);
            let mut before = Vec::new();
            for (name, value_type) in &columns {
                let kept = self.kept.remove(*name);
                before.push(kept.as_ref().map(|kept| (kept.in_file, kept.columns.clone())));
                let builder = kept.map(|kept| kept.builder);
                reader.columns.push((name, builder.unwrap_or_else(|| ColumnBuilder::new(*value_type))));
            }
            reader.read_lake(store, view).await?;
            reader.read_tail(store, view)?;
            let read = reader.columns.into_iter().zip(columns).zip(before);
            for (((name, mut builder), (_, value_type)), before) in read {
                if before.is_none() && builder.distinct() <= ORDERED {
                    builder.order_by_value();
                }
                let (in_file, mut held) = before.unwrap_or_default();
                let column = Arc::new(builder.column());
                loaded.insert(name.clone(), column.clone());
                held.push_back((view.position, column));
                if held.len() > HELD {
                    held.pop_front();
                }
                let position = view.position;
                let kept = Kept { value_type, position, in_file, builder, columns: held };
                self.kept.insert(name.clone(), kept);
            }
        }
        Ok(loaded)
    }

    /// Takes up a column where its file left it.
    fn open_file(&mut self, name: &Wanted, value_type: ValueType, view: &Published) {
        let Some(files) = &self.files else { return };
        if self.kept.get(name).is_some_and(|kept| kept.value_type == value_type) {
            return;
        }
        let Some(file) = attribute_file::read(files, name, value_type) else { return };
        let KeptFile { position, builder } = file;
        if position <= view.position {
            let columns = VecDeque::from([(position, Arc::new(builder.column()))]);
            let kept = Kept { value_type, position, in_file: Some(position), builder, columns };
            self.kept.insert(name.clone(), kept);
        }
    }

    /// The columns whose files are old, or not there, to be written.
    pub fn due_for_files(&mut self) -> Vec<Due> {
        let due = self.kept.iter_mut().filter(|(_, kept)| {
            kept.in_file.is_none_or(|in_file| kept.position - in_file >= POSITIONS_A_FILE)
        });
        due.filter_map(|(name, kept)| {
            kept.in_file = Some(kept.position);
            let (codes, texts) = kept.builder.parts()?;
            Some(Due { name: name.clone(), position: kept.position, codes, texts })
        })
        .collect()
    }

    pub fn bytes(&self) -> usize {
        let held = |kept: &Kept| kept.columns.iter().map(|(_, column)| column_bytes(column)).sum::<usize>();
        self.kept.values().map(|kept| held(kept) + kept.builder.bytes()).sum()
    }

    /// Drops columns that are not among `used`; gives the bytes they took.
    pub fn drop_unused(&mut self, used: &BTreeSet<Wanted>) -> usize {
        let before = self.bytes();
        self.kept.retain(|name, _| used.contains(name));
        before - self.bytes()
    }
}

/// A column to be written to its file.
pub(super) struct Due {
    name: Wanted,
    position: u64,
    codes: Codes,
    texts: Texts,
}

impl Due {
    /// Writes it.
    pub fn write(&self, folder: &Path) -> Result<(), StoreError> {
        attribute_file::write(folder, &self.name, self.position, &self.codes, &self.texts)
    }
}

/// The ordinal of the profile whose first position this is: states mostly come in order, so `next` is looked at first.
fn ordinal_near(firsts: &[u64], first: u64, next: usize) -> Option<usize> {
    match firsts.get(next) {
        Some(found) if *found == first => Some(next),
        _ => firsts.binary_search(&first).ok(),
    }
}

/// The type of an attribute or identifier; `None` for a name that is neither.
fn type_of(dictionary: &Dictionary, name: &str) -> Option<ValueType> {
    match dictionary.attributes.get(name) {
        Some(field) => Some(field.value_type()),
        None => IDENTIFIERS.contains(&name).then_some(ValueType::One(Scalar::String)),
    }
}

/// Reads the states at `from <= position < view.position` over columns that hold those before.
struct Reader<'a> {
    from: u64,
    columns: Vec<(&'a Wanted, ColumnBuilder)>,
    newest: Newest,
}

/// Of each profile, one past the position of the newest state read, counted from where reading began: rows come in no
/// order of time.
enum Newest {
    /// Where few enough positions are read: half the memory, for each of all profiles.
    Narrow(Vec<u32>),
    Wide(Vec<u64>),
}

impl Newest {
    fn new(positions: u64, profiles: usize) -> Self {
        match positions < u64::from(u32::MAX) {
            true => Self::Narrow(vec![0; profiles]),
            false => Self::Wide(vec![0; profiles]),
        }
    }

    /// Whether a state, so far behind the first, is the newest of its profile so far.
    fn take(&mut self, ordinal: u32, offset: u64) -> bool {
        fn take<T: PartialOrd>(newest: &mut [T], ordinal: u32, behind: T) -> bool {
            match newest.get_mut(ordinal as usize) {
                Some(newest) if behind > *newest => {
                    *newest = behind;
                    true
                }
                _ => false,
            }
        }
        match self {
            Self::Narrow(newest) => take(newest, ordinal, offset as u32 + 1),
            Self::Wide(newest) => take(newest, ordinal, offset + 1),
        }
    }
}

impl<'a> Reader<'a> {
    fn new(from: u64, view: &Published) -> Self {
        let newest = Newest::new(view.position.saturating_sub(from), view.profiles as usize);
        Self { from, columns: Vec::new(), newest }
    }

    /// Whether a state is the newest of its profile so far.
    fn take(&mut self, ordinal: u32, position: u64) -> bool {
        position.checked_sub(self.from).is_some_and(|offset| self.newest.take(ordinal, offset))
    }

    async fn read_lake(&mut self, store: &Inner, view: &Published) -> Result<(), StoreError> {
        if self.from >= view.lake.position {
            return Ok(());
        }
        let known = store.lake.columns_of(view.lake.id, MAIN, PROFILES).await?;
        let mut asked = vec!["profile_id", "position"];
        let mut sources = Vec::new();
        for (name, _) in &self.columns {
            let source = match view.dictionary.attributes.get(name.name()) {
                Some(field) if known.contains(&*field.column) => Some(&*field.column),
                Some(_) => None,
                None => Some("identifiers"),
            };
            sources.push(source.map(|column| match asked.iter().position(|known| *known == column) {
                Some(place) => place,
                None => {
                    asked.push(column);
                    asked.len() - 1
                }
            }));
        }
        let filters = match self.from {
            0 => Vec::new(),
            from => vec![ident("position").gt_eq(lit(from as i64))],
        };
        let Some(mut rows) = store.lake.scan(view.lake.id, MAIN, PROFILES, &asked, filters).await? else {
            return Ok(());
        };
        let identifiers = asked.iter().position(|column| *column == "identifiers");
        let mut next = 0;
        while let Some(batch) = rows.try_next().await? {
            let ids = cast(batch.column(0), &DataType::Utf8)?;
            let positions = batch.column(1).as_primitive::<Int64Type>();
            let mut ordinals = Vec::with_capacity(batch.num_rows());
            {
                let firsts = store.firsts.read();
                for id in ids.as_string::<i32>().iter() {
                    let known = id
                        .and_then(|id| ProfileId::from_ascii(id.as_bytes()))
                        .and_then(|id| ordinal_near(&firsts, id.first_position(), next));
                    let ordinal = known.ok_or_else(|| Firsts::missing(id.unwrap_or("(none)")))?;
                    ordinals.push(ordinal as u32);
                    next = ordinal + 1;
                }
            }
            let texts = batch.columns().iter().map(texts).collect::<Result<Vec<_>, _>>()?;
            for (row, ordinal) in ordinals.into_iter().enumerate() {
                if !self.take(ordinal, positions.value(row) as u64) {
                    continue;
                }
                let identity =
                    identifiers.map(|place| identity_from_json(texts[place].as_string::<i32>().value(row)));
                let identity = identity.transpose()?.unwrap_or_default();
                for ((name, builder), source) in self.columns.iter_mut().zip(&sources) {
                    let value = match (*source, identifiers) {
                        (None, _) => None,
                        (place, identifiers) if place == identifiers => match name.name() {
                            "user_id" => identity.user_id.as_deref(),
                            "email" => identity.email.as_deref(),
                            "phone_number" => identity.phone_number.as_deref(),
                            _ => None,
                        },
                        (Some(place), _) => {
                            let column = texts[place].as_string::<i32>();
                            (!column.is_null(row)).then(|| column.value(row))
                        }
                    };
                    builder.set(ordinal as usize, name.text(value));
                }
            }
        }
        Ok(())
    }

    fn read_tail(&mut self, store: &Inner, view: &Published) -> Result<(), StoreError> {
        let from = self.from.max(view.lake.position);
        let ids: Vec<Option<u32>> =
            self.columns.iter().map(|(name, _)| view.dictionary.attributes.id(name.name())).collect();
        for batch in view.tail.iter().filter(|batch| batch.behind > from && batch.first < view.position) {
            batch.read(|entries| {
                for entry in
                    entries.states.iter().filter(|entry| (from..view.position).contains(&entry.position))
                {
                    let first = ProfileId::from_first_position(entry.profile);
                    let ordinal = store.firsts.ordinal(first).ok_or_else(|| Firsts::missing(first))?;
                    if !self.take(ordinal, entry.position) {
                        continue;
                    }
                    for ((name, builder), id) in self.columns.iter_mut().zip(&ids) {
                        let value = match id {
                            None => entry.state.identifier(name.name()),
                            Some(id) => {
                                let known = entry.state.attributes.iter().find(|(known, _, _)| known == id);
                                known.map(|(_, _, text)| &**text)
                            }
                        };
                        builder.set(ordinal as usize, name.text(value));
                    }
                }
                Ok::<(), StoreError>(())
            })??;
        }
        Ok(())
    }
}
