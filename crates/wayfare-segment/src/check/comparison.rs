//! Comparisons: operator and operand against the type of what is compared.

use super::convert::{self, shown};
use crate::definition::{
    AggregateFunction, Comparison, CountOperand, CountOperator, Literal, Operand, Operator, Span, Unit,
};
use crate::path::Path;
use crate::plan::{Clock, Compare, Elements, Predicate, Quantifier, Test, TextCompare, TextTest, TimeTest};
use std::cmp::Ordering;
use wayfare_model::journey::Declared;
use wayfare_model::problem::{Refusal, nearest_name};
use wayfare_model::value::{Scalar, ValueType};

/// What is compared.
pub(super) struct Subject<'a> {
    /// The attribute's or parameter's name.
    pub name: &'a str,
    /// Its type.
    pub value_type: ValueType,
    /// Its type, where it was declared.
    pub declared: Option<Declared>,
}

impl Subject<'_> {
    /// The test that a comparison means.
    pub fn test(&self, path: &Path<'_>, comparison: &Comparison) -> Result<Test, Refusal> {
        let Comparison { operator, operand, case_insensitive } = comparison;
        if !operator.works_on(self.value_type) {
            return Err(self.lacks(path, *operator));
        }
        let strings =
            matches!(self.value_type, ValueType::One(Scalar::String) | ValueType::Array(Scalar::String));
        if *case_insensitive && !(strings && *operand != Operand::None) {
            return Err(path.field("case_insensitive").refuse(match strings {
                true => format!("does not go with `{}`, which compares no strings", operator.name()),
                false => format!("goes with strings only, and `{}` is {}", self.name, self.type_name()),
            }));
        }
        let positive = operator.complement_of().unwrap_or(*operator);
        Ok(Test {
            negated: positive != *operator,
            predicate: self.predicate(path, positive, operand, *case_insensitive)?,
        })
    }

    /// The test of an aggregate whose result is one of the values.
    pub fn value_aggregate(
        &self,
        path: &Path<'_>,
        function: AggregateFunction,
        operator: CountOperator,
        operand: &CountOperand<Literal>,
    ) -> Result<Predicate, Refusal> {
        let positive = match operator {
            CountOperator::Exactly => Operator::Equals,
            CountOperator::AtLeast => Operator::AtLeast,
            CountOperator::AtMost => Operator::AtMost,
            CountOperator::Between => Operator::Between,
        };
        let ordering = matches!(function, AggregateFunction::Minimum | AggregateFunction::Maximum);
        if !Operator::Equals.works_on(self.value_type)
            || ordering && !Operator::AtLeast.works_on(self.value_type)
        {
            return Err(path.field("function").refuse(format!(
                "`{}` does not work on `{}`, which is {}",
                function.name(),
                self.name,
                self.type_name()
            )));
        }
        if !positive.works_on(self.value_type) {
            return Err(self.lacks(path, operator).nearest(Some(CountOperator::Exactly.name().into())));
        }
        let operand = match operand {
            CountOperand::Value(value) => Operand::Value(value.clone()),
            CountOperand::Bounds(from, to) => Operand::Bounds(from.clone(), to.clone()),
        };
        self.predicate(path, positive, &operand, false)
    }

    fn type_name(&self) -> String {
        match self.value_type {
            ValueType::Array(_) => format!("an {}", self.value_type.name()),
            ValueType::One(_) => format!("a {}", self.value_type.name()),
        }
    }

    fn lacks<T: Named>(&self, path: &Path<'_>, operator: T) -> Refusal {
        let known: Vec<_> = Operator::ALL
            .iter()
            .filter(|known| known.works_on(self.value_type))
            .map(|known| known.name())
            .collect();
        path.field("operator")
            .refuse(format!(
                "`{}` does not work on `{}`, which is {}; what works is {}",
                operator.word(),
                self.name,
                self.type_name(),
                known.join(", ")
            ))
            .nearest(nearest_name(operator.word(), known))
    }

    fn predicate(
        &self,
        path: &Path<'_>,
        operator: Operator,
        operand: &Operand,
        folded: bool,
    ) -> Result<Predicate, Refusal> {
        if operator == Operator::Exists {
            return Ok(Predicate::Exists);
        }
        let declared_boolean = self.declared == Some(Declared::Type(ValueType::One(Scalar::Boolean)));
        Ok(match self.value_type {
            ValueType::One(Scalar::Boolean) => Predicate::Boolean(match operand {
                Operand::Values(_) | Operand::Value(_) => {
                    self.list(path, operand, |literal| convert::boolean(literal, declared_boolean))?
                }
                _ => Vec::new(),
            }),
            ValueType::One(Scalar::Number) => {
                Predicate::Number(self.compare(path, operator, operand, convert::number, f64::total_cmp)?)
            }
            ValueType::One(Scalar::Date) => Predicate::Date(match clock(operator, operand) {
                Some((clock, span)) => TimeTest::Clock(clock, whole_days(path, span)?),
                None => TimeTest::Compare(self.compare(path, operator, operand, convert::date, i32::cmp)?),
            }),
            ValueType::One(Scalar::Datetime) => Predicate::Datetime(match clock(operator, operand) {
                Some((Clock::AnniversaryInNext, span)) => {
                    TimeTest::Clock(Clock::AnniversaryInNext, whole_days(path, span)?)
                }
                Some((clock, span)) => TimeTest::Clock(clock, span),
                None => {
                    TimeTest::Compare(self.compare(path, operator, operand, convert::datetime, i64::cmp)?)
                }
            }),
            ValueType::One(Scalar::String) => {
                let text = |literal: &Literal| Ok(convert::text(literal, folded));
                let single = |kind: fn(Box<str>) -> TextCompare| match operand {
                    Operand::Value(value) => Some(kind(convert::text(value, folded))),
                    _ => None,
                };
                let part = match operator {
                    Operator::Contains => single(TextCompare::Contains),
                    Operator::StartsWith => single(TextCompare::StartsWith),
                    Operator::EndsWith => single(TextCompare::EndsWith),
                    _ => None,
                };
                let how = match part {
                    Some(part) => part,
                    None => {
                        TextCompare::Compare(self.compare(path, operator, operand, text, Box::<str>::cmp)?)
                    }
                };
                Predicate::Text(TextTest { fold: folded, how })
            }
            ValueType::Array(scalar) => {
                let quantifier = match operator {
                    Operator::ContainsAll => Quantifier::All,
                    _ => Quantifier::Any,
                };
                let elements = match scalar {
                    Scalar::Boolean => Elements::Boolean(
                        self.list(path, operand, |literal| convert::boolean(literal, false))?,
                    ),
                    Scalar::Number => Elements::Number(self.list(path, operand, convert::number)?),
                    Scalar::Date => Elements::Date(self.list(path, operand, convert::date)?),
                    Scalar::Datetime => Elements::Datetime(self.list(path, operand, convert::datetime)?),
                    Scalar::String => Elements::Text {
                        fold: folded,
                        wanted: self.list(path, operand, |literal| Ok(convert::text(literal, folded)))?,
                    },
                };
                Predicate::Array(quantifier, elements)
            }
        })
    }

    /// The operand's values, converted.
    fn list<T>(
        &self,
        path: &Path<'_>,
        operand: &Operand,
        convert: impl Fn(&Literal) -> Result<T, convert::Reason>,
    ) -> Result<Vec<T>, Refusal> {
        match operand {
            Operand::Values(values) => {
                let at = path.field("values");
                let one = |(index, value)| self.converted(&at.index(index), value, &convert);
                values.iter().enumerate().map(one).collect()
            }
            Operand::Value(value) => Ok(vec![self.converted(&path.field("value"), value, &convert)?]),
            Operand::Bounds(from, to) => Ok(vec![
                self.converted(&path.field("from"), from, &convert)?,
                self.converted(&path.field("to"), to, &convert)?,
            ]),
            Operand::None | Operand::Span(_) => Ok(Vec::new()),
        }
    }

    fn converted<T>(
        &self,
        path: &Path<'_>,
        value: &Literal,
        convert: impl Fn(&Literal) -> Result<T, convert::Reason>,
    ) -> Result<T, Refusal> {
        convert(value).map_err(|reason| {
            path.refuse(format!("{} {reason}; `{}` is {}", shown(value), self.name, self.type_name()))
        })
    }

    fn compare<T>(
        &self,
        path: &Path<'_>,
        operator: Operator,
        operand: &Operand,
        convert: impl Fn(&Literal) -> Result<T, convert::Reason>,
        order: impl Fn(&T, &T) -> Ordering,
    ) -> Result<Compare<T>, Refusal> {
        let mut values = self.list(path, operand, convert)?;
        let bound = match operator {
            Operator::Between if values.len() == 2 => {
                let (to, from) = (values.pop(), values.pop());
                return match (from, to) {
                    (Some(from), Some(to)) => Ok(Compare::Between(from, to)),
                    _ => Ok(Compare::OneOf(Vec::new())),
                };
            }
            Operator::LessThan | Operator::Before => Compare::Less,
            Operator::AtMost => Compare::AtMost,
            Operator::GreaterThan => Compare::Greater,
            Operator::AtLeast | Operator::After => Compare::AtLeast,
            _ => {
                values.sort_by(order);
                return Ok(Compare::OneOf(values));
            }
        };
        Ok(values.pop().map_or_else(|| Compare::OneOf(Vec::new()), bound))
    }
}

/// The name of an operator of either kind.
trait Named {
    fn word(&self) -> &'static str;
}

impl Named for Operator {
    fn word(&self) -> &'static str {
        self.name()
    }
}

impl Named for CountOperator {
    fn word(&self) -> &'static str {
        self.name()
    }
}

fn clock(operator: Operator, operand: &Operand) -> Option<(Clock, Span)> {
    let Operand::Span(span) = operand else { return None };
    let clock = match operator {
        Operator::InLast => Clock::InLast,
        Operator::InNext => Clock::InNext,
        _ => Clock::AnniversaryInNext,
    };
    Some((clock, *span))
}

/// Refuses units that are shorter than the days that are counted.
fn whole_days(path: &Path<'_>, span: Span) -> Result<Span, Refusal> {
    match span.unit {
        Unit::Minute | Unit::Hour => Err(path
            .field("unit")
            .refuse(format!("`{}` is shorter than the days that count here", span.unit.name()))
            .nearest(Some(Unit::Day.name().into()))),
        Unit::Day | Unit::Week | Unit::Month => Ok(span),
    }
}
