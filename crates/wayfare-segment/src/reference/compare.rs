//! Comparisons of one value that may be missing.

use super::value::Value;
use super::{calendar, folding, refuse};
use crate::definition::{Comparison, Literal, Operand, Operator, Span, Unit};
use crate::moment::Moment;
use wayfare_model::journey::Declared;
use wayfare_model::problem::Refusal;
use wayfare_model::value::{Scalar, ValueType};

/// What is compared.
pub(super) struct Subject {
    pub value_type: ValueType,
    pub declared: Option<Declared>,
    pub value: Option<Value>,
}

/// Whether the value compares as asked. A positive operator on a missing value is false; a negative one is the
/// complement of its positive twin.
pub(super) fn compares(subject: &Subject, comparison: &Comparison, moment: &Moment) -> Result<bool, Refusal> {
    use Operator as O;
    let (positive, negative) = match comparison.operator {
        O::NotEquals => (O::Equals, true),
        O::NotIn => (O::In, true),
        O::NotContains => (O::Contains, true),
        O::NotExists => (O::Exists, true),
        other => (other, false),
    };
    let scalar = match subject.value_type {
        ValueType::One(scalar) | ValueType::Array(scalar) => scalar,
    };
    may_stand(positive, subject.value_type)?;
    if comparison.case_insensitive && (scalar != Scalar::String || positive == O::Exists) {
        return refuse("case_insensitive without a comparison of strings");
    }
    let zero_and_one = subject.declared == Some(Declared::Type(ValueType::One(Scalar::Boolean)));
    let operands = operands(comparison, scalar, zero_and_one)?;
    let span = span(comparison, subject.value_type)?;
    let holds = match &subject.value {
        None => false,
        Some(value) => value_holds(positive, value, &operands, span, comparison.case_insensitive, moment),
    };
    Ok(holds != negative)
}

/// Refuses an operator that a type lacks.
fn may_stand(operator: Operator, value_type: ValueType) -> Result<(), Refusal> {
    use Operator as O;
    use Scalar::{Boolean, Date, Datetime, Number, String};
    let allowed = match (operator, value_type) {
        (O::Exists, _) => true,
        (O::Contains | O::ContainsAny | O::ContainsAll, ValueType::Array(_)) => true,
        (_, ValueType::Array(_)) => false,
        (O::Equals | O::In, ValueType::One(_)) => true,
        (O::Contains | O::StartsWith | O::EndsWith, ValueType::One(scalar)) => scalar == String,
        (
            O::GreaterThan | O::AtLeast | O::LessThan | O::AtMost | O::Between,
            ValueType::One(Number | String | Date | Datetime),
        ) => true,
        (
            O::Before | O::After | O::InLast | O::InNext | O::AnniversaryInNext,
            ValueType::One(Date | Datetime),
        ) => true,
        (_, ValueType::One(Boolean | Number | String | Date | Datetime)) => false,
    };
    if allowed { Ok(()) } else { refuse(format!("{} on {}", operator.name(), value_type.name())) }
}

/// The values that are compared with, converted to the type.
fn operands(comparison: &Comparison, scalar: Scalar, zero_and_one: bool) -> Result<Vec<Value>, Refusal> {
    let literals: Vec<&Literal> = match &comparison.operand {
        Operand::Value(value) => vec![value],
        Operand::Values(values) => values.iter().collect(),
        Operand::Bounds(from, to) => vec![from, to],
        Operand::None | Operand::Span(_) => Vec::new(),
    };
    let mut values = Vec::new();
    for literal in literals {
        match Value::of_literal(literal, scalar, zero_and_one) {
            Some(value) => values.push(value),
            None => return refuse(format!("{literal:?} as {}", scalar.name())),
        }
    }
    Ok(values)
}

/// The span that is counted; where days are counted, hours and minutes are refused.
fn span(comparison: &Comparison, value_type: ValueType) -> Result<Option<Span>, Refusal> {
    let Operand::Span(span) = &comparison.operand else { return Ok(None) };
    let counts_days =
        value_type == ValueType::One(Scalar::Date) || comparison.operator == Operator::AnniversaryInNext;
    match span.unit {
        Unit::Minute | Unit::Hour if counts_days => refuse("less than a day"),
        _ => Ok(Some(*span)),
    }
}

fn value_holds(
    operator: Operator,
    value: &Value,
    operands: &[Value],
    span: Option<Span>,
    case_insensitive: bool,
    moment: &Moment,
) -> bool {
    use Operator as O;
    let value = fold_if(case_insensitive, value);
    let operands: Vec<Value> = operands.iter().map(|operand| fold_if(case_insensitive, operand)).collect();
    match (operator, &value, &operands[..], span) {
        (O::Exists, ..) => true,
        (O::Contains | O::ContainsAny, Value::Array(elements), wanted, _) => {
            wanted.iter().any(|wanted| has_element(elements, wanted))
        }
        (O::ContainsAll, Value::Array(elements), wanted, _) => {
            wanted.iter().all(|wanted| has_element(elements, wanted))
        }
        (O::Equals | O::In, value, operands, _) => {
            operands.iter().any(|operand| value.order(operand).is_eq())
        }
        (O::Contains, Value::Text(text), [Value::Text(part)], _) => {
            let text: Vec<char> = text.chars().collect();
            let part: Vec<char> = part.chars().collect();
            (0..=text.len()).any(|start| text[start..].starts_with(&part))
        }
        (O::StartsWith, Value::Text(text), [Value::Text(part)], _) => {
            text.chars().take(part.chars().count()).eq(part.chars())
        }
        (O::EndsWith, Value::Text(text), [Value::Text(part)], _) => {
            text.chars().rev().take(part.chars().count()).eq(part.chars().rev())
        }
        (O::GreaterThan, value, [bound], _) => value.order(bound).is_gt(),
        (O::AtLeast | O::After, value, [bound], _) => value.order(bound).is_ge(),
        (O::LessThan | O::Before, value, [bound], _) => value.order(bound).is_lt(),
        (O::AtMost, value, [bound], _) => value.order(bound).is_le(),
        (O::Between, value, [from, to], _) => value.order(from).is_ge() && value.order(to).is_le(),
        (O::InLast, Value::Datetime(time), _, Some(span)) => {
            calendar::moved(moment, span, -1) <= *time && *time < moment.as_of.micros()
        }
        (O::InNext, Value::Datetime(time), _, Some(span)) => {
            moment.as_of.micros() <= *time && *time < calendar::moved(moment, span, 1)
        }
        (O::InLast, Value::Date(day), _, Some(span)) => {
            calendar::day_moved(moment, span, -1) < *day && *day <= calendar::today(moment)
        }
        (O::InNext, Value::Date(day), _, Some(span)) => {
            calendar::today(moment) <= *day && *day < calendar::day_moved(moment, span, 1)
        }
        (O::AnniversaryInNext, Value::Date(day), _, Some(span)) => anniversary(*day, span, moment),
        (O::AnniversaryInNext, Value::Datetime(time), _, Some(span)) => {
            anniversary(calendar::local_day(*time, &moment.zone), span, moment)
        }
        (operator, value, ..) => unreachable!("{} of {value:?} was refused", operator.name()),
    }
}

fn anniversary(day: i64, span: Span, moment: &Moment) -> bool {
    calendar::next_anniversary(day, calendar::today(moment))
        .is_some_and(|anniversary| anniversary < calendar::day_moved(moment, span, 1))
}

fn has_element(elements: &[Value], wanted: &Value) -> bool {
    elements.iter().any(|element| element.order(wanted).is_eq())
}

fn fold_if(case_insensitive: bool, value: &Value) -> Value {
    match value {
        Value::Text(text) if case_insensitive => Value::Text(folding::folded(text)),
        Value::Array(elements) if case_insensitive => {
            Value::Array(elements.iter().map(|element| fold_if(true, element)).collect())
        }
        value => value.clone(),
    }
}
