//! Comparisons and values in words.

use crate::definition::{Comparison, CountOperand, CountOperator, Literal, Operand, Operator, Span};
use wayfare_model::record::clip;

/// What a value means beside its text.
pub(super) type Meaning = fn(&Literal) -> Option<&'static str>;

/// The most values of a list that are written out.
const MOST_VALUES: usize = 10;

/// A comparison, as a clause.
pub(super) fn phrase(name: &str, comparison: &Comparison, meaning: Option<Meaning>) -> String {
    use Operator as O;
    let verb = match comparison.operator {
        O::Equals => "is",
        O::NotEquals => "is not",
        O::In => "is one of",
        O::NotIn => "is none of",
        O::Contains => "contains",
        O::NotContains => "does not contain",
        O::StartsWith => "starts with",
        O::EndsWith => "ends with",
        O::GreaterThan => "is greater than",
        O::AtLeast => "is at least",
        O::LessThan => "is less than",
        O::AtMost => "is at most",
        O::Between => "is between",
        O::Exists => "is known",
        O::NotExists => "is missing",
        O::Before => "is before",
        O::After => "is at or after",
        O::InLast => "is in the last",
        O::InNext => "is in the next",
        O::AnniversaryInNext => "has its anniversary in the next",
        O::ContainsAny => "contains any of",
        O::ContainsAll => "contains all of",
    };
    let value = |literal: &Literal| match meaning.and_then(|meaning| meaning(literal)) {
        Some(meaning) => format!("{} ({meaning})", shown(literal)),
        None => shown(literal),
    };
    let operand = match &comparison.operand {
        Operand::None => String::new(),
        Operand::Value(literal) => format!(" {}", value(literal)),
        Operand::Values(values) if values.is_empty() => " nothing".to_owned(),
        Operand::Values(values) => {
            let some: Vec<_> = values.iter().take(MOST_VALUES).map(value).collect();
            let more = match values.len() - some.len() {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            format!(" {}{more}", some.join(", "))
        }
        Operand::Bounds(from, to) => format!(" {} and {}", value(from), value(to)),
        Operand::Span(span) => format!(" {}", self::span(*span)),
    };
    let case = if comparison.case_insensitive { " in any case" } else { "" };
    format!("{name} {verb}{operand}{case}")
}

/// A value as it is read without doubt where it ends: words in quotes unless they are one plain word.
pub(super) fn shown(literal: &Literal) -> String {
    let text = literal.text();
    let plain = !text.is_empty()
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '@' | ':' | '+'));
    match literal {
        Literal::String(_) if !plain => format!("“{}”", clip(text)),
        _ => clip(text).to_owned(),
    }
}

/// `30 days`; of one only the unit.
pub(super) fn span(span: Span) -> String {
    match span.value {
        1 => span.unit.name().to_owned(),
        value => format!("{value} {}s", span.unit.name()),
    }
}

/// `at least 100`.
pub(super) fn count<T>(
    operator: CountOperator,
    operand: &CountOperand<T>,
    shown: impl Fn(&T) -> String,
) -> String {
    match (operator, operand) {
        (_, CountOperand::Bounds(from, to)) => format!("between {} and {}", shown(from), shown(to)),
        (CountOperator::AtLeast, CountOperand::Value(value)) => format!("at least {}", shown(value)),
        (CountOperator::AtMost, CountOperand::Value(value)) => format!("at most {}", shown(value)),
        (_, CountOperand::Value(value)) => format!("exactly {}", shown(value)),
    }
}
