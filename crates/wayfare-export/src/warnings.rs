//! What somebody should know before an export runs: where a filter and a range would lose people without a word, and
//! columns that hold nothing.
//!
//! The decisions are pure: a request, the dictionary, what the definition refers to and the moment. Only whether an
//! attribute is empty is asked of the data.

use crate::activity::{Outside, outside};
use crate::error::ExportError;
use crate::plan::Plan;
use crate::policy::Action;
use crate::prepare::apart;
use crate::progress::Control;
use crate::request::ExportRequest;
use crate::source::{Lake, Stretch};
use arrow::array::Array;
use std::collections::BTreeSet;
use std::fmt;
use wayfare_model::dictionary::{Dictionary, IDENTIFIERS};
use wayfare_model::journey;
use wayfare_model::time::Instant;
use wayfare_segment::columns::{Columns, Needs};
use wayfare_segment::definition::Definition;
use wayfare_segment::library::Library;
use wayfare_segment::moment::Moment;

/// The most attributes that are looked at for being empty: more than anybody would have forgotten.
const MOST_ATTRIBUTES: usize = 64;

/// One thing to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// The range holds no instant.
    EmptyRange {
        /// Its start.
        start: Instant,
        /// Its end.
        end: Instant,
    },
    /// The range starts after the moment of the export, or at it.
    FutureRange {
        /// Its start.
        start: Instant,
        /// The moment.
        as_of: Instant,
    },
    /// The range ends after the moment of the export.
    PartlyFutureRange {
        /// Its end.
        end: Instant,
        /// The moment.
        as_of: Instant,
    },
    /// The filter finds people by activity outside of the range: they are meant, and have no row.
    WiderWindow {
        /// What it looks for, and when.
        activity: Outside,
        /// The first instant of the range, where it has one.
        start: Option<Instant>,
        /// The end of the range, where it has one.
        end: Option<Instant>,
    },
    /// The filter looks for an event after the moment of the export alone, where nothing is seen.
    FutureFilter {
        /// The event.
        event: String,
        /// The moment.
        as_of: Instant,
    },
    /// No such event was ever seen.
    EventNeverSeen {
        /// The event, as it was spelled.
        event: String,
    },
    /// No such event ever had a value for a parameter.
    ParameterNeverSeen {
        /// The event, as it was spelled.
        event: String,
        /// The parameter, as it was spelled.
        parameter: String,
    },
    /// Nobody has a value for an attribute.
    EmptyAttribute {
        /// The attribute.
        attribute: String,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyRange { start, end } => {
                write!(f, "the range is empty: it starts at {start} and ends before {end}")
            }
            Self::FutureRange { start, as_of } => write!(
                f,
                "the range lies in the future: it starts at {start}, and this export is as of {as_of}"
            ),
            Self::PartlyFutureRange { end, as_of } => write!(
                f,
                "the range ends in the future, before {end}: this export is as of {as_of}, and what comes later is not in it"
            ),
            Self::WiderWindow { activity, start, end } => {
                write!(f, "the filter looks for {activity}, and the events are those ")?;
                match (start, end) {
                    (Some(start), Some(end)) => write!(f, "from {start} until before {end}")?,
                    (Some(start), None) => write!(f, "from {start} on")?,
                    (None, Some(end)) => write!(f, "before {end}")?,
                    (None, None) => f.write_str("of all time")?,
                }
                f.write_str(": whoever was active outside of that alone is meant, but has no row")
            }
            Self::FutureFilter { event, as_of } => write!(
                f,
                "the filter looks for `{event}` in the future alone: this export is as of {as_of}, and nothing later is seen"
            ),
            Self::EventNeverSeen { event } => write!(f, "no event `{event}` was ever seen"),
            Self::ParameterNeverSeen { event, parameter } => {
                write!(f, "no event `{event}` ever had a value for `{parameter}`")
            }
            Self::EmptyAttribute { attribute } => write!(f, "nobody has a value for `{attribute}`"),
        }
    }
}

/// What is known without looking at profiles or events.
pub fn known_before(
    request: &ExportRequest,
    dictionary: &Dictionary,
    meant: Option<&(Definition, Library)>,
    moment: &Moment,
) -> Vec<Warning> {
    let as_of = moment.as_of;
    let mut warnings = Vec::new();
    let mut unseen = BTreeSet::new();
    if let Some(journeys) = &request.journeys {
        let (start, end) = (journeys.start_date.map(|bound| bound.0), journeys.end_date.map(|bound| bound.0));
        warnings.extend(range(start, end, as_of));
    }
    if let Some(events) = &request.events {
        let (start, end) = (events.start_date.map(|bound| bound.0), events.end_date.map(|bound| bound.0));
        warnings.extend(range(start, end, as_of));
        for wanted in &events.wanted {
            let name = journey::canonical_event(&wanted.event_name);
            let Some(event) = dictionary.event(name) else { continue };
            if event.count == 0 {
                unseen.insert(name.to_owned());
                warnings.push(Warning::EventNeverSeen { event: wanted.event_name.clone() });
                continue;
            }
            for spelled in &wanted.params {
                // Of what is not shown, not even this is told.
                let canonical = journey::canonical_parameter(name, spelled);
                let policy = request.policy.as_ref().map(|applied| &applied.policy);
                if policy.is_some_and(|policy| policy.of_parameter(name, canonical) == Action::Drop) {
                    continue;
                }
                let parameter = event.parameters.get(canonical);
                if parameter.is_some_and(|parameter| parameter.counts.values() == 0) {
                    let (event, parameter) = (wanted.event_name.clone(), spelled.clone());
                    warnings.push(Warning::ParameterNeverSeen { event, parameter });
                }
            }
        }
        let wanted: Vec<_> =
            events.wanted.iter().map(|wanted| journey::canonical_event(&wanted.event_name)).collect();
        let is_empty = matches!((start, end), (Some(start), Some(end)) if start >= end);
        if let Some((definition, library)) = meant.filter(|_| !is_empty) {
            let range = start.map_or(i64::MIN, Instant::micros)..end.map_or(i64::MAX, Instant::micros);
            let wider = outside(definition, library, moment, &range, &wanted);
            warnings.extend(wider.into_iter().map(|activity| Warning::WiderWindow { activity, start, end }));
        }
    }
    if let Some((definition, library)) = meant {
        let named = crate::activity::named(definition, library, moment);
        for (event, only_later) in named {
            if dictionary.event(&event).is_some_and(|known| known.count == 0) {
                if unseen.insert(event.clone()) {
                    warnings.push(Warning::EventNeverSeen { event });
                }
            } else if only_later {
                warnings.push(Warning::FutureFilter { event, as_of });
            }
        }
    }
    warnings
}

fn range(start: Option<Instant>, end: Option<Instant>, as_of: Instant) -> Option<Warning> {
    match (start, end) {
        (Some(start), Some(end)) if start >= end => Some(Warning::EmptyRange { start, end }),
        (Some(start), _) if start >= as_of => Some(Warning::FutureRange { start, as_of }),
        (_, Some(end)) if end > as_of => Some(Warning::PartlyFutureRange { end, as_of }),
        _ => None,
    }
}

/// Attributes of the plan for which nobody has a value.
pub async fn empty_attributes<L: Lake>(lake: &L, plan: &Plan) -> Result<Vec<Warning>, ExportError> {
    let attributes = plan.read_attributes();
    // Each profile has its own id: there is no column of them.
    let present: BTreeSet<String> =
        attributes.iter().filter(|name| *name != IDENTIFIERS[0]).take(MOST_ATTRIBUTES).cloned().collect();
    if present.is_empty() {
        return Ok(Vec::new());
    }
    let columns = lake.columns(&Needs { present: present.clone(), ..Needs::default() }).await?;
    let live = columns.live();
    if live.is_empty() {
        return Ok(Vec::new());
    }
    let is_empty = |name: &String| {
        let column = columns.present(name);
        column.is_none_or(|column| live.iter().all(|ordinal| column.codes.get(ordinal as usize) == 0))
    };
    let empty = present.into_iter().filter(is_empty);
    Ok(empty.map(|attribute| Warning::EmptyAttribute { attribute }).collect())
}

/// The same of a state that lies in the lake as a whole: looked for until each attribute was seen, which is in the first
/// rows as a rule, and so without holding a column of them.
pub async fn empty_in_lake<L: Lake>(
    lake: &L,
    plan: &Plan,
    control: &Control,
) -> Result<Vec<Warning>, ExportError> {
    let named = plan.read_attributes().iter().filter(|name| *name != IDENTIFIERS[0]);
    let mut unseen: Vec<String> = named.take(MOST_ATTRIBUTES).cloned().collect();
    if unseen.is_empty() {
        return Ok(Vec::new());
    }
    // Where a profile has several states, only the columns say what it has now.
    let profiles = lake.columns(&Needs::default()).await?.live().len();
    let states: Option<u64> =
        lake.profile_stretches(&[], None).await?.iter().map(|stretch| stretch.rows()).sum();
    if states != Some(profiles) {
        return empty_attributes(lake, plan).await;
    }
    // A look at the first stretch tells of most; what is left is looked for in all of them.
    for most in [1, usize::MAX] {
        if unseen.is_empty() {
            break;
        }
        let stretches = lake.profile_stretches(&unseen, None).await?;
        if stretches.is_empty() {
            return Ok(Vec::new());
        }
        let control = control.clone();
        unseen = apart(move || still_unseen(&stretches, unseen, most, &control)).await?;
    }
    unseen.sort_unstable();
    Ok(unseen.into_iter().map(|attribute| Warning::EmptyAttribute { attribute }).collect())
}

/// Which attributes have no value in the first so many stretches.
fn still_unseen(
    stretches: &[Box<dyn Stretch>],
    names: Vec<String>,
    most: usize,
    control: &Control,
) -> Result<Vec<String>, ExportError> {
    // The profile's id stands before the attributes.
    let mut unseen: Vec<usize> = (1..=names.len()).collect();
    for stretch in stretches.iter().take(most) {
        let left = |unseen: &[usize]| unseen.iter().any(|column| !stretch.is_null(*column));
        if !left(&unseen) {
            continue;
        }
        for batch in stretch.read()? {
            control.check()?;
            let batch = batch?;
            unseen.retain(|column| batch.column(*column).null_count() == batch.num_rows());
            if !left(&unseen) {
                break;
            }
        }
    }
    Ok(unseen.into_iter().filter_map(|column| names.get(column - 1).cloned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use wayfare_model::value::{Fits, Source, SourceValue};

    const AS_OF: &str = "2026-09-02T07:00:00Z";

    fn dictionary() -> Dictionary {
        let mut dictionary = Dictionary::default();
        for name in ["purchase", "visit"] {
            let id = dictionary.intern_event(name).unwrap();
            let event = dictionary.event_mut(id).unwrap();
            event.count = 9;
            for parameter in ["amount", "coupon"] {
                event.parameters.intern(parameter).unwrap();
            }
            event.parameters.get_mut(0).unwrap().counts.add(Fits::of(&SourceValue::new(Source::Number, "1")));
        }
        dictionary
    }

    /// The warnings of an export of purchases in a range, of whom the definition means.
    fn told(range: &str, definition: &str) -> Vec<String> {
        let request: ExportRequest = serde_json::from_str(&format!(
            r#"{{"kind":"events","format":"csv","events":{{"wanted":[{{"event_name":"purchase","params":["amount"]}}]{range}}}}}"#
        ))
        .unwrap();
        let meant = (Definition::parse(definition).unwrap(), Library::default());
        let moment = Moment::utc(Instant::parse(AS_OF).unwrap());
        let warnings = known_before(&request, &dictionary(), Some(&meant), &moment);
        warnings.iter().map(ToString::to_string).collect()
    }

    const AUGUST: &str = r#","start_date":"2026-08-01T00:00:00Z","end_date":"2026-09-01T00:00:00Z""#;

    #[test]
    fn ranges() {
        let check = |range: &str, expected: Option<&str>| {
            let told = told(range, r#"{"all":[]}"#);
            assert_eq!(told.len(), usize::from(expected.is_some()), "{told:?}");
            assert!(expected.is_none_or(|expected| told[0].starts_with(expected)), "{told:?}");
        };
        check("", None);
        check(AUGUST, None);
        check(r#","end_date":"2026-09-02T07:00:00Z""#, None);
        check(
            r#","end_date":"2026-09-02T07:00:01Z""#,
            Some("the range ends in the future, before 2026-09-02T07:00:01Z"),
        );
        check(r#","start_date":"2026-09-02T07:00:00Z""#, Some("the range lies in the future"));
        check(
            r#","start_date":"2026-08-01T00:00:00Z","end_date":"2026-08-01T00:00:00Z""#,
            Some("the range is empty"),
        );
    }

    #[test]
    fn windows_wider_than_the_range() {
        let check = |definition: &str, expected: &[&str]| {
            let told = told(AUGUST, definition);
            assert_eq!(told.len(), expected.len(), "{definition}: {told:?}");
            for (told, expected) in told.iter().zip(expected) {
                assert!(told.starts_with(&format!("the filter looks for {expected}, and")), "{told}");
                assert!(told.ends_with("is meant, but has no row"), "{told}");
            }
        };
        const EVER: &str = "`visit` at any time before 2026-09-02T07:00:00Z";
        let within = r#""time_range":{"operator":"between","from":"2026-08-05T00:00:00Z","to":"2026-09-01T00:00:00Z"}"#;
        let visit = r#"{"event":"visit"}"#;
        check(visit, &[EVER]);
        check(
            r#"{"event":"visit","time_range":{"operator":"in_last","value":90,"unit":"day"}}"#,
            &["`visit` from 2026-06-04T07:00:00Z until before 2026-09-02T07:00:00Z"],
        );
        check(&format!(r#"{{"event":"visit",{within}}}"#), &[]);
        check(r#"{"attribute":"country","operator":"equals","value":"TR"}"#, &[]);
        // Who did not do it, or need not have, is found by no activity.
        check(&format!(r#"{{"not":{visit}}}"#), &[]);
        check(r#"{"event":"visit","times":{"operator":"at_most","value":3}}"#, &[]);
        check(r#"{"event":"visit","times":{"operator":"exactly","value":0}}"#, &[]);
        check(r#"{"not":{"event":"visit","times":{"operator":"at_most","value":3}}}"#, &[EVER]);
        check(
            r#"{"event":"visit","times":{"operator":"at_most","value":3},"aggregate":{"function":"sum","parameter":"amount","operator":"at_least","value":1}}"#,
            &[EVER],
        );
        // Whoever must also have bought within the range has a row.
        let bought = format!(r#"{{"event":"purchase",{within}}}"#);
        check(&format!(r#"{{"all":[{visit},{bought}]}}"#), &[]);
        check(&format!(r#"{{"any":[{visit},{bought}]}}"#), &[EVER]);
        check(&format!(r#"{{"not":{{"any":[{{"not":{visit}}},{{"not":{bought}}}]}}}}"#), &[]);
        check(
            r#"{"sequence":[{"event":"visit"},{"event":"purchase"}]}"#,
            &[EVER, "`purchase` at any time before"].map(|told| {
                told.strip_suffix(" before")
                    .map_or(told, |_| "`purchase` at any time before 2026-09-02T07:00:00Z")
            }),
        );
        check(r#"{"all":[{"event":"visit"},{"event":"visit"}]}"#, &[EVER]);
    }

    #[test]
    fn a_definition_by_reference() {
        let request: ExportRequest = serde_json::from_str(&format!(
            r#"{{"kind":"events","format":"csv","events":{{"wanted":[{{"event_name":"purchase"}}]{AUGUST}}}}}"#
        ))
        .unwrap();
        let visited = std::sync::Arc::new(Definition::parse(r#"{"event":"visit"}"#).unwrap());
        let library = Library { segments: [("seg_1".to_owned(), visited)].into(), ..Library::default() };
        let meant = (Definition::parse(r#"{"segment":"seg_1"}"#).unwrap(), library);
        let moment = Moment::utc(Instant::parse(AS_OF).unwrap());
        let warnings = known_before(&request, &dictionary(), Some(&meant), &moment);
        assert!(matches!(warnings.as_slice(), [Warning::WiderWindow { .. }]), "{warnings:?}");
    }

    #[test]
    fn what_was_never_seen_or_lies_in_the_future() {
        let told = |body: &str, definition: &str| {
            let request: ExportRequest = serde_json::from_str(body).unwrap();
            let meant = (Definition::parse(definition).unwrap(), Library::default());
            let moment = Moment::utc(Instant::parse(AS_OF).unwrap());
            known_before(&request, &dictionary(), Some(&meant), &moment)
        };
        let entered = r#"{"kind":"events","format":"csv","events":{"wanted":[{"event_name":"journey_entered","params":["name"]}]}}"#;
        let never = |event: &str| Warning::EventNeverSeen { event: event.into() };
        assert_eq!(told(entered, r#"{"event":"journey_enter"}"#), [never("journey_entered")]);
        let coupons = r#"{"kind":"events","format":"csv","events":{"wanted":[{"event_name":"purchase","params":["coupon"]}]}}"#;
        let expected = Warning::ParameterNeverSeen { event: "purchase".into(), parameter: "coupon".into() };
        assert_eq!(told(coupons, r#"{"all":[]}"#), [expected]);
        let people = r#"{"kind":"profiles","format":"csv"}"#;
        assert_eq!(told(people, r#"{"not":{"event":"journey_exit"}}"#), [never("journey_exit")]);
        assert_eq!(told(people, r#"{"event":"visit"}"#), []);
        let later = r#"{"event":"visit","time_range":{"operator":"after","value":"2026-09-02T07:00:00Z"}}"#;
        assert!(matches!(told(people, later).as_slice(), [Warning::FutureFilter { .. }]));
    }
}
