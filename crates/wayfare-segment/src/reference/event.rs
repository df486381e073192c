//! Events of one profile: which are seen, how many, and what they amount to.

use super::compare::{Subject, compares};
use super::exact::ExactSum;
use super::value::{Value, number};
use super::{Question, ReferenceEvent, ReferenceProfile, calendar, refuse};
use crate::definition::{
    Aggregate, AggregateFunction, ChannelInteraction, Comparison, Condition, CountOperand, CountOperator,
    EventKind, EventNode, Literal, Operand, Operator, TimeRange, Times,
};
use wayfare_model::journey::{self, Declared};
use wayfare_model::problem::Refusal;
use wayfare_model::value::{Scalar, ValueType};

impl Question<'_> {
    /// Whether an event node holds of a profile.
    pub(super) fn event_holds(&self, node: &EventNode, profile: &ReferenceProfile) -> Result<bool, Refusal> {
        let seen = self.seen(node, profile)?;
        let number = seen.len() as u64;
        let number_holds = match node.times {
            None => number >= 1,
            Some(times) => times_hold(times, number),
        };
        let aggregate_holds = match &node.aggregate {
            None => true,
            Some(aggregate) => self.aggregate_holds(aggregate, node.event(), &seen)?,
        };
        Ok(number_holds && aggregate_holds)
    }

    /// The events of a profile that a node means.
    pub(super) fn seen<'p>(
        &self,
        node: &EventNode,
        profile: &'p ReferenceProfile,
    ) -> Result<Vec<&'p ReferenceEvent>, Refusal> {
        let name = node.event();
        if self.dictionary.event(name).is_none() && !journey::EVENTS.contains(&name) {
            return refuse(format!("no event {name}"));
        }
        let mut seen = Vec::new();
        for event in profile.events.iter().filter(|event| event.event == name) {
            if self.is_seen(node, event)? {
                seen.push(event);
            }
        }
        Ok(seen)
    }

    /// Whether an event is one of those that a node means.
    pub(super) fn is_seen(&self, node: &EventNode, event: &ReferenceEvent) -> Result<bool, Refusal> {
        let marked = match &node.kind {
            EventKind::Event(_) => true,
            EventKind::ChannelInteraction(marks) => self.marks_hold(marks, event)?,
        };
        let condition_holds = match &node.condition {
            None => true,
            Some(condition) => self.condition_holds(condition, event)?,
        };
        let asked_for = node.condition.as_ref().is_some_and(|condition| condition.names("is_dry_run"));
        let in_range = match &node.time_range {
            None => true,
            Some(range) => self.in_range(range, event.timestamp.micros())?,
        };
        let in_the_past = event.timestamp < self.moment.as_of;
        Ok(marked && condition_holds && (asked_for || !self.is_dry_run(event)) && in_range && in_the_past)
    }

    /// Time ranges are half-open.
    fn in_range(&self, range: &TimeRange, time: i64) -> Result<bool, Refusal> {
        let instant = |text: &str| match calendar::read_datetime(text) {
            Some(instant) => Ok(instant),
            None => refuse(format!("{text} as an instant")),
        };
        Ok(match range {
            TimeRange::AllTime => true,
            TimeRange::InLast(span) => {
                calendar::moved(self.moment, *span, -1) <= time && time < self.moment.as_of.micros()
            }
            TimeRange::CalendarLast(span) => calendar::start_of_last(self.moment, *span) <= time,
            TimeRange::Between(from, to) => {
                let (from, to) = (instant(from)?, instant(to)?);
                from <= time && time < to
            }
            TimeRange::Before(value) => time < instant(value)?,
            TimeRange::After(value) => instant(value)? <= time,
        })
    }

    /// Whether an event is a dry run: `is_dry_run` true or 1.
    fn is_dry_run(&self, event: &ReferenceEvent) -> bool {
        match self.parameter(event, "is_dry_run").and_then(|subject| subject.value) {
            Some(Value::Boolean(value)) => value,
            Some(Value::Number(value)) => value == 1.0,
            Some(Value::Text(text)) => text == "true" || text == "1",
            _ => false,
        }
    }

    /// The text of a parameter that holds texts.
    pub(super) fn text(&self, event: &ReferenceEvent, name: &str) -> Option<String> {
        match self.parameter(event, name).and_then(|subject| subject.value) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// A parameter of an event, with its type; `None` where the event's name knows no such parameter.
    fn parameter(&self, event: &ReferenceEvent, name: &str) -> Option<Subject> {
        let (value_type, declared) = self.parameter_type(&event.event, name)?;
        let source = event.params.iter().find(|(known, _)| known == name);
        let value = source.and_then(|(_, source)| Value::read(&source.text, value_type));
        Some(Subject { value_type, declared, value })
    }

    fn parameter_type(&self, event: &str, name: &str) -> Option<(ValueType, Option<Declared>)> {
        let field = self.dictionary.event(event).and_then(|event| event.parameters.get(name));
        if let Some(field) = field {
            return Some((field.value_type(), field.declared));
        }
        let declared = journey::parameters(event).iter().find(|(known, _)| *known == name);
        declared.map(|(_, declared)| (declared.value_type(), Some(*declared)))
    }

    fn condition_holds(&self, condition: &Condition, event: &ReferenceEvent) -> Result<bool, Refusal> {
        match condition {
            Condition::All(conditions) => {
                let mut all = true;
                for condition in conditions {
                    all &= self.condition_holds(condition, event)?;
                }
                Ok(all)
            }
            Condition::Any(conditions) => {
                let mut any = false;
                for condition in conditions {
                    any |= self.condition_holds(condition, event)?;
                }
                Ok(any)
            }
            Condition::Not(condition) => Ok(!self.condition_holds(condition, event)?),
            Condition::Parameter { name, comparison } => match self.parameter(event, name) {
                Some(subject) => compares(&subject, comparison, self.moment),
                None => refuse(format!("{} has no parameter {name}", event.event)),
            },
        }
    }

    /// A channel interaction means the product actions with all its marks.
    fn marks_hold(&self, marks: &ChannelInteraction, event: &ReferenceEvent) -> Result<bool, Refusal> {
        let mut wanted: Vec<(&str, Literal)> = Vec::new();
        let mut on_email = false;
        if let Some(written) = &marks.channel {
            let Some(channel) = journey::channel(written) else {
                return refuse(format!("no channel {written}"));
            };
            on_email = channel.code == "EM";
            wanted.push(("channel_code", Literal::String(channel.code.into())));
        }
        if let Some(written) = &marks.action {
            let code = match (number(written.text()), written) {
                (Some(code), Literal::Number(_) | Literal::String(_)) => code as i64,
                _ if written.text().eq_ignore_ascii_case("open") => match on_email {
                    true => 4,
                    false => return refuse("OPEN without EM"),
                },
                _ => match journey::action_named(written.text()) {
                    Some(action) => action.code,
                    None => return refuse(format!("no action {written:?}")),
                },
            };
            let whole = number(written.text()).is_none_or(|number| number.fract() == 0.0);
            if journey::action(code).is_none() || !whole {
                return refuse(format!("no action {written:?}"));
            }
            wanted.push(("action_code", Literal::Number(code.to_string().into())));
        }
        for (name, literal) in [
            ("journey_id", &marks.journey_id),
            ("journey_name", &marks.journey_name),
            ("campaign_id", &marks.campaign_id),
        ] {
            if let Some(literal) = literal {
                wanted.push((name, literal.clone()));
            }
        }
        let mut all = true;
        for (name, literal) in wanted {
            let comparison = Comparison {
                operator: Operator::Equals,
                operand: Operand::Value(literal),
                case_insensitive: false,
            };
            let condition = Condition::Parameter { name: name.into(), comparison };
            all &= self.condition_holds(&condition, event)?;
        }
        Ok(all)
    }

    /// Whether an aggregate over the events seen compares as asked; over none that has the parameter it does not.
    fn aggregate_holds(
        &self,
        aggregate: &Aggregate,
        event: &str,
        seen: &[&ReferenceEvent],
    ) -> Result<bool, Refusal> {
        let Aggregate { function, parameter, operator, operand } = aggregate;
        let Some((value_type, declared)) = self.parameter_type(event, parameter) else {
            return refuse(format!("{event} has no parameter {parameter}"));
        };
        let result_type = aggregate_type(*function, *operator, value_type)?;
        let operands: Vec<&Literal> = match operand {
            CountOperand::Value(value) => vec![value],
            CountOperand::Bounds(from, to) => vec![from, to],
        };
        let zero_and_one = declared == Some(Declared::Type(ValueType::One(Scalar::Boolean)));
        let mut bounds = Vec::new();
        for literal in operands {
            match Value::of_literal(literal, result_type, zero_and_one) {
                Some(bound) => bounds.push(bound),
                None => return refuse(format!("{literal:?} as {}", result_type.name())),
            }
        }
        let Some(result) = self.aggregate(aggregate, event, seen)? else { return Ok(false) };
        Ok(match (operator, &bounds[..]) {
            (CountOperator::Exactly, [bound]) => result.order(bound).is_eq(),
            (CountOperator::AtLeast, [bound]) => result.order(bound).is_ge(),
            (CountOperator::AtMost, [bound]) => result.order(bound).is_le(),
            (_, [from, to]) => result.order(from).is_ge() && result.order(to).is_le(),
            _ => false,
        })
    }

    /// The aggregate of events that a node means; `None` where none of them has the parameter.
    pub(super) fn aggregate(
        &self,
        Aggregate { function, parameter, operator, .. }: &Aggregate,
        event: &str,
        seen: &[&ReferenceEvent],
    ) -> Result<Option<Value>, Refusal> {
        let Some((value_type, _)) = self.parameter_type(event, parameter) else {
            return refuse(format!("{event} has no parameter {parameter}"));
        };
        aggregate_type(*function, *operator, value_type)?;
        let mut values: Vec<(i64, u64, Value)> = Vec::new();
        for event in seen {
            if let Some(Subject { value: Some(value), .. }) = self.parameter(event, parameter) {
                values.push((event.timestamp.micros(), event.position, value));
            }
        }
        values.sort_by_key(|(time, position, _)| (*time, *position));
        let values: Vec<Value> = values.into_iter().map(|(_, _, value)| value).collect();
        Ok(aggregated(*function, &values))
    }
}

fn times_hold(times: Times, number: u64) -> bool {
    match (times.operator, times.operand) {
        (CountOperator::Exactly, CountOperand::Value(value)) => number == value,
        (CountOperator::AtLeast, CountOperand::Value(value)) => number >= value,
        (CountOperator::AtMost, CountOperand::Value(value)) => number <= value,
        (_, CountOperand::Bounds(from, to)) => from <= number && number <= to,
        (CountOperator::Between, CountOperand::Value(_)) => false,
    }
}

/// The type of an aggregate's result, or that it has none.
fn aggregate_type(
    function: AggregateFunction,
    operator: CountOperator,
    value_type: ValueType,
) -> Result<Scalar, Refusal> {
    use AggregateFunction as F;
    let ValueType::One(scalar) = value_type else { return refuse("an aggregate of arrays") };
    match function {
        F::DistinctCount => Ok(Scalar::Number),
        F::Sum | F::Average if scalar == Scalar::Number => Ok(Scalar::Number),
        F::Sum | F::Average => refuse("a sum of what are no numbers"),
        F::Minimum | F::Maximum if scalar == Scalar::Boolean => refuse("the least of booleans"),
        F::First | F::Last if scalar == Scalar::Boolean && operator != CountOperator::Exactly => {
            refuse("booleans in order")
        }
        F::Minimum | F::Maximum | F::First | F::Last => Ok(scalar),
    }
}

/// The aggregate of values in order of time, ties in order of arrival; `None` of no value.
fn aggregated(function: AggregateFunction, values: &[Value]) -> Option<Value> {
    let first = values.first()?;
    Some(match function {
        AggregateFunction::First => first.clone(),
        AggregateFunction::Last => values.last()?.clone(),
        AggregateFunction::Minimum => values
            .iter()
            .fold(first, |least, value| if value.order(least).is_lt() { value } else { least })
            .clone(),
        AggregateFunction::Maximum => values
            .iter()
            .fold(first, |most, value| if value.order(most).is_gt() { value } else { most })
            .clone(),
        AggregateFunction::DistinctCount => {
            let mut distinct: Vec<&Value> = Vec::new();
            for value in values {
                if !distinct.iter().any(|known| known.order(value).is_eq()) {
                    distinct.push(value);
                }
            }
            Value::Number(distinct.len() as f64)
        }
        AggregateFunction::Sum => Value::Number(sum(values)),
        AggregateFunction::Average => Value::Number(average(values)),
    })
}

fn average(values: &[Value]) -> f64 {
    let (sum, count) = (sum(values), values.len() as f64);
    if sum.is_finite() {
        return sum / count;
    }
    // The sum is too large for a float where the average need not be: average thousandths, of two, so exactly.
    let smaller = |value: &Value| match value {
        Value::Number(number) => Value::Number(number / 1024f64.powi(6)),
        other => other.clone(),
    };
    self::sum(&values.iter().map(smaller).collect::<Vec<_>>()) / count * 1024f64.powi(6)
}

fn sum(values: &[Value]) -> f64 {
    let mut sum = ExactSum::zero();
    for value in values {
        if let Value::Number(number) = value {
            sum.add(*number);
        }
    }
    sum.rounded()
}
