//! Policies as people write them, and what is wrong with one.

use crate::error::ExportError;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};
use std::collections::HashSet;
use wayfare_model::name;

/// The most rules of a policy.
const MOST_RULES: usize = 2_000;
/// The longest name of a column: an event, a dot and a parameter.
const LONGEST_COLUMN: usize = 2 * name::LONGEST + 1;
/// What comes from a mask at the most, in characters: a longer value is cut.
pub const LONGEST_MASK: usize = 64;
/// The smallest and the largest group that may be asked for.
const GROUPS: std::ops::RangeInclusive<u64> = 2..=10_000;
/// The largest multiple that numbers are brought down to.
const LARGEST_MULTIPLE: u64 = 1_000_000_000_000_000;

/// What exports of an API key show.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// By column; the first that names one counts.
    pub rules: Vec<Rule>,
    /// What becomes of columns that no rule names.
    pub otherwise: Otherwise,
    /// Of how many people rows must be at the least.
    pub minimum_group: Option<usize>,
}

/// What becomes of columns that no rule names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Otherwise {
    /// They stay as they are.
    #[default]
    Keep,
    /// They are left out.
    Drop,
}

/// What becomes of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// An attribute, identifier or column of the kind of row by its own name; `event.parameter`, or `*.parameter`.
    pub column: String,
    /// What is done to it.
    pub action: Action,
}

/// What is done to a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It stays as it is.
    Keep,
    /// It is left out.
    Drop,
    /// HMAC-SHA256 under a key of the API key.
    Hash,
    /// Stars in the place of letters and digits.
    Mask {
        /// But the last so many.
        keep_last: usize,
    },
    /// Less exact.
    Coarsen(Coarsening),
    /// Null where too few people have the value.
    Group {
        /// How many must.
        of: usize,
    },
}

/// How a value is made less exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coarsening {
    /// Days and instants: the first of their period.
    Period(Period),
    /// Postcodes: their district.
    District,
    /// Numbers: the next multiple below.
    Multiple(u64),
}

/// A period of the calendar, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// From 1 January.
    Year,
    /// From the first day of January, April, July or October.
    Quarter,
    /// From the first day of the month.
    Month,
    /// From Monday.
    Week,
    /// From midnight.
    Day,
    /// From the full hour.
    Hour,
}

impl Period {
    const ALL: [Self; 6] = [Self::Year, Self::Quarter, Self::Month, Self::Week, Self::Day, Self::Hour];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Quarter => "quarter",
            Self::Month => "month",
            Self::Week => "week",
            Self::Day => "day",
            Self::Hour => "hour",
        }
    }
}

impl Action {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Drop => "drop",
            Self::Hash => "hash",
            Self::Mask { .. } => "mask",
            Self::Coarsen(_) => "coarsen",
            Self::Group { .. } => "group",
        }
    }

    /// Reads what is done from the members of a rule behind `column`.
    pub(crate) fn read(members: Map<String, Value>) -> Result<Self, ExportError> {
        Members { path: String::new(), left: members }.action()
    }

    /// Its members as they are written, behind `column`.
    pub(crate) fn write(self, members: &mut Map<String, Value>) {
        members.insert("do".into(), self.name().into());
        let more = match self {
            Self::Keep | Self::Drop | Self::Hash | Self::Mask { keep_last: 0 } => None,
            Self::Mask { keep_last } => Some(("keep_last", json!(keep_last))),
            Self::Coarsen(Coarsening::Period(period)) => Some(("to", json!(period.name()))),
            Self::Coarsen(Coarsening::District) => Some(("to", json!("district"))),
            Self::Coarsen(Coarsening::Multiple(of)) => Some(("to", json!(of))),
            Self::Group { of } => Some(("of", json!(of))),
        };
        if let Some((member, value)) = more {
            members.insert(member.into(), value);
        }
    }
}

impl Serialize for Policy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rules = self.rules.iter().map(|Rule { column, action }| {
            let mut members = Map::from_iter([("column".to_owned(), json!(column))]);
            action.write(&mut members);
            Value::Object(members)
        });
        let mut policy = Map::new();
        policy.insert("rules".into(), rules.collect());
        policy.insert("otherwise".into(), json!(self.otherwise));
        if let Some(least) = self.minimum_group {
            policy.insert("minimum_group".into(), json!(least));
        }
        policy.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Policy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(Value::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl Policy {
    /// Reads a policy; paths of refusals start at it.
    pub fn read(policy: Value) -> Result<Self, ExportError> {
        let mut members = Members::read("", policy)?;
        let rules = match members.take("rules") {
            None => Vec::new(),
            Some(Value::Array(rules)) => rules,
            Some(_) => return refuse("rules", "must be an array of rules"),
        };
        let otherwise = match members.take("otherwise") {
            None => Otherwise::Keep,
            Some(Value::String(word)) if word == "keep" => Otherwise::Keep,
            Some(Value::String(word)) if word == "drop" => Otherwise::Drop,
            Some(_) => return refuse("otherwise", "must be keep or drop"),
        };
        let minimum_group = members.group("minimum_group")?;
        members.end(&["rules", "otherwise", "minimum_group"])?;
        if rules.len() > MOST_RULES {
            return refuse("rules", format!("may have {MOST_RULES} rules at the most"));
        }
        let mut read: Vec<Rule> = Vec::with_capacity(rules.len());
        let mut known = HashSet::new();
        for (index, rule) in rules.into_iter().enumerate() {
            let rule = Rule::read(&format!("rules[{index}]"), rule)?;
            if !known.insert(rule.column.clone()) {
                let why = format!("a rule before it is for `{}` too; keep one of them", rule.column);
                return refuse(format!("rules[{index}].column"), why);
            }
            read.push(rule);
        }
        Ok(Self { rules: read, otherwise, minimum_group })
    }

    /// The same, of a policy that stands at a place of something larger.
    pub fn read_at(path: &str, policy: Value) -> Result<Self, ExportError> {
        Self::read(policy).map_err(|error| error.within(path))
    }

    /// Whether any column is hashed, for which it takes a key.
    pub fn hashes(&self) -> bool {
        self.rules.iter().any(|rule| rule.action == Action::Hash)
    }
}

impl Rule {
    fn read(path: &str, rule: Value) -> Result<Self, ExportError> {
        let mut members = Members::read(path, rule)?;
        let column = match members.take("column") {
            Some(Value::String(column)) => column,
            Some(_) => return refuse(format!("{path}.column"), "must be text"),
            None => {
                let why = "is needed: an attribute or identifier, `event.parameter` or `*.parameter`";
                return refuse(format!("{path}.column"), why);
            }
        };
        if let Some(fault) = column_fault(&column) {
            return refuse(format!("{path}.column"), fault);
        }
        Ok(Self { column, action: members.action()? })
    }
}

const DEEDS: &str = "must be keep, drop, hash, mask, coarsen or group";

/// Why a column cannot be named so, where it cannot.
fn column_fault(column: &str) -> Option<&'static str> {
    if column.is_empty() {
        return Some("is empty");
    }
    if column.len() > LONGEST_COLUMN {
        return Some("is longer than an event and a parameter can be");
    }
    let rest = column.strip_prefix("*.").unwrap_or(column);
    // Somebody who writes a star elsewhere means many columns, and would get none.
    if rest.is_empty() || rest == "*" || rest.starts_with("*.") || rest.ends_with(".*") {
        return Some(
            "names no column: a star stands for the event alone, as in `*.ip`; for all that no rule names there is `otherwise`",
        );
    }
    name::fault(rest).filter(|_| rest.len() <= name::LONGEST)
}

fn refuse<T>(path: impl Into<String>, why: impl Into<String>) -> Result<T, ExportError> {
    Err(ExportError::refused(path, why))
}

/// The members of an object that are not read yet.
struct Members {
    path: String,
    left: Map<String, Value>,
}

impl Members {
    fn read(path: &str, value: Value) -> Result<Self, ExportError> {
        match value {
            Value::Object(left) => Ok(Self { path: path.to_owned(), left }),
            _ => refuse(path, "must be an object"),
        }
    }

    fn at(&self, member: &str) -> String {
        if self.path.is_empty() { member.to_owned() } else { format!("{}.{member}", self.path) }
    }

    /// A member; what is null counts as missing.
    fn take(&mut self, member: &str) -> Option<Value> {
        self.left.remove(member).filter(|value| !value.is_null())
    }

    fn end(self, known: &[&str]) -> Result<(), ExportError> {
        match self.left.iter().find(|(_, value)| !value.is_null()) {
            None => Ok(()),
            Some((member, _)) => {
                let why = format!("is no member here; there are {}", known.join(", "));
                refuse(self.at(member), why)
            }
        }
    }

    /// What is done, which is all that is left.
    fn action(mut self) -> Result<Action, ExportError> {
        let word = match self.take("do") {
            Some(Value::String(word)) => word,
            _ => return refuse(self.at("do"), DEEDS),
        };
        let (action, more) = match word.as_str() {
            "keep" => (Action::Keep, None),
            "drop" => (Action::Drop, None),
            "hash" => (Action::Hash, None),
            "mask" => (Action::Mask { keep_last: self.keep_last()? }, Some("keep_last")),
            "coarsen" => (Action::Coarsen(self.coarsening()?), Some("to")),
            "group" => match self.group("of")? {
                Some(of) => (Action::Group { of }, Some("of")),
                None => return refuse(self.at("of"), "is needed: of how many people"),
            },
            _ => return refuse(self.at("do"), DEEDS),
        };
        let known: Vec<&str> = ["column", "do"].into_iter().chain(more).collect();
        self.end(&known)?;
        Ok(action)
    }

    fn group(&mut self, member: &str) -> Result<Option<usize>, ExportError> {
        let Some(value) = self.take(member) else { return Ok(None) };
        match value.as_u64().filter(|of| GROUPS.contains(of)) {
            Some(of) => Ok(Some(of as usize)),
            None => {
                let why = format!("must be a whole number from {} to {}", GROUPS.start(), GROUPS.end());
                refuse(self.at(member), why)
            }
        }
    }

    fn keep_last(&mut self) -> Result<usize, ExportError> {
        let Some(value) = self.take("keep_last") else { return Ok(0) };
        match value.as_u64().filter(|last| *last < LONGEST_MASK as u64) {
            Some(last) => Ok(last as usize),
            None => {
                let why = format!("must be a whole number below {LONGEST_MASK}");
                refuse(self.at("keep_last"), why)
            }
        }
    }

    fn coarsening(&mut self) -> Result<Coarsening, ExportError> {
        let value = self.take("to");
        if let Some(Value::String(word)) = &value {
            if word == "district" {
                return Ok(Coarsening::District);
            }
            if let Some(period) = Period::ALL.into_iter().find(|period| period.name() == word) {
                return Ok(Coarsening::Period(period));
            }
        }
        let multiple = value.as_ref().and_then(Value::as_u64);
        match multiple.filter(|of| (1..=LARGEST_MULTIPLE).contains(of)) {
            Some(of) => Ok(Coarsening::Multiple(of)),
            None => {
                let periods = Period::ALL.map(Period::name).join(", ");
                let why = format!("must be one of {periods}, district, or a whole number from 1 on");
                refuse(self.at("to"), why)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(json: &str) -> String {
        match Policy::read(serde_json::from_str(json).unwrap()) {
            Ok(policy) => serde_json::to_string(&policy).unwrap(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn what_is_taken_and_what_is_refused() {
        let cases = [
            "{}",
            r#"{"rules":[],"otherwise":"drop","minimum_group":20}"#,
            r#"{"rules":[{"column":"email","do":"hash"},{"column":"phone","do":"mask","keep_last":2},
                {"column":"birthday","do":"coarsen","to":"month"},{"column":"postcode","do":"coarsen","to":"district"},
                {"column":"age","do":"coarsen","to":10},{"column":"purchase.amount","do":"drop"},
                {"column":"*.ip","do":"drop"},{"column":"city","do":"group","of":20},{"column":"user_id","do":"keep"}]}"#,
            r#"{"rules":[{"column":"phone","do":"mask","keep_last":null}],"otherwise":null}"#,
            "[]",
            r#"{"rule":[]}"#,
            r#"{"rules":{}}"#,
            r#"{"rules":["email"]}"#,
            r#"{"rules":[{"do":"drop"}]}"#,
            r#"{"rules":[{"column":7,"do":"drop"}]}"#,
            r#"{"rules":[{"column":"","do":"drop"}]}"#,
            r#"{"rules":[{"column":"*","do":"drop"}]}"#,
            r#"{"rules":[{"column":"*.","do":"drop"}]}"#,
            r#"{"rules":[{"column":"purchase.*","do":"drop"}]}"#,
            r#"{"rules":[{"column":" email","do":"drop"}]}"#,
            r#"{"rules":[{"column":"email"}]}"#,
            r#"{"rules":[{"column":"email","do":"encrypt"}]}"#,
            r#"{"rules":[{"column":"email","do":"hash","keep_last":2}]}"#,
            r#"{"rules":[{"column":"phone","do":"mask","keep_last":-1}]}"#,
            r#"{"rules":[{"column":"phone","do":"mask","keep_last":64}]}"#,
            r#"{"rules":[{"column":"birthday","do":"coarsen"}]}"#,
            r#"{"rules":[{"column":"birthday","do":"coarsen","to":"minute"}]}"#,
            r#"{"rules":[{"column":"age","do":"coarsen","to":0}]}"#,
            r#"{"rules":[{"column":"age","do":"coarsen","to":2.5}]}"#,
            r#"{"rules":[{"column":"city","do":"group"}]}"#,
            r#"{"rules":[{"column":"city","do":"group","of":1}]}"#,
            r#"{"rules":[{"column":"email","do":"hash"},{"column":"email","do":"drop"}]}"#,
            r#"{"otherwise":"hash"}"#,
            r#"{"minimum_group":0}"#,
            r#"{"minimum_group":"20"}"#,
        ];
        insta::assert_snapshot!(cases.map(|case| format!("{case}\n  {}", told(case))).join("\n"));
        let many: Vec<_> = (0..2_001).map(|i| json!({"column": format!("a{i}"), "do": "drop"})).collect();
        assert!(told(&json!({ "rules": many }).to_string()).starts_with("rules: may have 2000"));
    }

    #[test]
    fn what_is_written_reads_back() {
        let policy = r#"{"rules":[{"column":"a","do":"coarsen","to":"week"},{"column":"b","do":"mask","keep_last":3}],"otherwise":"drop"}"#;
        assert_eq!(told(policy), policy);
        let read: Policy = serde_json::from_str(policy).unwrap();
        assert_eq!(serde_json::from_str::<Policy>(&serde_json::to_string(&read).unwrap()).unwrap(), read);
    }
}
