//! A policy put into a plan: columns left out, types fitted, and what is done to the cells of each kind of row.

use super::AppliedPolicy;
use super::rule::Action;
use super::told::AppliedColumn;
use super::{journey_columns, rule::Policy};
use crate::column::{Column, ColumnType, Origin};
use crate::error::ExportError;
use crate::plan::{CellSource, Plan, PlannedRows, is_all};
use crate::positions::POSITION;
use crate::request::ExportRequest;
use std::collections::BTreeSet;
use wayfare_model::value::Scalar;

/// What a policy does to a plan.
#[derive(Debug, Clone, Default)]
pub struct Treatments {
    /// By kind of row and column: what is done to its cells, and of which type they were.
    pub layouts: Vec<Vec<Option<Treatment>>>,
    /// What the manifest tells.
    pub told: Vec<AppliedColumn>,
}

/// What is done to the cells of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Treatment {
    /// What is done.
    pub action: Action,
    /// The type of the cells before.
    pub column_type: ColumnType,
}

/// Holds the columns of a plan against a policy.
pub fn apply(plan: &mut Plan, request: &ExportRequest, applied: &AppliedPolicy) -> Result<(), ExportError> {
    let policy = &applied.policy;
    let mut kept = Vec::with_capacity(plan.columns.len());
    let mut treatments = vec![Vec::with_capacity(plan.columns.len()); plan.rows.layouts_mut().len()];
    let mut told = Vec::new();
    let mut warnings = Vec::new();
    for place in 0..plan.columns.len() {
        let column = plan.columns[place].clone();
        let by_name = is_asked_by_name(plan, place, request);
        let verdicts = verdicts(policy, plan, place);
        for (named, action) in &verdicts.told {
            let is_silent = *action == Action::Keep
                || *action == Action::Drop && !by_name && !verdicts.is_ruled.contains(named);
            if !is_silent {
                let name = (column.name != *named && *action != Action::Drop).then(|| column.name.clone());
                told.push(AppliedColumn { column: named.clone(), name, action: *action });
            }
        }
        if request.positions.is_some()
            && column.name == POSITION
            && verdicts.told.iter().any(|(_, action)| *action != Action::Keep)
        {
            let why = "needs the column `position` as it is, which the policy of the API key does not show";
            return Err(ExportError::refused("positions", why));
        }
        let mut shown = verdicts.layouts.iter().flatten().filter(|action| **action != Action::Drop);
        if !verdicts.told.is_empty() && shown.next().is_none() {
            // What is made of a column that has a rule is missed by whoever has not asked for it by name, too.
            if by_name || verdicts.is_derived {
                warnings
                    .push(format!("column `{}` is left out: the policy of the API key says so", column.name));
            }
            continue;
        }
        let mut of_columns = plan.rows.layouts_mut();
        for ((cells, action), treatments) in of_columns.iter_mut().zip(&verdicts.layouts).zip(&mut treatments)
        {
            let action = action.unwrap_or(Action::Keep);
            if action == Action::Drop {
                cells[place] = CellSource::Missing;
            }
            let is_done = !matches!(action, Action::Keep | Action::Drop);
            treatments.push(is_done.then_some(Treatment { action, column_type: column.column_type }));
        }
        let dropped = verdicts.told.iter().filter(|(_, action)| *action == Action::Drop);
        warnings.extend(dropped.map(|(named, _)| {
            format!("column `{}` holds nothing of `{named}`: the policy of the API key says so", column.name)
        }));
        kept.push((place, treated(column, &verdicts.layouts)));
    }
    if kept.is_empty() {
        let why = "has no column left: the policy of the API key leaves out all that are asked for";
        return Err(ExportError::refused("", format!("the export {why}")));
    }
    for cells in plan.rows.layouts_mut() {
        *cells = kept.iter().map(|(place, _)| cells[*place].clone()).collect();
    }
    plan.columns = kept.into_iter().map(|(_, column)| column).collect();
    plan.treatments = Treatments { layouts: treatments, told };
    plan.warnings.extend(warnings);
    prune(&mut plan.rows);
    Ok(())
}

/// What a policy says of one column.
struct Verdicts {
    /// By kind of row; none where it has no such cells.
    layouts: Vec<Option<Action>>,
    /// By the name that policies have for it, each once.
    told: Vec<(String, Action)>,
    /// Those of these names that a rule is for.
    is_ruled: BTreeSet<String>,
    /// Whether it is left out for the sake of another column.
    is_derived: bool,
}

fn verdicts(policy: &Policy, plan: &Plan, place: usize) -> Verdicts {
    let column = &plan.columns[place];
    let is_computed = matches!(source(plan, place), Some(CellSource::Computed(_)));
    let mut verdicts =
        Verdicts { layouts: Vec::new(), told: Vec::new(), is_ruled: BTreeSet::new(), is_derived: false };
    let add = |verdicts: &mut Verdicts, named: String, rule: Option<Action>| {
        let action = rule.unwrap_or_else(|| policy.otherwise());
        if rule.is_some() {
            verdicts.is_ruled.insert(named.clone());
        }
        if !verdicts.told.iter().any(|(known, _)| *known == named) {
            verdicts.told.push((named, action));
        }
        action
    };
    match (&plan.rows, &column.origin) {
        (PlannedRows::Events { events, .. }, Origin::Parameter { of }) => {
            for event in events {
                let of_this = of.iter().filter(|of| of.event == event.event);
                let mut found: Option<Action> = None;
                for parameter in of_this {
                    let named = format!("{}.{}", parameter.event, parameter.parameter);
                    let rule = policy.rule_of_parameter(&parameter.event, &parameter.parameter);
                    let action = add(&mut verdicts, named, rule);
                    // Two parameters in one cell are the same one as a rule; else nothing of them is shown.
                    found = Some(
                        found.map_or(action, |known| if known == action { known } else { Action::Drop }),
                    );
                }
                verdicts.layouts.push(found);
            }
        }
        (PlannedRows::Events { events, .. }, Origin::Own { name }) if !is_computed => {
            let (name, spelled) = (own_name(name), name);
            for event in events {
                let rule = |name: &str| policy.rule_of_event_column(&event.event, name);
                let rule = rule(name).or_else(|| rule(spelled));
                let action = rule.unwrap_or_else(|| policy.otherwise());
                // Where events differ, each is told by itself.
                let differs = action != policy.of_column(name);
                let named = if differs { format!("{}.{name}", event.event) } else { name.to_owned() };
                add(&mut verdicts, named, rule);
                verdicts.layouts.push(Some(action));
            }
        }
        (PlannedRows::Journeys { wanted, .. }, Origin::Own { name }) if !is_computed => {
            let action = journey_columns::verdict(policy, wanted.rows, name);
            let has_rule = policy.rule_of_column(name).is_some();
            let is_ruled = has_rule || action != policy.otherwise();
            verdicts.is_derived = !has_rule && is_ruled && action == Action::Drop;
            add(&mut verdicts, name.clone(), is_ruled.then_some(action));
            verdicts.layouts.push(Some(action));
        }
        (rows, Origin::Own { name } | Origin::Identifier { name } | Origin::Attribute { name }) => {
            let is_own = matches!(column.origin, Origin::Own { .. }) && !is_computed;
            let spelled = name.as_str();
            let name = if is_own { own_name(spelled) } else { spelled };
            let rule = policy.rule_of_column(name).or_else(|| policy.rule_of_column(spelled));
            let action = add(&mut verdicts, name.to_owned(), rule);
            let layouts = match rows {
                PlannedRows::Events { events, .. } => events.len(),
                PlannedRows::Profiles { .. } | PlannedRows::Journeys { .. } => 1,
            };
            verdicts.layouts = vec![Some(action); layouts];
        }
        // Rows of profiles and journeys have no parameters.
        (_, Origin::Parameter { .. }) => verdicts.layouts.push(Some(Action::Drop)),
    }
    verdicts
}

/// The name that policies have for a column of the kind of row: that of the profile is one thing on every surface.
fn own_name(name: &str) -> &str {
    match name {
        "iid" | "insider_id" => "profile_id",
        other => other,
    }
}

/// Where the cells of a column come from, in the first kind of row.
fn source(plan: &Plan, place: usize) -> Option<&CellSource> {
    match &plan.rows {
        PlannedRows::Profiles { cells, .. } | PlannedRows::Journeys { cells, .. } => cells.get(place),
        PlannedRows::Events { events, .. } => events.first().and_then(|event| event.cells.get(place)),
    }
}

/// Whether somebody would miss a column: it was asked for by its name, not among all.
fn is_asked_by_name(plan: &Plan, place: usize, request: &ExportRequest) -> bool {
    request.columns.is_some()
        || match (&plan.columns[place].origin, source(plan, place)) {
            (_, Some(CellSource::Computed(_))) | (Origin::Parameter { .. }, _) => true,
            (Origin::Identifier { .. } | Origin::Attribute { .. }, _)
            | (Origin::Own { .. }, Some(CellSource::Missing)) => !is_all(&request.attributes),
            (Origin::Own { .. }, _) => false,
        }
}

/// A column whose cells are treated so, by kind of row.
fn treated(column: Column, layouts: &[Option<Action>]) -> Column {
    let mut words: Vec<String> = Vec::new();
    let mut becomes_text = false;
    for action in layouts.iter().flatten() {
        becomes_text |= matches!(action, Action::Hash | Action::Mask { .. });
        words.extend(action.words().filter(|said| !words.contains(said)));
    }
    let column_type = match column.column_type {
        of_text @ (ColumnType::Identifier | ColumnType::Array(Scalar::String)) => of_text,
        ColumnType::Array(_) if becomes_text => ColumnType::Array(Scalar::String),
        _ if becomes_text => ColumnType::String,
        other => other,
    };
    let treatment = (!words.is_empty()).then(|| words.join("; or "));
    Column { column_type, treatment, ..column }
}

/// Leaves out attributes that no cell shows: they are not even read.
fn prune(rows: &mut PlannedRows) {
    // Of profiles they stand in the batches behind the id, and before the position.
    let (before, in_stream) = match rows {
        PlannedRows::Profiles { attributes, .. } => (attributes.len(), true),
        PlannedRows::Events { attributes, .. } | PlannedRows::Journeys { attributes, .. } => {
            (attributes.len(), false)
        }
    };
    let place = |source: &CellSource| match source {
        CellSource::Stream(place) if in_stream => place.checked_sub(1).filter(|place| *place < before),
        CellSource::Attribute(place) => Some(*place),
        _ => None,
    };
    let shown: BTreeSet<usize> =
        rows.layouts_mut().iter().flat_map(|cells| cells.iter().filter_map(place)).collect();
    for cells in rows.layouts_mut() {
        for source in cells.iter_mut() {
            let moved = place(source).and_then(|place| shown.iter().position(|shown| *shown == place));
            *source = match (&*source, moved) {
                (CellSource::Attribute(_), Some(place)) => CellSource::Attribute(place),
                (CellSource::Stream(_), Some(place)) => CellSource::Stream(place + 1),
                (CellSource::Stream(place), None) if in_stream && *place == before + 1 => {
                    CellSource::Stream(shown.len() + 1)
                }
                (other, _) => other.clone(),
            };
        }
    }
    let (PlannedRows::Profiles { attributes, .. }
    | PlannedRows::Events { attributes, .. }
    | PlannedRows::Journeys { attributes, .. }) = rows;
    *attributes = shown.iter().filter_map(|place| attributes.get(*place).cloned()).collect();
}

#[cfg(test)]
mod tests {
    use crate::column::ColumnType;
    use crate::plan::plan;
    use crate::policy::AppliedPolicy;
    use crate::request::{ExportRequest, Surface};
    use wayfare_model::dictionary::Dictionary;
    use wayfare_model::value::{Fits, Source, SourceValue};

    fn dictionary() -> Dictionary {
        let mut dictionary = Dictionary::default();
        for name in ["city", "income", "shoe_size"] {
            let id = dictionary.attributes.intern(name).unwrap();
            if name == "income" {
                let counts = &mut dictionary.attributes.get_mut(id).unwrap().counts;
                counts.add(Fits::of(&SourceValue::new(Source::Number, "1.5")));
            }
        }
        for name in ["buy", "sell"] {
            let id = dictionary.intern_event(name).unwrap();
            let parameters = &mut dictionary.event_mut(id).unwrap().parameters;
            for parameter in ["amount", "item"] {
                let id = parameters.intern(parameter).unwrap();
                parameters.get_mut(id).unwrap().counts.add(Fits::of(&SourceValue::new(Source::Number, "1")));
            }
        }
        dictionary
    }

    /// The plan in a few lines: columns, what is read, where cells come from and what is done to them.
    fn told(surface: Surface, request: &str, policy: &str) -> String {
        let mut request: ExportRequest = serde_json::from_str(request).unwrap();
        request.surface = surface;
        request.policy = Some(AppliedPolicy::new("key_1", "Partner", serde_json::from_str(policy).unwrap()));
        let mut plan = match plan(&request, &dictionary()) {
            Ok(plan) => plan,
            Err(error) => return format!("refused: {error}"),
        };
        let columns = plan.columns.iter().map(|column| {
            let kind = match column.column_type {
                ColumnType::Identifier => "identifier",
                other => other.name(),
            };
            format!("{} {kind}", column.name)
        });
        let columns = columns.collect::<Vec<_>>().join(", ");
        let read = plan.read_attributes().join(", ");
        let done = plan.treatments.layouts.iter().map(|layout| {
            let done = layout.iter().map(|done| done.map_or("-", |done| done.action.name()));
            done.collect::<Vec<_>>().join(" ")
        });
        let done = done.collect::<Vec<_>>().join(" | ");
        let manifest = serde_json::to_string(&plan.treatments.told).unwrap();
        let cells: Vec<String> =
            plan.rows.layouts_mut().into_iter().map(|cells| format!("{cells:?}")).collect();
        format!(
            "{columns}\n  reads {read}\n  {}\n  {done}\n  {manifest}\n  {}",
            cells.join("\n  "),
            plan.warnings.join("\n  ")
        )
    }

    #[test]
    fn policies_in_plans() {
        let people = r#"{"kind":"profiles","format":"csv","attributes":["*"]}"#;
        let new_people = r#"{"kind":"profiles","format":"csv","attributes":["city","income","email"],"positions":{"from":0}}"#;
        let events = r#"{"kind":"events","format":"csv","attributes":["city","income","email"],"events":{"wanted":[
            {"event_name":"buy","params":["amount","item"]},{"event_name":"sell","params":["amount"]}]}}"#;
        let mixed = r#"{"rules":[{"column":"email","do":"hash"},{"column":"city","do":"drop"},{"column":"income","do":"mask"},
            {"column":"buy.amount","do":"hash"},{"column":"sell.amount","do":"drop"},{"column":"*.item","do":"drop"},
            {"column":"buy.timestamp","do":"coarsen","to":"day"},{"column":"profile_id","do":"hash"}]}"#;
        let little = r#"{"rules":[{"column":"income","do":"keep"},{"column":"position","do":"keep"}],"otherwise":"drop"}"#;
        let cases = [
            (Surface::Native, people, mixed),
            (Surface::Native, people, little),
            (Surface::Native, new_people, mixed),
            (Surface::Native, new_people, little),
            (Surface::Native, new_people, r#"{"rules":[{"column":"position","do":"hash"}]}"#),
            (Surface::Native, events, mixed),
            (Surface::Native, events, r#"{"otherwise":"drop"}"#),
            (
                Surface::V1,
                r#"{"kind":"events","format":"csv","attributes":["em","c_income","lo"],"events":{"wanted":[
                {"event_name":"buy","params":["c_amount","timestamp","pid"]},{"event_name":"sell","params":["c_amount"]}]}}"#,
                mixed,
            ),
            (
                Surface::V2,
                r#"{"kind":"profiles","format":"csv","attributes":["email","custom.income","city"]}"#,
                mixed,
            ),
            (
                Surface::V2,
                r#"{"kind":"events","format":"csv","events":{"wanted":[{"event_name":"buy","params":["custom.amount","timestamp"]}]}}"#,
                mixed,
            ),
        ];
        let told = cases.map(|(surface, request, policy)| told(surface, request, policy));
        insta::assert_snapshot!(told.join("\n\n"));
    }

    #[test]
    fn what_is_dropped_is_not_suggested() {
        let check = |surface, request: &str, policy: &str, suggested: Option<&str>| {
            let told = told(surface, request, policy);
            assert!(told.starts_with("refused: "), "{told}");
            match suggested {
                Some(name) => assert!(told.ends_with(&format!("did you mean `{name}`?")), "{told}"),
                None => assert!(!told.contains("did you mean"), "{told}"),
            }
        };
        let people = r#"{"kind":"profiles","format":"csv","attributes":["shoe_sise"]}"#;
        check(Surface::Native, people, "{}", Some("shoe_size"));
        check(Surface::Native, people, r#"{"rules":[{"column":"shoe_size","do":"drop"}]}"#, None);
        let events = r#"{"kind":"events","format":"csv","events":{"wanted":[{"event_name":"buy","params":["amuont"]}]}}"#;
        check(Surface::Native, events, "{}", Some("amount"));
        check(Surface::Native, events, r#"{"rules":[{"column":"buy.amount","do":"drop"}]}"#, None);
        let raw = r#"{"kind":"profiles","format":"csv","attributes":["c_shoe_sise"]}"#;
        check(Surface::V1, raw, r#"{"rules":[{"column":"shoe_size","do":"drop"}]}"#, None);
    }

    /// As a column of all events it is told once, as any other.
    #[test]
    fn what_the_source_called_its_user_falls_under_the_rule_for_user_id() {
        let new_events = r#"{"kind":"events","format":"csv","positions":{"from":0},"events":{"wanted":[
            {"event_name":"buy"},{"event_name":"sell"}]}}"#;
        let told = told(Surface::Native, new_events, r#"{"rules":[{"column":"user_id","do":"hash"}]}"#);
        assert!(told.contains(r#"[{"column":"source_user_id","do":"hash"}]"#), "{told}");
        assert!(told.contains("- - - - - hash | - - - - - hash"), "{told}");
        let dropped =
            self::told(Surface::Native, new_events, r#"{"rules":[{"column":"user_id","do":"drop"}]}"#);
        assert!(!dropped.contains("source_user_id identifier"), "{dropped}");
    }
}
