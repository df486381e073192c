//! Rules as they are written and kept: one flat object, of which each kind of rule has its own members.

use super::rule::{MonthDay, Rule};
use crate::error::ExportError;
use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use serde::de::{Deserializer, Error, Unexpected, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt;
use wayfare_model::problem::{Refusal, nearest_name};

/// Steps within the hour: below five minutes exports would do nothing but begin, and others drift through the hour.
const STEPS: [u8; 7] = [5, 6, 10, 12, 15, 20, 30];
const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

/// A rule as it is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleForm {
    /// `minutes`, `hour`, `day`, `week` or `month`.
    pub every: String,
    /// For `minutes`: how many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u8>,
    /// For `hour`: how many minutes past the full hour of UTC; 0 where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minute: Option<u8>,
    /// For `day`, `week` and `month`: the local time, `HH:MM`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// For `week`: the days, `monday` to `sunday`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weekdays: Option<Vec<String>>,
    /// For `month`: 1 to 31, or `last`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<DayForm>,
}

/// A day of the month as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum DayForm {
    /// 1 to 31.
    Number(i64),
    /// `last`.
    Word(String),
}

/// By hand, so that what is neither is refused with what is expected.
impl<'de> Deserialize<'de> for DayForm {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Day;
        impl Visitor<'_> for Day {
            type Value = DayForm;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a day from 1 to 31, or `last`")
            }

            fn visit_i64<E: Error>(self, day: i64) -> Result<DayForm, E> {
                Ok(DayForm::Number(day))
            }

            fn visit_u64<E: Error>(self, day: u64) -> Result<DayForm, E> {
                let fits = i64::try_from(day).map(DayForm::Number);
                fits.map_err(|_| E::invalid_value(Unexpected::Unsigned(day), &self))
            }

            fn visit_str<E: Error>(self, word: &str) -> Result<DayForm, E> {
                Ok(DayForm::Word(word.to_owned()))
            }
        }
        deserializer.deserialize_any(Day)
    }
}

impl RuleForm {
    /// The rule that is meant. Refusals name the member below `path`.
    pub fn read(&self, path: &str) -> Result<Rule, ExportError> {
        let refuse =
            |member: &str, message: String| Err(ExportError::refused(format!("{path}.{member}"), message));
        let has = [
            ("minutes", self.minutes.is_some()),
            ("minute", self.minute.is_some()),
            ("at", self.at.is_some()),
            ("weekdays", self.weekdays.is_some()),
            ("day", self.day.is_some()),
        ];
        let taken: &[&str] = match self.every.as_str() {
            "minutes" => &["minutes"],
            "hour" => &["minute"],
            "day" => &["at"],
            "week" => &["weekdays", "at"],
            "month" => &["day", "at"],
            _ => return refuse("every", "must be minutes, hour, day, week or month".into()),
        };
        if let Some((stray, _)) = has.iter().find(|(member, is_there)| *is_there && !taken.contains(member)) {
            let message =
                format!("does not go with every `{}`, which takes {}", self.every, taken.join(" and "));
            return refuse(stray, message);
        }
        Ok(match self.every.as_str() {
            "minutes" => match self.minutes {
                Some(minutes) if STEPS.contains(&minutes) => Rule::Minutes(minutes),
                _ => {
                    return refuse(
                        "minutes",
                        format!("must be one of {}", STEPS.map(|step| step.to_string()).join(", ")),
                    );
                }
            },
            "hour" => match self.minute.unwrap_or(0) {
                minute @ 0..=59 => Rule::Hour { minute },
                _ => return refuse("minute", "must lie between 0 and 59".into()),
            },
            "day" => Rule::Day { at: self.time(path)? },
            "week" => Rule::Week { weekdays: self.days_of_the_week(path)?, at: self.time(path)? },
            _ => {
                let day = match &self.day {
                    Some(DayForm::Number(day @ 1..=31)) => MonthDay::Day(*day as i8),
                    Some(DayForm::Word(word)) if word == "last" => MonthDay::Last,
                    _ => return refuse("day", "must be a day from 1 to 31, or `last`".into()),
                };
                Rule::Month { day, at: self.time(path)? }
            }
        })
    }

    fn time(&self, path: &str) -> Result<Time, ExportError> {
        let written = self.at.as_deref().unwrap_or_default();
        let number =
            |text: &str| text.parse::<i8>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
        let time = match written.split_once(':') {
            Some((hour, minute)) if hour.len() == 2 && minute.len() == 2 => {
                number(hour).zip(number(minute)).and_then(|(hour, minute)| Time::new(hour, minute, 0, 0).ok())
            }
            _ => None,
        };
        time.ok_or_else(|| ExportError::refused(format!("{path}.at"), "must be a local time such as 06:00"))
    }

    fn days_of_the_week(&self, path: &str) -> Result<Vec<Weekday>, ExportError> {
        let written = self.weekdays.as_deref().unwrap_or_default();
        if written.is_empty() {
            return Err(ExportError::refused(
                format!("{path}.weekdays"),
                "names no day: list monday to sunday",
            ));
        }
        let mut days = Vec::new();
        for (place, name) in written.iter().enumerate() {
            let known = WEEKDAYS.iter().find(|(known, _)| known == name).map(|(_, day)| *day);
            let day = known.ok_or_else(|| {
                let nearest = nearest_name(name, WEEKDAYS.iter().map(|(known, _)| *known));
                let place = format!("{path}.weekdays[{place}]");
                Refusal::new(place, format!("{name:?} is no day of the week: write monday to sunday"))
                    .nearest(nearest)
            })?;
            if !days.contains(&day) {
                days.push(day);
            }
        }
        days.sort_by_key(|day| day.to_monday_one_offset());
        Ok(days)
    }
}

/// The time zone of a name of the IANA database. Refusals name `path`.
pub fn zone(name: &str, path: &str) -> Result<TimeZone, ExportError> {
    TimeZone::get(name).map_err(|_| {
        let message =
            format!("{name:?} is no time zone of the IANA database; write one such as Europe/Istanbul");
        let known: Vec<String> = jiff::tz::db().available().map(|zone| zone.to_string()).collect();
        let nearest = nearest_name(name, known.iter().map(String::as_str));
        ExportError::Refused(Refusal::new(path, message).nearest(nearest))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_and_what_is_refused() {
        let check = |json: &str| match serde_json::from_str::<RuleForm>(json) {
            Err(error) => format!("unreadable: {error}"),
            Ok(form) => match form.read("rule") {
                Ok(rule) => format!("{rule:?}"),
                Err(error) => error.to_string(),
            },
        };
        let told = [
            r#"{"every":"minutes","minutes":15}"#,
            r#"{"every":"minutes","minutes":7}"#,
            r#"{"every":"minutes"}"#,
            r#"{"every":"hour"}"#,
            r#"{"every":"hour","minute":45}"#,
            r#"{"every":"hour","minute":60}"#,
            r#"{"every":"hour","at":"06:00"}"#,
            r#"{"every":"day","at":"06:00"}"#,
            r#"{"every":"day","at":"6:00"}"#,
            r#"{"every":"day","at":"24:00"}"#,
            r#"{"every":"day","at":"-1:00"}"#,
            r#"{"every":"day"}"#,
            r#"{"every":"day","at":"06:00","day":1}"#,
            r#"{"every":"week","weekdays":["friday","monday","friday"],"at":"23:59"}"#,
            r#"{"every":"week","weekdays":[],"at":"06:00"}"#,
            r#"{"every":"week","weekdays":["monday","tusday"],"at":"06:00"}"#,
            r#"{"every":"month","day":31,"at":"00:00"}"#,
            r#"{"every":"month","day":"last","at":"00:00"}"#,
            r#"{"every":"month","day":0,"at":"00:00"}"#,
            r#"{"every":"month","day":"first","at":"00:00"}"#,
            r#"{"every":"month","at":"00:00"}"#,
            r#"{"every":"year","at":"00:00"}"#,
            r#"{"every":"day","at":"06:00","timezone":"UTC"}"#,
        ]
        .map(|json| format!("{json}\n  {}", check(json)));
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn zones() {
        assert!(zone("Europe/Istanbul", "time_zone").is_ok());
        let error = zone("Europe/Istambul", "time_zone").unwrap_err().to_string();
        assert!(
            error.starts_with("time_zone: ") && error.ends_with("did you mean `Europe/Istanbul`?"),
            "{error}"
        );
        let error = zone("", "time_zone").unwrap_err().to_string();
        assert!(error.ends_with("write one such as Europe/Istanbul"), "{error}");
    }

    #[test]
    fn what_is_no_day_is_refused_with_what_is_expected() {
        let read = |json: &str| serde_json::from_str::<RuleForm>(json);
        for bad in ["1e300", "1.5", "true", "[1]", "18446744073709551615", "{}"] {
            let told = read(&format!(r#"{{"every":"month","day":{bad}}}"#)).unwrap_err().to_string();
            assert!(told.contains("expected a day from 1 to 31, or `last`"), "{told}");
        }
        for (good, day) in [("31", DayForm::Number(31)), (r#""last""#, DayForm::Word("last".into()))] {
            let json = format!(r#"{{"every":"month","day":{good}}}"#);
            let form = read(&json).unwrap();
            assert_eq!(form.day, Some(day));
            assert_eq!(serde_json::to_string(&form).unwrap(), json);
        }
    }
}
