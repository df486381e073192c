//! Event nodes and channel interactions.

use super::Checker;
use super::comparison::Subject;
use super::convert::{self, shown};
use crate::definition::{
    Aggregate, AggregateFunction, ChannelInteraction, Comparison, Condition, CountOperand, CountOperator,
    EventKind, EventNode, Literal, Operand, Operator, TimeRange, Times,
};
use crate::path::Path;
use crate::plan::{
    AggregatePlan, AggregateTest, Compare, ConditionPlan, CountRange, EventPlan, Predicate, RangePlan, Test,
    TextCompare, TextTest,
};
use wayfare_model::journey::{self, Declared, IS_DRY_RUN};
use wayfare_model::problem::{Refusal, nearest_name};
use wayfare_model::value::{Scalar, ValueType};

impl Checker<'_> {
    pub(super) fn event(&mut self, path: &Path<'_>, node: &EventNode) -> Result<EventPlan, Refusal> {
        let event = node.event();
        if self.dictionary.event(event).is_none() && !journey::EVENTS.contains(&event) {
            let nearest =
                self.dictionary.nearest_event(event).or_else(|| nearest_name(event, journey::EVENTS));
            return Err(path.field("event").refuse(format!("no event is called `{event}`")).nearest(nearest));
        }
        self.needs.events.entry(event.to_owned()).or_default();
        let mut conditions = match &node.kind {
            EventKind::Event(_) => Vec::new(),
            EventKind::ChannelInteraction(marks) => self.marks(&path.field("channel_interaction"), marks)?,
        };
        let range = match &node.time_range {
            Some(range) => time_range(&path.field("time_range"), range)?,
            None => RangePlan::Ever,
        };
        if let Some(condition) = &node.condition {
            conditions.push(self.condition(&path.field("where"), event, condition)?);
        }
        let names_dry_runs = node.condition.as_ref().is_some_and(|condition| condition.names(IS_DRY_RUN));
        if !names_dry_runs {
            conditions.extend(self.no_dry_run(event));
        }
        let aggregate = match &node.aggregate {
            Some(aggregate) => Some(self.aggregate(&path.field("aggregate"), event, aggregate)?),
            None => None,
        };
        Ok(EventPlan {
            event: event.into(),
            range,
            condition: match conditions.len() {
                0 | 1 => conditions.pop(),
                _ => Some(ConditionPlan::All(conditions)),
            },
            count: node.times.map_or(CountRange { least: 1, most: u64::MAX }, count_range),
            aggregate,
        })
    }

    /// All real events of a journey, with parameters that are read beside.
    pub(super) fn of_journey(
        &mut self,
        path: &Path<'_>,
        event: &str,
        id: &Literal,
        read: &[&str],
    ) -> Result<EventPlan, Refusal> {
        let comparison = Comparison {
            operator: Operator::Equals,
            operand: Operand::Value(id.clone()),
            case_insensitive: false,
        };
        let test = self
            .subject(path, event, "journey_id")?
            .test(path, &comparison)
            .map_err(|refusal| Refusal { path: path.field("id").to_string(), ..refusal })?;
        let mut conditions = vec![ConditionPlan::Parameter { name: "journey_id".into(), test }];
        conditions.extend(self.no_dry_run(event));
        read.iter().for_each(|parameter| self.need(event, parameter));
        Ok(EventPlan {
            event: event.into(),
            range: RangePlan::Ever,
            condition: Some(ConditionPlan::All(conditions)),
            count: CountRange { least: 1, most: u64::MAX },
            aggregate: None,
        })
    }

    /// The condition that leaves out dry runs, where the event may have any: `is_dry_run` true or 1.
    fn no_dry_run(&mut self, event: &str) -> Option<ConditionPlan> {
        let (value_type, _) = self.parameter_type(event, IS_DRY_RUN)?;
        let predicate = match value_type {
            ValueType::One(Scalar::Boolean) => Predicate::Boolean(vec![true]),
            ValueType::One(Scalar::Number) => Predicate::Number(Compare::OneOf(vec![1.0])),
            ValueType::One(Scalar::String) => {
                let how = TextCompare::Compare(Compare::OneOf(vec!["1".into(), "true".into()]));
                Predicate::Text(TextTest { fold: false, how })
            }
            _ => return None,
        };
        self.need(event, IS_DRY_RUN);
        Some(ConditionPlan::Parameter { name: IS_DRY_RUN.into(), test: Test { negated: true, predicate } })
    }

    fn need(&mut self, event: &str, parameter: &str) {
        self.needs.events.entry(event.to_owned()).or_default().insert(parameter.to_owned());
    }

    /// The type of a parameter, and the declared one where there is one. Parameters of journey events are known
    /// also to a dictionary that has seen none of them.
    fn parameter_type(&self, event: &str, parameter: &str) -> Option<(ValueType, Option<Declared>)> {
        let seen = self.dictionary.event(event).and_then(|event| event.parameters.get(parameter));
        let declared = || {
            let known = journey::parameters(event).iter().find(|(name, _)| *name == parameter);
            known.map(|(_, declared)| (declared.value_type(), Some(*declared)))
        };
        seen.map(|field| (field.value_type(), field.declared)).or_else(declared)
    }

    /// The parameter of that name, which is then needed.
    pub(super) fn subject<'a>(
        &mut self,
        path: &Path<'_>,
        event: &str,
        name: &'a str,
    ) -> Result<Subject<'a>, Refusal> {
        let Some((value_type, declared)) = self.parameter_type(event, name) else {
            let nearest = match self.dictionary.event(event) {
                Some(event) => event.parameters.nearest(name),
                None => nearest_name(name, journey::parameters(event).iter().map(|(name, _)| *name)),
            };
            return Err(path
                .field("parameter")
                .refuse(format!("`{event}` has no parameter called `{name}`"))
                .nearest(nearest));
        };
        self.need(event, name);
        Ok(Subject { name, value_type, declared })
    }

    fn condition(
        &mut self,
        path: &Path<'_>,
        event: &str,
        condition: &Condition,
    ) -> Result<ConditionPlan, Refusal> {
        let mut list = |path: &Path<'_>, conditions: &[Condition]| {
            let one = |(index, condition)| self.condition(&path.index(index), event, condition);
            conditions.iter().enumerate().map(one).collect::<Result<Vec<_>, Refusal>>()
        };
        match condition {
            Condition::All(conditions) => Ok(ConditionPlan::All(list(&path.field("all"), conditions)?)),
            Condition::Any(conditions) => Ok(ConditionPlan::Any(list(&path.field("any"), conditions)?)),
            Condition::Not(condition) => {
                Ok(ConditionPlan::Not(Box::new(self.condition(&path.field("not"), event, condition)?)))
            }
            Condition::Parameter { name, comparison } => {
                let test = self.subject(path, event, name)?.test(path, comparison)?;
                Ok(ConditionPlan::Parameter { name: name.clone(), test })
            }
        }
    }

    /// The conditions that the marks of a channel interaction mean.
    fn marks(&mut self, path: &Path<'_>, marks: &ChannelInteraction) -> Result<Vec<ConditionPlan>, Refusal> {
        let channel = match &marks.channel {
            Some(written) => Some(channel_code(&path.field("channel"), written)?),
            None => None,
        };
        let action = match &marks.action {
            Some(written) => Some(action_code(&path.field("action"), written, channel)?),
            None => None,
        };
        let equal = [
            ("channel", "channel_code", channel.map(|code| Literal::String(code.into()))),
            ("action", "action_code", action.map(|code| Literal::Number(code.to_string().into()))),
            ("journey_id", "journey_id", marks.journey_id.clone()),
            ("journey_name", "journey_name", marks.journey_name.clone()),
            ("campaign_id", "campaign_id", marks.campaign_id.clone()),
        ];
        let mut conditions = Vec::new();
        for (member, parameter, value) in equal {
            let Some(value) = value else { continue };
            let comparison = Comparison {
                operator: Operator::Equals,
                operand: Operand::Value(value),
                case_insensitive: false,
            };
            let test = self
                .subject(path, journey::PRODUCT_ACTION, parameter)?
                .test(path, &comparison)
                .map_err(|refusal| Refusal { path: path.field(member).to_string(), ..refusal })?;
            conditions.push(ConditionPlan::Parameter { name: parameter.into(), test });
        }
        Ok(conditions)
    }

    fn aggregate(
        &mut self,
        path: &Path<'_>,
        event: &str,
        aggregate: &Aggregate,
    ) -> Result<AggregatePlan, Refusal> {
        let Aggregate { function, parameter, operator, operand } = aggregate;
        let subject = self.subject(path, event, parameter)?;
        let number = matches!(subject.value_type, ValueType::One(Scalar::Number));
        let array = matches!(subject.value_type, ValueType::Array(_));
        let refused = match function {
            AggregateFunction::Sum | AggregateFunction::Average => !number,
            AggregateFunction::DistinctCount => array,
            _ => false,
        };
        if refused {
            return Err(path.field("function").refuse(format!(
                "`{}` does not work on `{parameter}`, whose type is {}",
                function.name(),
                subject.value_type.name()
            )));
        }
        let test = match function {
            AggregateFunction::Sum | AggregateFunction::Average | AggregateFunction::DistinctCount => {
                AggregateTest::Number(number_compare(path, *operator, operand)?)
            }
            _ => AggregateTest::Value(subject.value_aggregate(path, *function, *operator, operand)?),
        };
        Ok(AggregatePlan { function: *function, parameter: parameter.clone(), test })
    }
}

fn number_compare(
    path: &Path<'_>,
    operator: CountOperator,
    operand: &CountOperand<Literal>,
) -> Result<Compare<f64>, Refusal> {
    let number = |name: &str, literal: &Literal| {
        convert::number(literal)
            .map_err(|reason| path.field(name).refuse(format!("{} {reason}", shown(literal))))
    };
    Ok(match operand {
        CountOperand::Bounds(from, to) => Compare::Between(number("from", from)?, number("to", to)?),
        CountOperand::Value(value) => {
            let value = number("value", value)?;
            match operator {
                CountOperator::AtLeast => Compare::AtLeast(value),
                CountOperator::AtMost => Compare::AtMost(value),
                CountOperator::Exactly | CountOperator::Between => Compare::OneOf(vec![value]),
            }
        }
    })
}

fn count_range(times: Times) -> CountRange {
    match (times.operator, times.operand) {
        (_, CountOperand::Bounds(least, most)) => CountRange { least, most },
        (CountOperator::AtLeast, CountOperand::Value(least)) => CountRange { least, most: u64::MAX },
        (CountOperator::AtMost, CountOperand::Value(most)) => CountRange { least: 0, most },
        (_, CountOperand::Value(count)) => CountRange { least: count, most: count },
    }
}

fn time_range(path: &Path<'_>, range: &TimeRange) -> Result<RangePlan, Refusal> {
    let instant = |name: &str, text: &str| {
        let literal = Literal::String(text.into());
        convert::datetime(&literal)
            .map_err(|reason| path.field(name).refuse(format!("{} {reason}", shown(&literal))))
    };
    Ok(match range {
        TimeRange::AllTime => RangePlan::Ever,
        TimeRange::InLast(span) => RangePlan::InLast(*span),
        TimeRange::CalendarLast(span) => RangePlan::CalendarLast(*span),
        TimeRange::Between(from, to) => RangePlan::Between(instant("from", from)?, instant("to", to)?),
        TimeRange::Before(value) => RangePlan::Between(i64::MIN, instant("value", value)?),
        TimeRange::After(value) => RangePlan::Between(instant("value", value)?, i64::MAX),
    })
}

fn channel_code(path: &Path<'_>, written: &str) -> Result<&'static str, Refusal> {
    journey::channel(written).map(|channel| channel.code).ok_or_else(|| {
        let known = journey::CHANNELS.iter().flat_map(|channel| [channel.code, channel.name]);
        let codes: Vec<_> = journey::CHANNELS.iter().map(|channel| channel.code).collect();
        path.refuse(format!("{written:?} is no channel; channels are {}", codes.join(", ")))
            .nearest(nearest_name(written, known))
    })
}

fn action_code(path: &Path<'_>, written: &Literal, channel: Option<&str>) -> Result<i64, Refusal> {
    if let Ok(code) = convert::number(written) {
        let known = journey::ACTIONS.iter().find(|action| action.code as f64 == code);
        return known
            .map(|action| action.code)
            .ok_or_else(|| path.refuse(format!("{} is no action code", shown(written))));
    }
    let name = written.text();
    if name.eq_ignore_ascii_case("OPEN") {
        return match channel {
            Some("EM") => Ok(4),
            _ => Err(path
                .refuse("OPEN goes with channel EM only, where it is VIEW")
                .nearest(Some("VIEW".to_owned()))),
        };
    }
    journey::action_named(name).map(|action| action.code).ok_or_else(|| {
        let known = journey::ACTIONS.iter().map(|action| action.name);
        path.refuse(format!("{} is no action", shown(written))).nearest(nearest_name(name, known))
    })
}
