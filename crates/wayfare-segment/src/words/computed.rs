//! Computed columns in words.

use super::{describe, event};
use crate::definition::{Computed, ComputedColumn, Measure};

impl ComputedColumn {
    /// What stands in the column, in words: `how often purchase happened in the last 30 days`.
    pub fn describe(&self) -> String {
        match &self.computed {
            Computed::Member { definition, .. } => format!("true where {}", describe(definition)),
            Computed::Events { events, measure } => {
                let (clause, modifiers) = event::occurrence(events);
                let occurred = format!("{clause}{modifiers}");
                match measure {
                    Measure::Count => format!("how often {occurred}"),
                    Measure::FirstTime => format!("the first time {occurred}"),
                    Measure::LastTime => format!("the last time {occurred}"),
                    Measure::Sum(parameter) => format!("the sum of {parameter} of all times {occurred}"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, words: &str) {
        assert_eq!(ComputedColumn::parse(json).unwrap().describe(), words, "{json}");
    }

    #[test]
    fn columns() {
        check(
            r#"{"name":"n","event":"purchase","time_range":{"operator":"in_last","value":30,"unit":"day"},"measure":"count"}"#,
            "how often purchase happened in the last 30 days",
        );
        check(
            r#"{"name":"n","event":"journey_enter","where":{"parameter":"journey_id","operator":"equals","value":1004},"measure":"first_time"}"#,
            "the first time entered journey 1004",
        );
        check(
            r#"{"name":"n","channel_interaction":{"product":"architect","channel":"EM","action":"OPEN"},"measure":"last_time"}"#,
            "the last time e-mail VIEW happened",
        );
        check(
            r#"{"name":"n","event":"purchase","measure":"sum","parameter":"amount"}"#,
            "the sum of amount of all times purchase happened",
        );
        check(
            r#"{"name":"n","definition":{"attribute":"gender","operator":"equals","value":"F"}}"#,
            "true where gender is F",
        );
        check(r#"{"name":"n","segment":"seg_1"}"#, "true where is in the segment seg_1");
    }
}
