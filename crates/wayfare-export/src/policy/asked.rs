//! What may not be asked by: whoever counts the people whose e-mail starts with `ann@a` reads addresses letter by letter,
//! whatever the files show of them.

use super::coarsen::first_instant;
use super::journey_columns;
use super::rule::{Action, Coarsening, Policy, Rule};
use super::verdict::TIMESTAMP;
use crate::error::ExportError;
use crate::journeys::Rows;
use crate::request::{Bound, ExportRequest, Kind};
use wayfare_model::journey::{self, EXIT, IS_DRY_RUN, PRODUCT_ACTION};
use wayfare_model::problem::Refusal;
use wayfare_model::time::Instant;
use wayfare_segment::definition::{ComputedColumn, Definition};
use wayfare_segment::library::Library;
use wayfare_segment::uses::Use;

/// Parameters that name a journey, which is no secret.
const JOURNEY_NAMES: [&str; 2] = ["journey_id", "journey_name"];

impl Policy {
    /// Refuses a definition that asks by a column which the policy does not show as it is.
    pub fn check_definition(&self, definition: &Definition, library: &Library) -> Result<(), Refusal> {
        definition.each_use(library, &mut |path, used| self.check_use(path, used))
    }

    /// Refuses a computed column that asks by such a column.
    pub(crate) fn check_computed(&self, column: &ComputedColumn, library: &Library) -> Result<(), Refusal> {
        column.each_use(library, &mut |path, used| self.check_use(path, used))
    }

    fn check_use(&self, path: String, used: Use<'_>) -> Result<(), Refusal> {
        match used {
            Use::Attribute(name) if self.of_column(name) == Action::Keep => Ok(()),
            Use::Attribute(name) => Err(hidden(path, name)),
            Use::Parameter { event, parameter } => self.check_parameter(path, event, parameter),
            Use::Time { event } => self.check_time(path, event),
            Use::List(id) => Err(Refusal::new(
                path,
                format!(
                    "the list `{id}` may have been made of anything: an API key with a policy cannot ask by lists"
                ),
            )),
        }
    }

    /// Refuses to ask by a parameter that the policy does not show as it is.
    pub(crate) fn check_parameter(
        &self,
        path: impl Into<String>,
        event: &str,
        parameter: &str,
    ) -> Result<(), Refusal> {
        let names_journey = journey::EVENTS.contains(&event) && JOURNEY_NAMES.contains(&parameter);
        let action = match self.rule_of_parameter(event, parameter) {
            None if names_journey => Action::Keep,
            None => self.otherwise(),
            Some(action) => action,
        };
        match action {
            Action::Keep => Ok(()),
            _ => Err(hidden(path, &format!("{event}.{parameter}"))),
        }
    }

    /// Refuses to ask by the time of an event that the policy does not show as it is.
    pub(crate) fn check_time(&self, path: impl Into<String>, event: &str) -> Result<(), Refusal> {
        match self.of_time(event) {
            Action::Keep => Ok(()),
            _ => Err(hidden(path, &format!("{event}.{TIMESTAMP}"))),
        }
    }

    /// Refuses an instant that would tell of times more than files do: what is seen before it and what is not.
    pub fn check_as_of(&self, as_of: Instant) -> Result<(), Refusal> {
        let of_time = |column: &str| column == TIMESTAMP || column.ends_with(&format!(".{TIMESTAMP}"));
        let mut rules = self.rules.iter().filter(|rule| of_time(&rule.column));
        let of_all = self.rule_of_event_column("*", TIMESTAMP).unwrap_or_else(|| self.otherwise());
        match shows(of_all, as_of) && rules.all(|rule| shows(rule.action, as_of)) {
            true => Ok(()),
            false => Err(blurred("as_of", TIMESTAMP)),
        }
    }

    /// Whether it may be told which occurrences of an event are dry runs, and so how many.
    pub(crate) fn tells_dry_runs(&self, event: &str) -> bool {
        self.of_parameter(event, IS_DRY_RUN) == Action::Keep
    }

    /// A refusal without the name that it suggests, where the policy may drop what is called so: nobody is told that it is
    /// there.
    pub fn without_dropped(&self, refusal: Refusal) -> Refusal {
        let nearest = refusal.nearest.clone().filter(|name| !self.may_drop(name));
        refusal.nearest(nearest)
    }

    /// Whether something of that name is dropped: an attribute, an identifier, or a parameter of whatever event.
    fn may_drop(&self, name: &str) -> bool {
        let is_of_it = |rule: &Rule| {
            let mut dots = rule.column.match_indices('.');
            rule.action == Action::Drop && dots.any(|(dot, _)| rule.column[dot + 1..] == *name)
        };
        self.of_column(name) == Action::Drop || self.rules.iter().any(is_of_it)
    }

    /// Refuses rows with dry runs where the mark of them is not shown: those without would tell it row by row.
    fn check_dry_runs(&self, path: &str, dry_runs: bool, event: &str) -> Result<(), Refusal> {
        match dry_runs && !self.tells_dry_runs(event) {
            true => Err(hidden(path, &format!("{event}.{IS_DRY_RUN}"))),
            false => Ok(()),
        }
    }

    /// Refuses what can be told of a request without its data.
    pub(crate) fn check_request(&self, request: &ExportRequest) -> Result<(), ExportError> {
        if !request.destinations.is_empty() {
            let why =
                "go with no API key that has a policy: fetch the files, or have them sent by somebody else";
            return Err(ExportError::refused("destinations", why));
        }
        let depends =
            request.definition.is_some() || !request.computed.is_empty() || request.kind == Kind::Passes;
        if let Some(as_of) = request.as_of.filter(|_| depends) {
            self.check_as_of(as_of)?;
        }
        if let Some(events) = &request.events {
            for wanted in &events.wanted {
                let event = journey::canonical_event(&wanted.event_name);
                let action = self.of_time(event);
                check_bound("events.start_date", events.start_date, action, TIMESTAMP)?;
                check_bound("events.end_date", events.end_date, action, TIMESTAMP)?;
                self.check_dry_runs("events.dry_runs", events.dry_runs, event)?;
            }
        }
        if let Some(journeys) = &request.journeys {
            let (rows, column) = match request.kind {
                Kind::Passes => (Rows::Passes, "entered_at"),
                _ => (Rows::Messages, "sent_at"),
            };
            // Where no entry is known, another event says when it began.
            let others: &[&str] = match request.kind {
                Kind::Passes => &[EXIT, PRODUCT_ACTION],
                _ => &[PRODUCT_ACTION],
            };
            let others = others.iter().map(|event| self.of_time(event));
            for action in others.chain([journey_columns::verdict(self, rows, column)]) {
                check_bound("journeys.start_date", journeys.start_date, action, column)?;
                check_bound("journeys.end_date", journeys.end_date, action, column)?;
            }
            for event in journey::EVENTS {
                self.check_dry_runs("journeys.dry_runs", journeys.dry_runs, event)?;
            }
        }
        Ok(())
    }
}

fn hidden(path: impl Into<String>, column: &str) -> Refusal {
    let why = format!("cannot be asked by: the policy of the API key does not show `{column}` as it is");
    Refusal::new(path, why)
}

/// An end of a range tells of the column no more than files do, where it is the beginning of a period that they show.
fn check_bound(path: &str, bound: Option<Bound>, action: Action, column: &str) -> Result<(), Refusal> {
    match bound.is_none_or(|bound| shows(action, bound.0)) {
        true => Ok(()),
        false => Err(blurred(path, column)),
    }
}

fn blurred(path: &str, column: &str) -> Refusal {
    let why = format!(
        "is finer than the policy of the API key shows `{column}`: give the beginning of such a period, or leave it out"
    );
    Refusal::new(path, why)
}

/// Whether a time stays the same under what is done to its column.
fn shows(action: Action, instant: Instant) -> bool {
    match action {
        Action::Keep => true,
        Action::Coarsen(Coarsening::Period(period)) => first_instant(period, instant) == Some(instant),
        Action::Drop | Action::Hash | Action::Mask { .. } | Action::Coarsen(_) | Action::Group { .. } => {
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(rules: &str) -> Policy {
        serde_json::from_str(rules).unwrap()
    }

    fn check(rules: &str, definition: &str, refused_at: Option<&str>) {
        let definition = Definition::parse(definition).unwrap();
        let checked = policy(rules).check_definition(&definition, &Library::default());
        let path = checked.err().map(|refusal| refusal.path);
        assert_eq!(path.as_deref(), refused_at, "{rules} {definition:?}");
    }

    #[test]
    fn definitions() {
        let hashed = r#"{"rules":[{"column":"email","do":"hash"},{"column":"city","do":"keep"},{"column":"*.amount","do":"group","of":5}]}"#;
        check(hashed, r#"{"all":[{"attribute":"city","operator":"exists"}]}"#, None);
        check(hashed, r#"{"all":[{"attribute":"email","operator":"exists"}]}"#, Some("all[0].attribute"));
        check(
            hashed,
            r#"{"event":"buy","where":{"parameter":"amount","operator":"exists"}}"#,
            Some("where.parameter"),
        );
        check(hashed, r#"{"event":"buy","time_range":{"operator":"in_last","value":1,"unit":"day"}}"#, None);
        check(hashed, r#"{"list":"lst_1"}"#, Some("list"));
        let none = r#"{"rules":[{"column":"city","do":"keep"}],"otherwise":"drop"}"#;
        check(none, r#"{"attribute":"city","operator":"exists"}"#, None);
        check(none, r#"{"attribute":"income","operator":"exists"}"#, Some("attribute"));
        check(none, r#"{"event":"buy"}"#, None);
        check(
            none,
            r#"{"event":"buy","time_range":{"operator":"in_last","value":1,"unit":"day"}}"#,
            Some("time_range"),
        );
        check(none, r#"{"journey":{"id":1004,"state":"active"}}"#, None);
        check(none, r#"{"journey":{"id":1004,"state":"completed"}}"#, Some("journey.state"));
        check(
            none,
            r#"{"event":"journey_enter","where":{"parameter":"journey_id","operator":"equals","value":1}}"#,
            None,
        );
        let timed = r#"{"rules":[{"column":"timestamp","do":"coarsen","to":"month"}]}"#;
        check(timed, r#"{"sequence":[{"event":"a"},{"event":"b"}]}"#, Some("sequence[0]"));
    }

    fn asked(rules: &str, request: &str) -> Option<String> {
        let request: ExportRequest = serde_json::from_str(request).unwrap();
        policy(rules).check_request(&request).err().map(|error| error.to_string())
    }

    #[test]
    fn times_no_finer_than_files_show() {
        let month = r#"{"rules":[{"column":"timestamp","do":"coarsen","to":"month"}]}"#;
        let events = |start: &str| {
            format!(
                r#"{{"kind":"events","format":"csv","events":{{"wanted":[{{"event_name":"x"}}],"start_date":"{start}"}}}}"#
            )
        };
        assert_eq!(asked(month, &events("2026-09-01T00:00:00Z")), None);
        assert!(asked(month, &events("2026-09-02T00:00:00Z")).unwrap().starts_with("events.start_date"));
        assert!(asked(r#"{"otherwise":"drop"}"#, &events("2026-09-01T00:00:00Z")).is_some());
        assert_eq!(asked("{}", &events("2026-09-02T00:00:01Z")), None);
        let passes = r#"{"kind":"passes","format":"csv","journeys":{"end_date":"2026-09-02T00:00:00Z"}}"#;
        assert!(asked(month, passes).unwrap().starts_with("journeys.end_date"));
        assert_eq!(asked(r#"{"rules":[{"column":"email","do":"hash"}]}"#, passes), None);
        let people = |as_of: &str| {
            format!(r#"{{"kind":"profiles","format":"csv","definition":{{"event":"x"}},"as_of":"{as_of}"}}"#)
        };
        assert_eq!(asked(month, &people("2026-09-01T00:00:00Z")), None);
        assert!(asked(month, &people("2026-09-01T00:00:01Z")).unwrap().starts_with("as_of"));
        let one = r#"{"rules":[{"column":"x.timestamp","do":"drop"}]}"#;
        assert!(asked(one, &people("2026-09-01T00:00:00Z")).unwrap().starts_with("as_of"));
        let sent = r#"{"kind":"profiles","format":"csv","destinations":["dst_1"]}"#;
        assert!(asked("{}", sent).unwrap().starts_with("destinations"));
        // What no rule names is no more shown than what is dropped by one.
        let entries = r#"{"rules":[{"column":"entered_at","do":"keep"}],"otherwise":"drop"}"#;
        assert!(asked(entries, passes).unwrap().starts_with("journeys.end_date"));
    }

    #[test]
    fn names_that_are_dropped_are_not_suggested() {
        let suggests = |rules: &str, name: &str| {
            let refusal = Refusal::new("attribute", "is not known").nearest(Some(name.into()));
            policy(rules).without_dropped(refusal).nearest.is_some()
        };
        let dropped = r#"{"rules":[{"column":"salary","do":"drop"},{"column":"*.ip","do":"drop"},{"column":"email","do":"hash"}]}"#;
        assert!(!suggests(dropped, "salary") && !suggests(dropped, "ip"));
        assert!(suggests(dropped, "email") && suggests(dropped, "city"));
        let kept = r#"{"rules":[{"column":"city","do":"keep"}],"otherwise":"drop"}"#;
        assert!(suggests(kept, "city") && !suggests(kept, "salary"));
    }

    #[test]
    fn dry_runs_where_their_mark_is_shown() {
        let events = |dry_runs: bool| {
            format!(
                r#"{{"kind":"events","format":"csv","events":{{"wanted":[{{"event_name":"x"}},{{"event_name":"y"}}],"dry_runs":{dry_runs}}}}}"#
            )
        };
        let refused = |rules: &str, request: &str| asked(rules, request).unwrap_or_default();
        assert_eq!(asked("{}", &events(true)), None);
        for hidden in [
            r#"{"rules":[{"column":"*.is_dry_run","do":"drop"}]}"#,
            r#"{"rules":[{"column":"y.is_dry_run","do":"hash"}]}"#,
            r#"{"otherwise":"drop"}"#,
        ] {
            assert!(refused(hidden, &events(true)).starts_with("events.dry_runs: "), "{hidden}");
            assert_eq!(asked(hidden, &events(false)), None, "{hidden}");
        }
        let kept = r#"{"rules":[{"column":"*.is_dry_run","do":"keep"}],"otherwise":"drop"}"#;
        assert_eq!(asked(kept, &events(true)), None);
        let messages = r#"{"kind":"messages","format":"csv","journeys":{"dry_runs":true}}"#;
        assert_eq!(asked(kept, messages), None);
        let hidden = r#"{"rules":[{"column":"journey_exit.is_dry_run","do":"drop"}]}"#;
        assert!(refused(hidden, messages).starts_with("journeys.dry_runs: "));
    }
}
