//! Values of definitions as values of a type, where nothing is lost.

use crate::definition::Literal;
use wayfare_model::record::clip;
use wayfare_model::time::{Instant, parse_date};
use wayfare_model::value::{exact_number, without_zero_fraction};

/// Why a value is not taken, in words that follow it.
pub(super) type Reason = String;

/// The value as it is shown in messages.
pub(super) fn shown(literal: &Literal) -> String {
    match literal {
        Literal::String(text) => format!("{:?}", clip(text)),
        other => clip(other.text()).to_owned(),
    }
}

/// As a boolean; a declared one is also written 0 and 1, as it is in the data.
pub(super) fn boolean(literal: &Literal, declared: bool) -> Result<bool, Reason> {
    match (literal, literal.text()) {
        (_, "true") => Ok(true),
        (_, "false") => Ok(false),
        (_, "1") if declared => Ok(true),
        (_, "0") if declared => Ok(false),
        _ => Err("is neither true nor false".into()),
    }
}

/// As a number.
pub(super) fn number(literal: &Literal) -> Result<f64, Reason> {
    let number = match literal {
        Literal::Boolean(_) => None,
        Literal::Number(text) | Literal::String(text) => exact_number(without_zero_fraction(text)),
    };
    // Negative zero is zero: they are equal, so they must also sort as one.
    number.map(|number| number + 0.0).ok_or_else(|| match literal {
        Literal::Number(_) => "is not held exactly: integers are exact to 2^53".into(),
        _ => "is not a number".into(),
    })
}

/// As a day counted from 1970-01-01.
pub(super) fn date(literal: &Literal) -> Result<i32, Reason> {
    match literal {
        Literal::String(text) => parse_date(text).ok_or_else(|| {
            match Instant::parse(text) {
                Ok(_) => "is an instant, not a date; write a day such as 2026-09-01",
                Err(_) => "is not a date such as 2026-09-01",
            }
            .into()
        }),
        _ => Err("is not a date such as \"2026-09-01\"".into()),
    }
}

/// As an instant in microseconds.
pub(super) fn datetime(literal: &Literal) -> Result<i64, Reason> {
    match literal {
        Literal::String(text) => Instant::parse(text).map(Instant::micros).map_err(|why| why.to_string()),
        _ => Err("is not an RFC 3339 time such as \"2026-09-01T07:00:00Z\"".into()),
    }
}

/// As text; a number or boolean as it was written.
pub(super) fn text(literal: &Literal, folded: bool) -> Box<str> {
    match folded {
        true => crate::fold::fold(literal.text()).into(),
        false => literal.text().into(),
    }
}
