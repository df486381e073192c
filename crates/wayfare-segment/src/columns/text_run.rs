//! A run as it is kept: values as the texts of their sources, so that it stays right when types are learned.

use super::buffer::Buffer;
use super::column::{Codes, Values};
use super::run::{EventRun, MIXED, RunBase, RunColumn, code};
use super::texts::Texts;
use crate::column_builder::ValuesBuilder;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use wayfare_model::value::{Scalar, ValueType};

/// A run with all of its parameters, as texts.
#[derive(Debug, Clone, Default)]
pub struct TextRun {
    /// Rows without parameters.
    pub base: Arc<RunBase>,
    /// By their own names.
    pub columns: BTreeMap<String, TextColumn>,
    /// Parameters that have too many different values to be kept here.
    pub left_out: BTreeSet<String>,
}

/// A parameter of a run, as texts.
#[derive(Debug, Clone)]
pub struct TextColumn {
    /// As in [`RunColumn`].
    pub groups: Buffer<u32>,
    /// As in [`RunColumn`].
    pub rows: Option<Codes>,
    /// The distinct texts.
    pub texts: Texts,
}

impl TextColumn {
    /// The code of a row, which stands in that group.
    #[inline]
    pub fn code(&self, group: usize, row: usize) -> u32 {
        code(&self.groups, self.rows.as_ref(), group, row)
    }

    /// The column read as a type. A text that the type does not hold is missing, as everywhere.
    pub fn typed(&self, value_type: ValueType) -> RunColumn {
        let plain = |values: Values| RunColumn {
            groups: self.groups.clone(),
            rows: self.rows.clone(),
            values: Arc::new(values),
        };
        if value_type == ValueType::One(Scalar::String) {
            // As they are: of many texts no copy is made.
            return plain(Values::String(self.texts.clone()));
        }
        let mut builder = ValuesBuilder::new(value_type);
        let mut unread = false;
        let codes: Vec<u32> = std::iter::once(0)
            .chain(self.texts.iter().map(|text| {
                let read = builder.push(text);
                unread |= !read;
                if read { builder.len() as u32 } else { 0 }
            }))
            .collect();
        let values = builder.finish();
        if !unread {
            return plain(values);
        }
        let code = |code: &u32| codes.get(*code as usize).copied().unwrap_or(0);
        let groups: Vec<u32> =
            self.groups.iter().map(|known| if *known == MIXED { MIXED } else { code(known) }).collect();
        let rows = self
            .rows
            .as_ref()
            .map(|rows| Codes::narrowed((0..rows.len()).map(|row| code(&rows.get(row))), values.len()));
        RunColumn { groups: groups.into(), rows, values: Arc::new(values) }
    }
}

impl TextRun {
    /// The run with those parameters, which are read as those types.
    pub fn typed<'n>(&self, parameters: impl Iterator<Item = (&'n str, ValueType)>) -> EventRun {
        let columns = parameters.filter_map(|(name, value_type)| {
            let column = self.columns.get(name)?;
            Some((name.to_owned(), Arc::new(column.typed(value_type))))
        });
        EventRun { base: self.base.clone(), parameters: columns.collect(), before: None }
    }
}
