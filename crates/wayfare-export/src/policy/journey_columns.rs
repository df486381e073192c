//! What the columns of passes and messages are made of, so that a rule for a parameter of a journey event holds for them.

use super::rule::{Action, Policy};
use super::verdict::TIMESTAMP;
use crate::journeys::Rows;
use wayfare_model::journey::{ENTER, EXIT, PRODUCT_ACTION};

/// Where values of a column come from: an event and one of its parameters, or its `timestamp` or `event_id`.
type Source = (&'static str, &'static str);

const EVENT_ID: &str = "event_id";

/// How a column has to do with what it is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Made {
    /// Its values are those of one or the other.
    Of(&'static [Source]),
    /// Its values are worked out of all of them.
    From(&'static [Source]),
}

const PASS_ID: &[Source] = &[
    (ENTER, "pass_id"),
    (EXIT, "pass_id"),
    (PRODUCT_ACTION, "pass_id"),
    // Where the source gives none, it is made of an event's.
    (ENTER, EVENT_ID),
    (EXIT, EVENT_ID),
    (PRODUCT_ACTION, EVENT_ID),
];
const JOURNEY_ID: &[Source] = &[(ENTER, "journey_id"), (EXIT, "journey_id"), (PRODUCT_ACTION, "journey_id")];
const JOURNEY_NAME: &[Source] =
    &[(ENTER, "journey_name"), (EXIT, "journey_name"), (PRODUCT_ACTION, "journey_name")];
const ELEMENT_CODE: &[Source] =
    &[(ENTER, "element_code"), (EXIT, "element_code"), (PRODUCT_ACTION, "element_code")];
const ELEMENT_NAME: &[Source] =
    &[(ENTER, "element_name"), (EXIT, "element_name"), (PRODUCT_ACTION, "element_name")];
const DRY_RUN: &[Source] = &[(ENTER, "is_dry_run"), (EXIT, "is_dry_run"), (PRODUCT_ACTION, "is_dry_run")];
const ENTERED_AT: &[Source] = &[(ENTER, TIMESTAMP), (EXIT, "entered_at")];
const DURATION: &[Source] = &[(ENTER, TIMESTAMP), (EXIT, "entered_at"), (EXIT, TIMESTAMP)];
const ACTION_TIME: &[Source] = &[(PRODUCT_ACTION, TIMESTAMP)];
const ACTION_CODE: &[Source] = &[(PRODUCT_ACTION, "action_code")];
const CHANNEL_CODE: &[Source] = &[(PRODUCT_ACTION, "channel_code")];
const PATH: &[Source] = &[
    (ENTER, "element_code"),
    (EXIT, "element_code"),
    (PRODUCT_ACTION, "element_code"),
    (ENTER, "element_name"),
    (EXIT, "element_name"),
    (PRODUCT_ACTION, "element_name"),
    (ENTER, TIMESTAMP),
    (EXIT, TIMESTAMP),
    (PRODUCT_ACTION, TIMESTAMP),
];
const MESSAGES: &[Source] = &[
    (PRODUCT_ACTION, "message_id"),
    (PRODUCT_ACTION, EVENT_ID),
    (PRODUCT_ACTION, "channel_code"),
    (PRODUCT_ACTION, "campaign_id"),
    (PRODUCT_ACTION, "element_code"),
    (PRODUCT_ACTION, "action_code"),
];
const ACTIONS: &[Source] =
    &[(PRODUCT_ACTION, "action_code"), (PRODUCT_ACTION, TIMESTAMP), (PRODUCT_ACTION, EVENT_ID)];

fn made_of(rows: Rows, column: &str) -> Made {
    let made = match (rows, column) {
        (_, "pass_id") => PASS_ID,
        (_, "journey_id") => JOURNEY_ID,
        (_, "journey_name") => JOURNEY_NAME,
        (_, "is_dry_run") => DRY_RUN,
        (Rows::Passes, "journey_version") => &[(ENTER, "journey_version"), (EXIT, "journey_version")],
        (Rows::Passes, "entered_at") => ENTERED_AT,
        (Rows::Passes, "enter_reason") => &[(ENTER, "enter_reason")],
        (Rows::Passes, "enter_event_id") => &[(ENTER, EVENT_ID)],
        (Rows::Passes, "path") => return Made::From(PATH),
        (Rows::Passes, "messages") => return Made::From(MESSAGES),
        (Rows::Passes, "messages_sent") => return Made::From(ACTION_CODE),
        (Rows::Passes, "last_element_code") => ELEMENT_CODE,
        (Rows::Passes, "last_element_name") => ELEMENT_NAME,
        (Rows::Passes, "exited_at") => &[(EXIT, TIMESTAMP)],
        (Rows::Passes, "exit_reason") => &[(EXIT, "exit_reason")],
        (Rows::Passes, "exit_event_id") => &[(EXIT, EVENT_ID)],
        (Rows::Passes, "duration_seconds") => return Made::From(DURATION),
        (Rows::Passes, "state") => return Made::From(&[(EXIT, "exit_reason")]),
        (Rows::Messages, "message_id") => &[(PRODUCT_ACTION, "message_id"), (PRODUCT_ACTION, EVENT_ID)],
        (Rows::Messages, "element_code") => &[(PRODUCT_ACTION, "element_code")],
        (Rows::Messages, "element_name") => &[(PRODUCT_ACTION, "element_name")],
        (Rows::Messages, "campaign_id") => &[(PRODUCT_ACTION, "campaign_id")],
        (Rows::Messages, "campaign_name") => &[(PRODUCT_ACTION, "campaign_name")],
        (Rows::Messages, "channel_code") => CHANNEL_CODE,
        // A code's name is as good as the code.
        (Rows::Messages, "channel_name") => CHANNEL_CODE,
        (Rows::Messages, "variant_id") => &[(PRODUCT_ACTION, "variant_id")],
        (Rows::Messages, "sent_at" | "first_viewed_at" | "first_clicked_at" | "last_action_at") => {
            ACTION_TIME
        }
        (Rows::Messages, "last_action" | "outcome") => ACTION_CODE,
        (Rows::Messages, "reason") => &[(PRODUCT_ACTION, "reason")],
        (Rows::Messages, "actions") => return Made::From(ACTIONS),
        (Rows::Messages, "actions_count") => return Made::From(ACTION_CODE),
        _ => &[],
    };
    Made::Of(made)
}

/// What becomes of a column of passes or messages.
///
/// A rule for the column itself counts first. Of several parameters that it has values of, all must fall under the same
/// rule; where two rules stand against each other, and where a column is worked out of something that is not kept, it is
/// left out. What no rule names counts as the policy says otherwise: a column shows nothing that rows of events would not.
pub fn verdict(policy: &Policy, rows: Rows, column: &str) -> Action {
    if let Some(action) = policy.rule_of_column(column) {
        return action;
    }
    let action_of = |(event, parameter): &Source| {
        let rule = match *parameter {
            TIMESTAMP | EVENT_ID => policy.rule_of_event_column(event, parameter),
            parameter => policy.rule_of_parameter(event, parameter),
        };
        rule.unwrap_or_else(|| policy.otherwise())
    };
    match made_of(rows, column) {
        Made::Of(sources) => {
            let mut found: Option<Action> = None;
            for action in sources.iter().map(action_of) {
                found = Some(match found {
                    None | Some(Action::Keep) => action,
                    Some(known) if known == action || action == Action::Keep => known,
                    Some(_) => Action::Drop,
                });
            }
            found.unwrap_or_else(|| policy.otherwise())
        }
        Made::From(sources) => {
            let is_kept = |source| action_of(source) == Action::Keep;
            if sources.iter().all(is_kept) { Action::Keep } else { Action::Drop }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journeys::Wanted;

    fn told(rows: Rows, rules: &str) -> Vec<String> {
        let policy: Policy = serde_json::from_str(rules).unwrap();
        let wanted = Wanted { rows, journeys: None, range: None, dry_runs: true, positions: None };
        let columns = wanted.columns();
        let treated = columns.iter().map(|column| (&column.name, verdict(&policy, rows, &column.name)));
        treated
            .filter(|(_, action)| *action != policy.otherwise())
            .map(|(name, action)| format!("{name} {}", action.name()))
            .collect()
    }

    #[test]
    fn rules_for_parameters_reach_passes_and_messages() {
        let check = |rows, rules: &str, expected: &[&str]| assert_eq!(told(rows, rules), expected, "{rules}");
        check(
            Rows::Passes,
            r#"{"rules":[{"column":"journey_exit.reason","do":"hash"}]}"#,
            &["exit_reason hash", "state drop"],
        );
        check(
            Rows::Passes,
            r#"{"rules":[{"column":"timestamp","do":"coarsen","to":"month"}]}"#,
            &["entered_at coarsen", "path drop", "exited_at coarsen", "duration_seconds drop"],
        );
        check(
            Rows::Passes,
            r#"{"rules":[{"column":"*.pass_id","do":"hash"},{"column":"profile_id","do":"drop"}]}"#,
            &["pass_id hash", "profile_id drop"],
        );
        check(
            Rows::Passes,
            r#"{"rules":[{"column":"journey_enter.element_code","do":"hash"},{"column":"*.element_code","do":"drop"}]}"#,
            &["path drop", "messages drop", "last_element_code drop"],
        );
        check(
            Rows::Passes,
            r#"{"rules":[{"column":"path","do":"keep"},{"column":"*.element_name","do":"drop"}]}"#,
            &["last_element_name drop"],
        );
        check(
            Rows::Messages,
            r#"{"rules":[{"column":"*.channel_code","do":"mask"},{"column":"outcome","do":"hash"}]}"#,
            &["channel_code mask", "channel_name mask", "outcome hash"],
        );
        check(
            Rows::Messages,
            r#"{"rules":[{"column":"*.action_code","do":"drop"}]}"#,
            &["last_action drop", "outcome drop", "actions drop", "actions_count drop"],
        );
        check(
            Rows::Messages,
            r#"{"rules":[{"column":"*.action_code","do":"keep"},{"column":"message_id","do":"hash"}],"otherwise":"drop"}"#,
            &["message_id hash", "last_action keep", "outcome keep", "actions_count keep"],
        );
        check(
            Rows::Messages,
            r#"{"rules":[{"column":"event_id","do":"hash"}]}"#,
            &["message_id hash", "pass_id hash", "actions drop"],
        );
    }

    /// A value that no rule keeps stands in no column that is made of it, either.
    #[test]
    fn what_no_rule_names_counts_as_well() {
        let check = |rows, rules: &str, expected: &[&str]| {
            let policy = format!(r#"{{"rules":[{rules}],"otherwise":"drop"}}"#);
            assert_eq!(told(rows, &policy), expected, "{rules}");
        };
        // Where the source gives no id, one is made of an event's.
        let pass = r#"{"column":"*.pass_id","do":"keep"}"#;
        let event = r#"{"column":"event_id","do":"keep"}"#;
        check(Rows::Passes, pass, &[]);
        let with_events = ["pass_id keep", "enter_event_id keep", "exit_event_id keep"];
        check(Rows::Passes, &format!("{pass},{event}"), &with_events);
        check(Rows::Passes, r#"{"column":"pass_id","do":"hash"}"#, &["pass_id hash"]);
        check(Rows::Messages, r#"{"column":"*.message_id","do":"keep"}"#, &[]);
        // An exit says when the person had entered, too.
        check(Rows::Passes, r#"{"column":"journey_enter.timestamp","do":"keep"}"#, &[]);
        check(Rows::Passes, r#"{"column":"timestamp","do":"keep"}"#, &["exited_at keep"]);
        check(Rows::Passes, r#"{"column":"journey_product_action.element_code","do":"keep"}"#, &[]);
        check(Rows::Passes, r#"{"column":"*.element_code","do":"keep"}"#, &["last_element_code keep"]);
    }

    /// A new column must say what it is made of.
    #[test]
    fn every_column_is_known() {
        let own = ["profile_id", "position"];
        for rows in [Rows::Passes, Rows::Messages] {
            let positions = Some((0, 1));
            let wanted = Wanted { rows, journeys: None, range: None, dry_runs: true, positions };
            for column in wanted.columns() {
                let is_known = made_of(rows, &column.name) != Made::Of(&[]) || own.contains(&&*column.name);
                assert!(is_known, "{}", column.name);
            }
        }
    }
}
