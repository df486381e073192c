//! Which rule a column falls under.

use super::rule::{Action, Otherwise, Policy, Rule};
use wayfare_model::journey;

impl Policy {
    /// What becomes of columns that no rule names.
    pub(crate) fn otherwise(&self) -> Action {
        match self.otherwise {
            Otherwise::Keep => Action::Keep,
            Otherwise::Drop => Action::Drop,
        }
    }

    fn rule(&self, names: impl Fn(&Rule) -> bool) -> Option<Action> {
        self.rules.iter().find(|rule| names(rule)).map(|rule| rule.action)
    }

    /// The rule for an attribute, identifier or column of the kind of row, by its own name.
    pub(crate) fn rule_of_column(&self, column: &str) -> Option<Action> {
        self.rule(|rule| rule.column == column).or_else(|| self.rule_in_its_place(column))
    }

    /// The rule for what says the same: how the source called its user tells of nobody else than `user_id` does.
    fn rule_in_its_place(&self, column: &str) -> Option<Action> {
        (column == SOURCE_USER_ID).then(|| self.rule(|rule| rule.column == USER_ID)).flatten()
    }

    /// The rule for a parameter of an event.
    pub(crate) fn rule_of_parameter(&self, event: &str, parameter: &str) -> Option<Action> {
        self.rule(|rule| rule.names_parameter(event, parameter))
    }

    /// The rule for a column that rows of events have beside parameters, such as `timestamp`: it may be named alone or as
    /// if it were a parameter.
    pub(crate) fn rule_of_event_column(&self, event: &str, column: &str) -> Option<Action> {
        let rule = self.rule(|rule| rule.column == column || rule.names_parameter(event, column));
        rule.or_else(|| self.rule_in_its_place(column))
    }

    /// What becomes of an attribute, identifier or column of the kind of row.
    pub fn of_column(&self, column: &str) -> Action {
        self.rule_of_column(column).unwrap_or_else(|| self.otherwise())
    }

    /// What becomes of a parameter of an event.
    pub fn of_parameter(&self, event: &str, parameter: &str) -> Action {
        self.rule_of_parameter(event, parameter).unwrap_or_else(|| self.otherwise())
    }

    /// What becomes of the time of an event.
    pub(crate) fn of_time(&self, event: &str) -> Action {
        self.rule_of_event_column(event, TIMESTAMP).unwrap_or_else(|| self.otherwise())
    }
}

/// The column with the time of an event.
pub(crate) const TIMESTAMP: &str = "timestamp";
/// The identifier by which the source knows a person.
const USER_ID: &str = "user_id";
/// The column of events with what the source called its user.
const SOURCE_USER_ID: &str = "source_user_id";

impl Rule {
    /// Whether the rule names a parameter of an event, whatever spelling it has of both. Names may have dots in them.
    fn names_parameter(&self, event: &str, parameter: &str) -> bool {
        self.column.match_indices('.').any(|(dot, _)| {
            let (of, name) = (&self.column[..dot], &self.column[dot + 1..]);
            (of == "*" || journey::canonical_event(of) == event)
                && journey::canonical_parameter(event, name) == parameter
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rule_counts() {
        let policy: Policy = serde_json::from_str(
            r#"{"rules":[{"column":"email","do":"hash"},{"column":"purchase.amount","do":"keep"},
                {"column":"*.amount","do":"drop"},{"column":"a.b.c","do":"drop"},
                {"column":"journey_entered.reason","do":"hash"},{"column":"purchase.timestamp","do":"drop"},
                {"column":"timestamp","do":"hash"}],"otherwise":"drop"}"#,
        )
        .unwrap();
        assert_eq!(policy.of_column("email"), Action::Hash);
        assert_eq!(policy.of_column("city"), Action::Drop);
        assert_eq!(policy.of_parameter("purchase", "amount"), Action::Keep);
        assert_eq!(policy.rule_of_parameter("refund", "amount"), Some(Action::Drop));
        assert_eq!(policy.rule_of_parameter("refund", "email"), None);
        // An event or a parameter may have a dot in its name, and an attribute too.
        assert_eq!(policy.rule_of_parameter("a.b", "c"), Some(Action::Drop));
        assert_eq!(policy.rule_of_parameter("a", "b.c"), Some(Action::Drop));
        assert_eq!(policy.rule_of_column("a.b.c"), Some(Action::Drop));
        assert_eq!(policy.rule_of_parameter("journey_enter", "enter_reason"), Some(Action::Hash));
        assert_eq!(policy.of_time("purchase"), Action::Drop);
        assert_eq!(policy.of_time("visit"), Action::Hash);
    }

    #[test]
    fn what_the_source_called_its_user_is_a_user_id() {
        let check = |rules: &str, expected: Action| {
            let policy: Policy = serde_json::from_str(rules).unwrap();
            let of_event = policy.rule_of_event_column("buy", "source_user_id");
            assert_eq!(of_event.unwrap_or_else(|| policy.otherwise()), expected, "{rules}");
        };
        check(r#"{"rules":[{"column":"user_id","do":"hash"}]}"#, Action::Hash);
        check(r#"{"rules":[{"column":"user_id","do":"drop"}]}"#, Action::Drop);
        // A rule of its own counts, wherever it stands.
        check(
            r#"{"rules":[{"column":"user_id","do":"drop"},{"column":"source_user_id","do":"hash"}]}"#,
            Action::Hash,
        );
        check(
            r#"{"rules":[{"column":"user_id","do":"drop"},{"column":"buy.source_user_id","do":"keep"}]}"#,
            Action::Keep,
        );
        check("{}", Action::Keep);
        check(r#"{"otherwise":"drop"}"#, Action::Drop);
    }
}
