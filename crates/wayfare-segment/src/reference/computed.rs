//! Computed columns, profile by profile.

use super::value::Value;
use super::{Question, ReferenceProfile, anyone};
use crate::definition::{
    Aggregate, AggregateFunction, Computed, ComputedColumn, CountOperand, CountOperator, Literal, Measure,
};
use crate::evaluate::ComputedValue;
use crate::library::Library;
use crate::moment::Moment;
use wayfare_model::dictionary::Dictionary;
use wayfare_model::problem::Refusal;

/// The value of each profile. What the fast evaluator refuses is refused here too, in fewer words.
pub fn computed(
    column: &ComputedColumn,
    dictionary: &Dictionary,
    library: &Library,
    profiles: &[ReferenceProfile],
    moment: &Moment,
) -> Result<Vec<ComputedValue>, Refusal> {
    let question = Question { dictionary, library, moment, depth: 0 };
    question.value(column, &anyone(dictionary, moment))?;
    profiles.iter().map(|profile| question.value(column, profile)).collect()
}

impl Question<'_> {
    fn value(&self, column: &ComputedColumn, profile: &ReferenceProfile) -> Result<ComputedValue, Refusal> {
        let (events, measure) = match &column.computed {
            Computed::Member { definition, .. } => {
                return Ok(ComputedValue::Member(self.holds(&definition.root, profile)?));
            }
            Computed::Events { events, measure } => (events, measure),
        };
        let seen = self.seen(events, profile)?;
        let times = seen.iter().map(|event| event.timestamp.micros());
        Ok(match measure {
            Measure::Count => ComputedValue::Count(seen.len() as u64),
            Measure::FirstTime => ComputedValue::Time(times.min()),
            Measure::LastTime => ComputedValue::Time(times.max()),
            Measure::Sum(parameter) => {
                let sum = Aggregate {
                    function: AggregateFunction::Sum,
                    parameter: parameter.clone(),
                    operator: CountOperator::AtLeast,
                    operand: CountOperand::Value(Literal::Number("0".into())),
                };
                match self.aggregate(&sum, events.event(), &seen)? {
                    Some(Value::Number(sum)) => ComputedValue::Sum(Some(sum)),
                    _ => ComputedValue::Sum(None),
                }
            }
        })
    }
}
