//! How one kind of cell looks where a format has no form of its own for it: instants and arrays as text.

use crate::error::ExportError;
use crate::form::{ARRAY_SEPARATOR, Arrays, time_zone};
use crate::request::{ExportRequest, Surface};
use crate::text;
use crate::times::Times;
use wayfare_model::value::array_elements;

/// How arrays are written as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArrayText {
    /// JSON on one line.
    Json,
    /// The elements with that between them.
    Joined(String),
}

/// How instants and arrays are written.
#[derive(Debug, Clone, Default)]
pub struct CellForm {
    /// Instants as text.
    pub times: Times,
    /// Whether that is wanted also in a format with instants of its own.
    pub times_as_text: bool,
    /// Arrays as text; `None` where none is wanted in a format with arrays of its own.
    pub arrays: Option<ArrayText>,
}

impl CellForm {
    /// The form that a request asks for.
    pub fn of(request: &ExportRequest) -> Result<Self, ExportError> {
        let times = Times::new(request.times.unwrap_or_default(), time_zone(request)?);
        // Clients of that surface read text with `Z` from every format.
        let times_as_text = request.times.is_some() || request.surface == Surface::V1;
        let separator = || request.array_separator.clone().unwrap_or_else(|| ARRAY_SEPARATOR.into());
        let arrays = request.arrays.and_then(|arrays| match arrays {
            Arrays::Json => Some(ArrayText::Json),
            Arrays::Joined => Some(ArrayText::Joined(separator())),
            // There is no column of arrays then.
            Arrays::Refuse => None,
        });
        Ok(Self { times, times_as_text, arrays })
    }
}

impl ArrayText {
    /// Appends the array that a JSON text holds; what is no array stands as it is. `column` is for the refusal of an
    /// element that holds the separator, which could not be told from two elements.
    pub fn append(&self, out: &mut Vec<u8>, json: &str, column: &str) -> Result<(), ExportError> {
        let Self::Joined(separator) = self else {
            text::compact_json(out, json);
            return Ok(());
        };
        let Some(elements) = array_elements(json) else {
            out.extend_from_slice(json.as_bytes());
            return Ok(());
        };
        for (index, element) in elements.iter().enumerate() {
            if element.text.contains(separator.as_str()) {
                return Err(ExportError::Separator {
                    column: column.into(),
                    separator: separator.clone(),
                    text: element.text.chars().take(40).collect(),
                });
            }
            if index > 0 {
                out.extend_from_slice(separator.as_bytes());
            }
            out.extend_from_slice(element.text.as_bytes());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_as_text() {
        let joined = ArrayText::Joined("|".into());
        let told = |form: &ArrayText, json: &str| {
            let mut out = Vec::new();
            form.append(&mut out, json, "list").map(|()| String::from_utf8(out).unwrap())
        };
        assert_eq!(told(&ArrayText::Json, "[ 1, \"a b\" ]").unwrap(), "[1,\"a b\"]");
        assert_eq!(told(&joined, "[ 1.50, \"a \\\"b\\\"\", true ]").unwrap(), "1.50|a \"b\"|true");
        assert_eq!(told(&joined, "[]").unwrap(), "");
        assert_eq!(told(&joined, "no array").unwrap(), "no array");
        let error = told(&joined, "[\"a|b\"]").unwrap_err().to_string();
        assert!(error.contains("column \"list\": \"a|b\" holds the separator \"|\""), "{error}");
    }
}
