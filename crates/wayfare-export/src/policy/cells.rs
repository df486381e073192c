//! What is done to the cells of rows: the one place that the writers of all formats and the preview share.
//!
//! Cells come as the store has them, typed or as their source's text; those that are treated go on as text, which every
//! writer reads by the type of its column.

use super::apply::Treatment;
use super::coarsen::coarsen;
use super::hash::HashKey;
use super::mask::mask;
use super::rule::Action;
use crate::cells::{Cell, Cells};
use crate::column::ColumnType;
use crate::error::ExportError;
use crate::{ndjson, text};
use arrow::array::{Array, ArrayRef, BooleanArray, StringBuilder};
use arrow::compute::nullif;
use arrow::datatypes::DataType;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::sync::Arc;
use wayfare_model::time::{Instant, format_date};
use wayfare_model::value::{Scalar, ValueType, array_elements};

/// What stands for a value where many are counted.
pub type Print = [u8; 16];

/// The values that enough people have.
pub type Frequent = HashSet<Print>;

/// What is done to the cells of a column, with all that it takes.
#[derive(Clone)]
pub struct CellTreatment {
    done: Done,
    column_type: ColumnType,
}

#[derive(Clone)]
enum Done {
    Hash(HashKey),
    Mask(usize),
    Coarsen(super::Coarsening),
    Group(Arc<Frequent>),
}

impl CellTreatment {
    /// What a treatment comes to; `None` where it leaves cells as they are. Hashes take a key, groups what was counted.
    pub fn new(
        treatment: Treatment,
        hash_key: Option<&HashKey>,
        frequent: Option<Arc<Frequent>>,
    ) -> Result<Option<Self>, ExportError> {
        let done = match treatment.action {
            Action::Keep | Action::Drop => return Ok(None),
            Action::Hash => Done::Hash(hash_key.cloned().ok_or(ExportError::NoHashKey)?),
            Action::Mask { keep_last } => Done::Mask(keep_last),
            Action::Coarsen(to) => Done::Coarsen(to),
            Action::Group { .. } => Done::Group(frequent.unwrap_or_default()),
        };
        Ok(Some(Self { done, column_type: treatment.column_type }))
    }

    /// The cells as files may have them.
    pub fn treat(&self, cells: &ArrayRef) -> Result<ArrayRef, ExportError> {
        if *cells.data_type() == DataType::Null {
            return Ok(cells.clone());
        }
        let read = Cells::of(cells)?;
        let mut value = String::new();
        if let Done::Group(frequent) = &self.done {
            let is_rare = (0..cells.len()).map(|row| {
                let cell = read.get(row);
                cell != Cell::Null && {
                    plain(&mut value, cell, self.column_type);
                    !frequent.contains(&print(&value))
                }
            });
            let is_rare: BooleanArray = is_rare.map(Some).collect();
            return Ok(nullif(cells, &is_rare)?);
        }
        let mut treated = StringBuilder::with_capacity(cells.len(), 0);
        for row in 0..cells.len() {
            let done = match read.get(row) {
                Cell::Null => None,
                cell => {
                    plain(&mut value, cell, self.column_type);
                    match self.column_type {
                        ColumnType::Array(scalar) => self.elements(&value, scalar),
                        of_one => self.one(&value, of_one),
                    }
                }
            };
            treated.append_option(done);
        }
        Ok(Arc::new(treated.finish()))
    }

    /// What becomes of one value; `None` where what is to be done does not fit it.
    fn one(&self, value: &str, column_type: ColumnType) -> Option<String> {
        match &self.done {
            Done::Hash(key) => Some(key.hash(value.as_bytes())),
            // One of two words is told by its length.
            Done::Mask(_) if matches!(column_type, ColumnType::Boolean | ColumnType::Array(Scalar::Boolean)) => {
                None
            }
            Done::Mask(keep_last) => Some(mask(value, *keep_last)),
            Done::Coarsen(to) => coarsen(*to, value, column_type),
            Done::Group(_) => Some(value.to_owned()),
        }
    }

    /// What becomes of an array, element by element; those that become nothing are no longer in it.
    fn elements(&self, json: &str, scalar: Scalar) -> Option<String> {
        let keeps_type = matches!(self.done, Done::Coarsen(_) | Done::Group(_));
        let is_bare = keeps_type && matches!(scalar, Scalar::Number | Scalar::Boolean);
        let (mut array, mut value) = (vec![b'['], String::new());
        for element in array_elements(json)? {
            plain(&mut value, Cell::Text(&element.text), ValueType::One(scalar).into());
            let Some(done) = self.one(&value, ColumnType::Array(scalar)) else { continue };
            if array.len() > 1 {
                array.push(b',');
            }
            match is_bare {
                true => array.extend_from_slice(done.as_bytes()),
                false => ndjson::string(&mut array, &done),
            }
        }
        array.push(b']');
        String::from_utf8(array).ok()
    }
}

/// What stands for a value where many are counted.
pub fn print(value: &str) -> Print {
    let mut print = Print::default();
    print.copy_from_slice(&Sha256::digest(value.as_bytes())[..16]);
    print
}

/// Puts a cell into `value` as CSV writes it raw, so that one value is one text however it lies in the store.
pub fn plain(value: &mut String, cell: Cell<'_>, column_type: ColumnType) {
    value.clear();
    match cell {
        Cell::Null => {}
        Cell::Text(written) => match column_type {
            ColumnType::Number => {
                let mut bytes = std::mem::take(value).into_bytes();
                if !text::number(&mut bytes, written) {
                    bytes.extend_from_slice(written.as_bytes());
                }
                // Digits and signs of ours, or text that came as text.
                *value = String::from_utf8(bytes).unwrap_or_default();
            }
            ColumnType::Datetime => match Instant::parse(written) {
                Ok(instant) => value.push_str(&instant.to_string()),
                Err(_) => value.push_str(written),
            },
            _ => value.push_str(written),
        },
        Cell::Boolean(is_so) => value.push_str(if is_so { "true" } else { "false" }),
        Cell::Integer(number) => value.push_str(&number.to_string()),
        Cell::Unsigned(number) => value.push_str(&number.to_string()),
        Cell::Float(number) => {
            let mut bytes = std::mem::take(value).into_bytes();
            text::float(&mut bytes, number);
            *value = String::from_utf8(bytes).unwrap_or_default();
        }
        Cell::Date(day) => value.push_str(&format_date(day)),
        Cell::Micros(micros) => {
            if let Some(instant) = Instant::from_micros(micros) {
                value.push_str(&instant.to_string());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Coarsening, Period};
    use arrow::array::{
        AsArray, Date32Array, Float64Array, Int64Array, NullArray, StringArray, StringViewArray,
        TimestampMicrosecondArray,
    };

    fn treated(action: Action, column_type: ColumnType, cells: ArrayRef) -> Vec<Option<String>> {
        let treatment = Treatment { action, column_type };
        let key = HashKey::of(&[7; 32]);
        let treatment = CellTreatment::new(treatment, Some(&key), None).unwrap().unwrap();
        let done = treatment.treat(&cells).unwrap();
        assert_eq!(done.len(), cells.len());
        let read = Cells::of(&done).unwrap();
        let told = (0..done.len()).map(|row| match read.get(row) {
            Cell::Null => None,
            Cell::Text(text) => Some(text.to_owned()),
            other => panic!("{other:?}"),
        });
        told.collect()
    }

    fn texts(values: &[Option<&str>]) -> ArrayRef {
        Arc::new(values.iter().collect::<StringArray>())
    }

    fn check(action: Action, column_type: ColumnType, value: &str, expected: Option<&str>) {
        let done = treated(action, column_type, texts(&[Some(value), None]));
        assert_eq!(done, [expected.map(str::to_owned), None], "{action:?} {column_type:?} {value}");
    }

    /// Each treatment over each type, as text of the source.
    #[test]
    fn treatments_over_types() {
        let values = [
            (ColumnType::Boolean, "true"),
            (ColumnType::Integer, "47"),
            (ColumnType::Number, "47.50"),
            (ColumnType::Date, "1990-05-17"),
            (ColumnType::Datetime, "1990-05-17T10:11:12+03:00"),
            (ColumnType::String, "SW1A 1AA"),
            (ColumnType::Identifier, "+90 555 12"),
            (ColumnType::Json, r#"[{"a":1}]"#),
            (ColumnType::Array(Scalar::String), r#"["SW1A 1AA","b"]"#),
            (ColumnType::Array(Scalar::Number), "[47.50, 1]"),
            (ColumnType::Array(Scalar::Date), r#"["1990-05-17"]"#),
            (ColumnType::Array(Scalar::Datetime), r#"["1990-05-17T10:11:12Z"]"#),
            (ColumnType::Array(Scalar::Boolean), "[true,false]"),
        ];
        let actions = [
            Action::Mask { keep_last: 0 },
            Action::Mask { keep_last: 2 },
            Action::Coarsen(Coarsening::Period(Period::Month)),
            Action::Coarsen(Coarsening::District),
            Action::Coarsen(Coarsening::Multiple(10)),
        ];
        let mut told = Vec::new();
        for action in actions {
            for (column_type, value) in values {
                let done = treated(action, column_type, texts(&[Some(value)])).remove(0);
                let done = done.as_deref().unwrap_or("null");
                told.push(format!("{action:?} {column_type:?} {value}: {done}"));
            }
        }
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn one_value_is_one_hash_however_it_lies_there() {
        let hash = |column_type, cells| treated(Action::Hash, column_type, cells).remove(0).unwrap();
        let five = hash(ColumnType::String, texts(&[Some("5")]));
        assert_eq!(five.len(), 64);
        assert_eq!(hash(ColumnType::Integer, Arc::new(Int64Array::from(vec![5]))), five);
        assert_eq!(hash(ColumnType::Number, Arc::new(Float64Array::from(vec![5.0]))), five);
        assert_eq!(hash(ColumnType::Number, texts(&[Some("5.00")])), five);
        assert_eq!(hash(ColumnType::Identifier, Arc::new(StringViewArray::from(vec!["5"]))), five);
        assert_ne!(hash(ColumnType::String, texts(&[Some("5.00")])), five);
        let day = hash(ColumnType::String, texts(&[Some("1970-01-02")]));
        assert_eq!(hash(ColumnType::Date, Arc::new(Date32Array::from(vec![1]))), day);
        let instant = hash(ColumnType::String, texts(&[Some("1970-01-01T00:00:01Z")]));
        let micros = TimestampMicrosecondArray::from(vec![1_000_000]).with_timezone("UTC");
        assert_eq!(hash(ColumnType::Datetime, Arc::new(micros)), instant);
        assert_eq!(hash(ColumnType::Datetime, texts(&[Some("1970-01-01T01:00:01+01:00")])), instant);
        let array = treated(Action::Hash, ColumnType::Array(Scalar::Number), texts(&[Some("[5.0,6]")]));
        assert!(array[0].as_ref().unwrap().starts_with(&format!("[\"{five}\",\"")), "{array:?}");
        check(Action::Hash, ColumnType::Array(Scalar::String), "[]", Some("[]"));
        // What is no array, where one should be, is shown in no way.
        check(Action::Hash, ColumnType::Array(Scalar::String), "x", None);
    }

    #[test]
    fn rare_values_are_null_and_keep_their_type() {
        let treatment = Treatment { action: Action::Group { of: 2 }, column_type: ColumnType::Integer };
        let frequent: Frequent = [print("5")].into();
        let treatment = CellTreatment::new(treatment, None, Some(Arc::new(frequent))).unwrap().unwrap();
        let cells: ArrayRef = Arc::new(Int64Array::from(vec![Some(5), Some(6), None, Some(5)]));
        let done = treatment.treat(&cells).unwrap();
        let expected = Int64Array::from(vec![Some(5), None, None, Some(5)]);
        assert_eq!(done.as_primitive::<arrow::datatypes::Int64Type>(), &expected);
        let nothing: ArrayRef = Arc::new(NullArray::new(3));
        assert_eq!(treatment.treat(&nothing).unwrap().len(), 3);
    }

    #[test]
    fn hashes_take_a_key() {
        let treatment = Treatment { action: Action::Hash, column_type: ColumnType::String };
        assert!(matches!(CellTreatment::new(treatment, None, None), Err(ExportError::NoHashKey)));
    }
}
