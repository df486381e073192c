//! Computed columns held against the dictionary.

use super::Checker;
use crate::columns::Needs;
use crate::definition::{Computed, ComputedColumn, Measure};
use crate::library::Library;
use crate::path::Path;
use crate::plan::{ComputedPlan, EventPlan};
use wayfare_model::dictionary::Dictionary;
use wayfare_model::problem::Refusal;
use wayfare_model::value::{Scalar, ValueType};

/// A computed column whose names are known and whose values fit: it can be evaluated.
#[derive(Debug, Clone)]
pub struct CheckedColumn {
    pub(crate) plan: ComputedPlan,
    needs: Needs,
}

impl CheckedColumn {
    /// What its evaluation reads.
    pub fn needs(&self) -> &Needs {
        &self.needs
    }
}

impl ComputedColumn {
    /// Holds the column against the dictionary and against what its definition may refer to; paths of refusals start at
    /// the column.
    pub fn check(&self, dictionary: &Dictionary, library: &Library) -> Result<CheckedColumn, Refusal> {
        let mut checker = Checker::new(dictionary, library);
        let root = Path::Root;
        let plan = match &self.computed {
            Computed::Events { events, measure } => {
                let plan = checker.event(&root, events)?;
                checker.measure(&root, plan, measure)?
            }
            Computed::Member { definition, written_at: None } => {
                ComputedPlan::Member(checker.node(&root, &definition.root)?)
            }
            Computed::Member { definition, written_at: Some(member) } => {
                ComputedPlan::Member(checker.node(&root.field(member), &definition.root)?)
            }
        };
        Ok(CheckedColumn { plan, needs: checker.needs })
    }
}

impl Checker<'_> {
    fn measure(
        &mut self,
        path: &Path<'_>,
        plan: EventPlan,
        measure: &Measure,
    ) -> Result<ComputedPlan, Refusal> {
        Ok(match measure {
            Measure::Count => ComputedPlan::Count(plan),
            Measure::FirstTime => ComputedPlan::FirstTime(plan),
            Measure::LastTime => ComputedPlan::LastTime(plan),
            Measure::Sum(parameter) => {
                let value_type = self.subject(path, &plan.event, parameter)?.value_type;
                if value_type != ValueType::One(Scalar::Number) {
                    return Err(path.field("measure").refuse(format!(
                        "`sum` does not work on `{parameter}`, whose type is {}",
                        value_type.name()
                    )));
                }
                ComputedPlan::Sum(plan, parameter.clone())
            }
        })
    }
}
