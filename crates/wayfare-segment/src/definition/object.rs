//! JSON objects and values of a definition, read without recursion of the JSON library's own.
//!
//! Each level is read with its members left as raw text, so the depth of a text costs no stack until the parser
//! itself descends, and the parser counts.

use super::node::Literal;
use crate::path::Path;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use wayfare_model::problem::{Refusal, nearest_name};
use wayfare_model::record::clip;
use wayfare_model::value::{JsonScalar, NOT_UNICODE, Source, scalar_from_json};

/// The members of one object, each given once.
pub(super) struct Object<'a> {
    path: &'a Path<'a>,
    members: Vec<(Cow<'a, str>, &'a RawValue)>,
}

impl<'a> Object<'a> {
    /// Reads an object; `what` is the noun of its message.
    pub fn read(path: &'a Path<'a>, raw: &'a RawValue, what: &str) -> Result<Self, Refusal> {
        if !raw.get().starts_with('{') {
            return Err(path.refuse(format!("must be a JSON object that gives {what}")));
        }
        let Members(members) = serde_json::from_str(raw.get())
            .map_err(|error| path.refuse(format!("cannot be read as JSON: {error}")))?;
        let mut seen = HashSet::with_capacity(members.len());
        if let Some((name, _)) = members.iter().find(|(name, _)| !seen.insert(&**name)) {
            return Err(path.field(name).refuse("is given twice"));
        }
        Ok(Self { path, members })
    }

    /// Refuses members of other names than these.
    pub fn allow(&self, known: &[&str]) -> Result<(), Refusal> {
        match self.members.iter().find(|(name, _)| !known.contains(&&**name)) {
            None => Ok(()),
            Some((name, _)) => {
                let names = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                Err(self
                    .path
                    .field(name)
                    .refuse(format!("is not known here; known are {names}"))
                    .nearest(nearest_name(name, known.iter().copied())))
            }
        }
    }

    /// The names of the members, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|(name, _)| &**name)
    }

    /// Whether a member is given.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// A member.
    pub fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.members.iter().find(|(known, _)| known == name).map(|(_, raw)| *raw)
    }

    /// A member that must be there.
    pub fn require(&self, name: &str) -> Result<&'a RawValue, Refusal> {
        self.get(name).ok_or_else(|| self.path.field(name).refuse("is missing"))
    }

    /// A member that must be a string.
    pub fn text(&self, name: &str) -> Result<Box<str>, Refusal> {
        text(&self.path.field(name), self.require(name)?)
    }

    /// A member that may be there and must then be a string.
    pub fn optional_text(&self, name: &str) -> Result<Option<Box<str>>, Refusal> {
        self.get(name).map(|raw| text(&self.path.field(name), raw)).transpose()
    }

    /// A member that must be a string, number or boolean.
    pub fn literal(&self, name: &str) -> Result<Literal, Refusal> {
        literal(&self.path.field(name), self.require(name)?)
    }

    /// A member that may be there and must then be a string, number or boolean.
    pub fn optional_literal(&self, name: &str) -> Result<Option<Literal>, Refusal> {
        self.get(name).map(|raw| literal(&self.path.field(name), raw)).transpose()
    }

    /// A member that must be an array of strings, numbers and booleans.
    pub fn literals(&self, name: &str) -> Result<Vec<Literal>, Refusal> {
        let path = self.path.field(name);
        let elements = array(&path, self.require(name)?)?;
        elements.into_iter().enumerate().map(|(index, raw)| literal(&path.index(index), raw)).collect()
    }

    /// A member that may be there and must then be `true` or `false`.
    pub fn flag(&self, name: &str) -> Result<bool, Refusal> {
        match self.get(name).map(RawValue::get) {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(self.path.field(name).refuse("must be true or false")),
        }
    }

    /// A member that must be a whole number of at least `least`.
    pub fn whole(&self, name: &str, least: u64) -> Result<u64, Refusal> {
        let path = self.path.field(name);
        let raw = self.require(name)?.get();
        let number = match raw.as_bytes().first() {
            Some(b'-' | b'0'..=b'9') => wayfare_model::value::exact_number(raw),
            _ => None,
        };
        match number {
            Some(number) if number.fract() == 0.0 && number >= least as f64 && number <= 2f64.powi(53) => {
                Ok(number as u64)
            }
            _ => Err(path.refuse(format!("must be a whole number of at least {least}, and at most 2^53"))),
        }
    }

    /// A member that must be one of the words that `from_name` knows.
    pub fn word<T: Copy>(
        &self,
        name: &str,
        from_name: fn(&str) -> Option<T>,
        all: &[T],
        to_name: fn(T) -> &'static str,
    ) -> Result<T, Refusal> {
        let written = self.text(name)?;
        from_name(&written).ok_or_else(|| {
            let known: Vec<_> = all.iter().map(|word| to_name(*word)).collect();
            self.path
                .field(name)
                .refuse(format!("{:?} is not known here; known are {}", clip(&written), known.join(", ")))
                .nearest(nearest_name(&written, known))
        })
    }
}

/// The elements of an array.
pub(super) fn array<'a>(path: &Path<'_>, raw: &'a RawValue) -> Result<Vec<&'a RawValue>, Refusal> {
    if !raw.get().starts_with('[') {
        return Err(path.refuse("must be an array"));
    }
    serde_json::from_str(raw.get()).map_err(|error| path.refuse(format!("cannot be read as JSON: {error}")))
}

fn text(path: &Path<'_>, raw: &RawValue) -> Result<Box<str>, Refusal> {
    match literal(path, raw)? {
        Literal::String(text) => Ok(text),
        _ => Err(path.refuse("must be a string")),
    }
}

fn literal(path: &Path<'_>, raw: &RawValue) -> Result<Literal, Refusal> {
    match scalar_from_json(raw.get()) {
        JsonScalar::Value(value) => match value.source {
            Source::Boolean => Ok(Literal::Boolean(&*value.text == "true")),
            Source::Number => Ok(Literal::Number(value.text)),
            _ => Ok(Literal::String(value.text)),
        },
        JsonScalar::Null => Err(path.refuse("is null; use `not_exists` to ask for what is missing")),
        JsonScalar::Nested => Err(path.refuse("must be a string, a number, true or false")),
        JsonScalar::NotUnicode => Err(path.refuse(NOT_UNICODE)),
    }
}

struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(Name(name)) = map.next_key()? {
                    members.push((name, map.next_value()?));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);
