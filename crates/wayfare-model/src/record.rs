//! Records as they come in: profiles and events, read from one JSON object each.
//!
//! Reading is lenient where nothing is lost: a value that cannot be kept is set aside with a reason while the rest
//! of its record goes on; a record that makes no sense without what is wrong is rejected with a reason.
//! Wire form: `interface.md`, "Records in".

use crate::journey;
use crate::name;
use crate::time::Instant;
use crate::value::{self, JsonScalar, NOT_UNICODE, Source, SourceValue};
use serde::Deserialize;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

/// What leads to a profile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// Wins over the others where it is given.
    pub user_id: Option<Box<str>>,
    /// As given; compared without regard to case and outer space.
    pub email: Option<Box<str>>,
    /// As given.
    pub phone_number: Option<Box<str>>,
    /// Identifiers of the customer's own kinds: kind and value.
    pub custom: Vec<(Box<str>, Box<str>)>,
}

impl Identity {
    /// Whether nothing is given.
    pub fn is_empty(&self) -> bool {
        self.user_id.is_none()
            && self.email.is_none()
            && self.phone_number.is_none()
            && self.custom.is_empty()
    }

    /// The form in which an e-mail address is compared.
    pub fn email_key(email: &str) -> String {
        email.trim().to_lowercase()
    }
}

/// A profile as it comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomingProfile {
    /// Whose profile it is.
    pub identity: Identity,
    /// Attributes to set; `None` unsets.
    pub attributes: Vec<(Box<str>, Option<SourceValue>)>,
}

/// An event as it comes in; names are canonical.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncomingEvent {
    /// Counts once, whenever it is repeated.
    pub event_id: Box<str>,
    /// Whose event it is.
    pub identity: Identity,
    /// The event's name.
    pub event: Box<str>,
    /// When it happened.
    pub timestamp: Instant,
    /// Its parameters; missing ones are absent.
    pub params: Vec<(Box<str>, SourceValue)>,
}

/// A record as it comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// A profile.
    Profile(IncomingProfile),
    /// An event.
    Event(IncomingEvent),
}

/// Why a record was not kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Rejection(pub String);

/// A value that was not kept while the rest of its record was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// Where in the record: `params.basket`.
    pub path: String,
    /// Why, in words.
    pub reason: String,
}

impl SetAside {
    /// A value set aside.
    pub fn new(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { path: path.into(), reason: reason.into() }
    }
}

impl fmt::Display for SetAside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.reason)
    }
}

/// A record that was read, with the values that could not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read<T> {
    /// What was read.
    pub record: T,
    /// What was set aside.
    pub set_aside: Vec<SetAside>,
}

/// The fields of one JSON object, in order, values unread.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::with_capacity(map.size_hint().unwrap_or(8));
                while let Some(name) = map.next_key::<Name<'de>>()? {
                    members.push((name.0, map.next_value::<&RawValue>()?));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// A key, borrowed where it has no escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

fn members<'a>(json: &'a str, what: &str) -> Result<Vec<(Cow<'a, str>, &'a RawValue)>, Rejection> {
    serde_json::from_str::<Members>(json)
        .map(|members| members.0)
        .map_err(|error| Rejection(format!("{what}: {}", without_place(&error.to_string()))))
}

/// An error of JSON without its line, which counts from where the value starts and not from where its file does.
fn without_place(error: &str) -> &str {
    error.rsplit_once(" at line ").map_or(error, |(what, _)| what)
}

fn string_member(path: &str, raw: &RawValue) -> Result<Option<Box<str>>, Rejection> {
    match value::scalar_from_json(raw.get()) {
        JsonScalar::Null => Ok(None),
        JsonScalar::Value(SourceValue { source: Source::String, text }) => Ok(Some(text)),
        JsonScalar::NotUnicode => Err(Rejection(format!("`{path}` {NOT_UNICODE}"))),
        _ => Err(Rejection(format!("`{path}` must be a string"))),
    }
}

fn identifier_member(path: &str, raw: &RawValue) -> Result<Option<Box<str>>, Rejection> {
    let text = match value::scalar_from_json(raw.get()) {
        JsonScalar::Null => return Ok(None),
        // Numeric ids are common at the source; their text is the id.
        JsonScalar::Value(SourceValue { source: Source::String | Source::Number, text }) => text,
        JsonScalar::NotUnicode => return Err(Rejection(format!("`{path}` {NOT_UNICODE}"))),
        _ => return Err(Rejection(format!("`{path}` must be a string"))),
    };
    check_identifier(path, &text)?;
    Ok(Some(text))
}

/// Refuses an identifier that cannot lead to a profile.
pub fn check_identifier(path: &str, text: &str) -> Result<(), Rejection> {
    match name::identifier_fault(text) {
        Some(fault) => Err(Rejection(format!("`{path}` {fault}"))),
        None => Ok(()),
    }
}

fn read_identifiers(
    raw: &RawValue,
    identity: &mut Identity,
    aside: &mut Vec<SetAside>,
) -> Result<(), Rejection> {
    if raw.get() == "null" {
        return Ok(());
    }
    for (kind, raw) in members(raw.get(), "`identifiers` must be an object")? {
        match &*kind {
            "email" => identity.email = identifier_member("identifiers.email", raw)?,
            "phone_number" => identity.phone_number = identifier_member("identifiers.phone_number", raw)?,
            "custom" => {
                if raw.get() == "null" {
                    continue;
                }
                for (kind, raw) in members(raw.get(), "`identifiers.custom` must be an object")? {
                    let path = format!("identifiers.custom.{kind}");
                    if let Some(fault) = name::fault(&kind) {
                        return Err(Rejection(format!("`{path}`: the name {fault}")));
                    }
                    if let Some(value) = identifier_member(&path, raw)? {
                        identity.custom.push((kind.into(), value));
                    }
                }
            }
            other => aside.push(SetAside::new(
                format!("identifiers.{other}"),
                "is not a known identifier; put identifiers of your own under `identifiers.custom`",
            )),
        }
    }
    Ok(())
}

/// A value of a JSON document, as attribute or parameter: `Ok(None)` is null.
fn read_value(raw: &str) -> Result<Option<SourceValue>, &'static str> {
    match value::scalar_from_json(raw) {
        JsonScalar::Value(value) => Ok(Some(value)),
        JsonScalar::Null => Ok(None),
        JsonScalar::Nested if raw.starts_with('[') => match value::array_elements(raw) {
            Some(_) => Ok(Some(SourceValue::new(Source::Array, raw))),
            None => Err("is an array of more than strings, numbers and booleans"),
        },
        JsonScalar::NotUnicode => Err(NOT_UNICODE),
        JsonScalar::Nested => Err("is nested; only strings, numbers, booleans and flat arrays are kept"),
    }
}

/// Reads one profile from its JSON.
pub fn profile_from_json(json: &str) -> Result<Read<IncomingProfile>, Rejection> {
    let mut identity = Identity::default();
    let mut attributes = Vec::new();
    let mut set_aside = Vec::new();
    for (member, raw) in members(json, "not a profile")? {
        match &*member {
            "user_id" => identity.user_id = identifier_member("user_id", raw)?,
            "identifiers" => read_identifiers(raw, &mut identity, &mut set_aside)?,
            "attributes" if raw.get() == "null" => {}
            "attributes" => {
                for (attribute, raw) in members(raw.get(), "`attributes` must be an object")? {
                    match read_value(raw.get()) {
                        Ok(value) => attributes.push((attribute.into(), value)),
                        Err(reason) => {
                            set_aside.push(SetAside::new(format!("attributes.{attribute}"), reason))
                        }
                    }
                }
            }
            other => set_aside
                .push(SetAside::new(other, "is not a member of a profile; put it under `attributes`")),
        }
    }
    finish_profile(identity, attributes, set_aside)
}

/// Checks a profile whose parts were read, from whatever source.
pub fn finish_profile(
    identity: Identity,
    mut attributes: Vec<(Box<str>, Option<SourceValue>)>,
    mut set_aside: Vec<SetAside>,
) -> Result<Read<IncomingProfile>, Rejection> {
    if identity.is_empty() {
        return Err(Rejection("has neither `user_id` nor `identifiers`".into()));
    }
    attributes.retain(|(attribute, _)| {
        let fault = match crate::dictionary::IDENTIFIERS.contains(&&**attribute) {
            true => Some("is the name of an identifier; give it as `user_id` or under `identifiers`"),
            false => name::fault(attribute),
        };
        if let Some(fault) = fault {
            set_aside.push(SetAside::new(format!("attributes.{attribute}"), fault));
        }
        fault.is_none()
    });
    keep_last(&mut attributes, "attributes", &mut set_aside);
    Ok(Read { record: IncomingProfile { identity, attributes }, set_aside })
}

/// The parts of an event before they are checked.
#[derive(Debug, Default)]
pub struct EventParts {
    /// `event_id` as given.
    pub event_id: Option<Box<str>>,
    /// Whose event it is.
    pub identity: Identity,
    /// `event` as given.
    pub event: Option<Box<str>>,
    /// `timestamp` as given.
    pub timestamp: Option<Box<str>>,
    /// Parameters under the names given.
    pub params: Vec<(Box<str>, SourceValue)>,
    /// What was set aside already.
    pub set_aside: Vec<SetAside>,
}

/// Reads the parts of one event from its JSON.
pub fn event_parts_from_json(json: &str) -> Result<EventParts, Rejection> {
    let mut parts = EventParts::default();
    for (member, raw) in members(json, "not an event")? {
        match &*member {
            "event_id" => parts.event_id = identifier_member("event_id", raw)?,
            "user_id" => parts.identity.user_id = identifier_member("user_id", raw)?,
            "identifiers" => read_identifiers(raw, &mut parts.identity, &mut parts.set_aside)?,
            "event" => parts.event = string_member("event", raw)?,
            "timestamp" => parts.timestamp = string_member("timestamp", raw)?,
            "params" if raw.get() == "null" => {}
            "params" => {
                for (parameter, raw) in members(raw.get(), "`params` must be an object")? {
                    match read_value(raw.get()) {
                        Ok(Some(value)) => parts.params.push((parameter.into(), value)),
                        Ok(None) => {}
                        Err(reason) => {
                            parts.set_aside.push(SetAside::new(format!("params.{parameter}"), reason))
                        }
                    }
                }
            }
            other => parts
                .set_aside
                .push(SetAside::new(other, "is not a member of an event; put it under `params`")),
        }
    }
    Ok(parts)
}

/// Parameters that have other names too.
const ALIASED: [&str; 3] = ["journey_name", "enter_reason", "exit_reason"];

/// Checks an event whose parts were read, from whatever source. `derived_id` gives the id of an event that came
/// without one; where it gives `None`, such an event is rejected.
pub fn finish_event(
    parts: EventParts,
    derived_id: impl FnOnce() -> Option<Box<str>>,
) -> Result<Read<IncomingEvent>, Rejection> {
    let EventParts { event_id, identity, event, timestamp, params, mut set_aside } = parts;
    let event = event.ok_or_else(|| Rejection("has no `event`".into()))?;
    if let Some(fault) = name::fault(&event) {
        return Err(Rejection(format!("`event` {fault}")));
    }
    let event: Box<str> = journey::canonical_event(&event).into();
    let timestamp = timestamp.ok_or_else(|| Rejection("has no `timestamp`".into()))?;
    let timestamp = Instant::parse_truncating(&timestamp)
        .map_err(|why| Rejection(format!("`timestamp` {:?} {why}", clip(&timestamp))))?;
    if identity.is_empty() {
        return Err(Rejection("has neither `user_id` nor `identifiers`".into()));
    }
    let mut kept: Vec<(Box<str>, SourceValue)> = Vec::with_capacity(params.len());
    let mut given = [false; ALIASED.len()];
    for (parameter, value) in params {
        if let Some(fault) = name::fault(&parameter) {
            set_aside.push(SetAside::new(format!("params.{parameter}"), format!("the name {fault}")));
            continue;
        }
        let canonical = journey::canonical_parameter(&event, &parameter);
        let aliased = ALIASED.iter().position(|name| *name == canonical);
        if canonical == &*parameter {
            if let Some(index) = aliased {
                given[index] = true;
            }
            kept.push((parameter, value));
        } else if aliased.is_some_and(|index| std::mem::replace(&mut given[index], true)) {
            set_aside.push(SetAside::new(
                format!("params.{parameter}"),
                format!("is another name of `{canonical}`, which is given too"),
            ));
        } else {
            kept.push((canonical.into(), value));
        }
    }
    keep_last(&mut kept, "params", &mut set_aside);
    if &*event == journey::PRODUCT_ACTION && !kept.iter().any(|(name, _)| &**name == "journey_id") {
        return Err(Rejection("a journey_product_action needs `params.journey_id`".into()));
    }
    let event_id = match event_id {
        Some(event_id) => event_id,
        None => derived_id().ok_or_else(|| Rejection("has no `event_id`".into()))?,
    };
    Ok(Read { record: IncomingEvent { event_id, identity, event, timestamp, params: kept }, set_aside })
}

/// Reads one event from its JSON; one without `event_id` is rejected.
pub fn event_from_json(json: &str) -> Result<Read<IncomingEvent>, Rejection> {
    finish_event(event_parts_from_json(json)?, || None)
}

/// Of values under one name the last stands; the others are set aside.
fn keep_last<T>(values: &mut Vec<(Box<str>, T)>, under: &str, set_aside: &mut Vec<SetAside>) {
    let repeated = repeated(values);
    if repeated.is_empty() {
        return;
    }
    let mut index = 0;
    values.retain(|(name, _)| {
        let keep = repeated.binary_search(&index).is_err();
        index += 1;
        if !keep {
            set_aside.push(SetAside::new(
                format!("{under}.{name}"),
                "is given more than once; the last one stands",
            ));
        }
        keep
    });
}

/// Ascending indices of values whose name comes again behind them.
fn repeated<T>(values: &[(Box<str>, T)]) -> Vec<usize> {
    // Comparing each with each is quickest for the few that records have, and endless for the many they could have.
    if values.len() <= 32 {
        let again = |index: &usize| values[index + 1..].iter().any(|(name, _)| *name == values[*index].0);
        return (0..values.len()).filter(again).collect();
    }
    let mut seen = HashSet::with_capacity(values.len());
    let mut repeated: Vec<usize> =
        (0..values.len()).rev().filter(|index| !seen.insert(&*values[*index].0)).collect();
    repeated.reverse();
    repeated
}

/// The start of a text, for messages.
pub fn clip(text: &str) -> &str {
    match text.char_indices().nth(80) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

/// Converts a value to a declared type, or says why it does not fit.
pub fn fit_declared(value: SourceValue, declared: journey::Declared) -> Result<SourceValue, String> {
    use journey::Declared;
    use value::{Fits, Scalar, ValueType};
    let misfit = |value: &SourceValue| {
        format!("{:?} does not fit the declared type {}", clip(&value.text), declared.name())
    };
    match declared {
        Declared::Integer => match whole_number(&value) {
            Some(number) => Ok(SourceValue::new(Source::Number, number.to_string())),
            None => Err(misfit(&value)),
        },
        Declared::Type(ValueType::One(Scalar::Boolean)) => match (&*value.text, value.source) {
            ("true" | "false", Source::Boolean | Source::Text | Source::String) => {
                Ok(SourceValue::new(Source::Boolean, value.text))
            }
            // Tables with gaps write whole numbers as 1.0, and some programs write True.
            (text, Source::Text) if text.eq_ignore_ascii_case("true") => {
                Ok(SourceValue::new(Source::Boolean, "true"))
            }
            (text, Source::Text) if text.eq_ignore_ascii_case("false") => {
                Ok(SourceValue::new(Source::Boolean, "false"))
            }
            _ => match whole_number(&value) {
                Some(1) => Ok(SourceValue::new(Source::Boolean, "true")),
                Some(0) => Ok(SourceValue::new(Source::Boolean, "false")),
                _ => Err(misfit(&value)),
            },
        },
        Declared::Type(ValueType::One(Scalar::String)) => match value.source {
            Source::Array => Err(misfit(&value)),
            _ => Ok(SourceValue::string(value.text)),
        },
        Declared::Type(value_type) => {
            // A declaration is a person's word that text of this form is meant as this type.
            let as_text = match value.source {
                Source::String => SourceValue::new(Source::Text, value.text.clone()),
                _ => value.clone(),
            };
            match Fits::of(&as_text).contains(value_type) {
                true => Ok(as_text),
                false => Err(misfit(&value)),
            }
        }
    }
}

/// The whole number that a value writes, as 64 bits.
fn whole_number(value: &SourceValue) -> Option<i64> {
    if matches!(value.source, Source::Array | Source::Boolean) {
        return None;
    }
    let text = value::without_zero_fraction(&value.text);
    if let Ok(number) = text.parse::<i64>() {
        return (!text.starts_with('+')).then_some(number);
    }
    // A fraction may have been rounded away; only with an exponent may a point stand in a whole number.
    let number = value::exact_number(text).filter(|_| text.contains(['e', 'E']))?;
    (number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0).then_some(number as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journey::Declared;
    use crate::value::{Scalar, ValueType};

    fn rejected(json: &str) -> String {
        event_from_json(json).map(|read| format!("{read:?}")).expect_err(json).0
    }

    #[test]
    fn an_event() {
        let read = event_from_json(
            r#"{"event_id":"e1","user_id":"u\u00e9","event":"journey_entered","timestamp":"2026-09-01T00:00:00Z",
                "params":{"journey_id":1004.0,"name":"bogo","reason":null,"basket":{"a":1},"tags":["a",1],
                "half":"\udc00"}}"#,
        )
        .expect("an event");
        assert_eq!(read.record.identity.user_id.as_deref(), Some("ué"));
        assert_eq!(&*read.record.event, "journey_enter");
        let params: Vec<_> = read.record.params.iter().map(|(name, value)| (&**name, &*value.text)).collect();
        assert_eq!(params, [("journey_id", "1004.0"), ("journey_name", "bogo"), ("tags", r#"["a",1]"#)]);
        let aside: Vec<_> = read.set_aside.iter().map(ToString::to_string).collect();
        assert!(aside.len() == 2 && aside[0].starts_with("params.basket: is nested"), "{aside:?}");
        assert_eq!(aside[1], "params.half: is not valid Unicode");
    }

    #[test]
    fn what_is_no_event() {
        for (json, reason) in [
            ("", "not an event"),
            ("[]", "a JSON object"),
            ("{", "not an event"),
            (r#"{"event_id":"\ud800"}"#, "`event_id` is not valid Unicode"),
            (r#"{"user_id":"u","timestamp":"2026-09-01T00:00:00Z"}"#, "has no `event`"),
            (r#"{"event_id":"1","user_id":"u","event":"x"}"#, "has no `timestamp`"),
            (
                r#"{"event_id":"1","user_id":"u","event":"x","timestamp":"2026-09-01T00:00:00"}"#,
                "no time zone",
            ),
            (
                r#"{"event_id":"1","user_id":"u","event":"x","timestamp":"10000-01-01T00:00:00Z"}"#,
                "0001 to 9999",
            ),
            (r#"{"event_id":"1","event":"x","timestamp":"2026-09-01T00:00:00Z"}"#, "neither"),
            (r#"{"user_id":"u","event":"x","timestamp":"2026-09-01T00:00:00Z"}"#, "no `event_id`"),
            (
                r#"{"event_id":"1","user_id":"u","event":"journey_product_action","timestamp":"2026-09-01T00:00:00Z"}"#,
                "needs `params.journey_id`",
            ),
        ] {
            let said = rejected(json);
            assert!(said.contains(reason) && !said.contains(" line "), "{json}: {said}");
        }
    }

    #[test]
    fn a_profile() {
        let read = profile_from_json(
            r#"{"identifiers":{"email":" A@x.example ","custom":{"card":"7"},"shoe":"9"},
                "attributes":{"age":42,"age":43,"gone":null,"email":"b@x.example"}}"#,
        )
        .expect("a profile");
        assert_eq!(Identity::email_key(read.record.identity.email.as_deref().unwrap_or("")), "a@x.example");
        assert_eq!(read.record.identity.custom.len(), 1);
        let kept: Vec<_> = read.record.attributes.iter().map(|(name, _)| &**name).collect();
        assert_eq!(kept, ["age", "gone"]);
        assert_eq!(read.set_aside.len(), 3);
        assert!(profile_from_json(r#"{"attributes":{}}"#).is_err());
    }

    #[test]
    fn of_many_values_the_last_of_a_name_stands() {
        for count in [3, 30, 100_000] {
            let members: String = (0..count).map(|n| format!("\"a{}\":{n},", n % (count - 1))).collect();
            let json = format!("{{\"user_id\":\"u\",\"attributes\":{{{}}}}}", members.trim_end_matches(','));
            let read = profile_from_json(&json).expect("a profile");
            assert_eq!(read.record.attributes.len(), count - 1);
            let (name, value) = &read.record.attributes[count - 2];
            assert_eq!(
                (&**name, value.as_ref().map(|value| &*value.text)),
                ("a0", Some(&*(count - 1).to_string()))
            );
            assert_eq!(read.set_aside.len(), 1);
        }
    }

    #[test]
    fn declared_types() {
        let boolean = Declared::Type(ValueType::One(Scalar::Boolean));
        let datetime = Declared::Type(ValueType::One(Scalar::Datetime));
        let fit = |source, text: &str, declared| {
            fit_declared(SourceValue::new(source, text), declared).map(|value| value.text.to_string()).ok()
        };
        assert_eq!(fit(Source::Number, "1004.0", Declared::Integer).as_deref(), Some("1004"));
        assert_eq!(fit(Source::String, "1004", Declared::Integer).as_deref(), Some("1004"));
        assert_eq!(fit(Source::Number, "1e3", Declared::Integer).as_deref(), Some("1000"));
        assert_eq!(fit(Source::Number, "1.5", Declared::Integer), None);
        assert_eq!(fit(Source::Boolean, "true", Declared::Integer), None);
        assert_eq!(fit(Source::Number, "1", boolean).as_deref(), Some("true"));
        assert_eq!(fit(Source::String, "yes", boolean), None);
        assert_eq!(
            fit(Source::String, "2026-01-01T00:00:00Z", datetime).as_deref(),
            Some("2026-01-01T00:00:00Z")
        );
        assert_eq!(fit(Source::String, "2026-01-01", datetime), None);
    }
}
