//! States of profiles: how they are kept, and how they change.

use crate::error::StoreError;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::Arc;
use wayfare_model::dictionary::Dictionary;
use wayfare_model::id::ProfileId;
use wayfare_model::record::Identity;
use wayfare_model::time::Instant;
use wayfare_model::value::{Source, SourceValue};

/// A profile as it stands: identifiers and attributes in the order of the dictionary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfileState {
    /// Its id.
    pub id: ProfileId,
    /// Its identifiers.
    pub identity: Identity,
    /// Its attributes by their own names.
    pub attributes: Vec<(Arc<str>, SourceValue)>,
    /// The position of the record that brought it into this state.
    pub position: u64,
    /// When its first record arrived.
    pub created_at: Instant,
}

/// A state as it is kept; attributes by id, ascending.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredState<'a> {
    #[serde(borrow)]
    pub user_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub email: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub phone_number: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub custom: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    #[serde(borrow)]
    pub attributes: Vec<(u32, Source, Cow<'a, str>)>,
}

impl StoredState<'static> {
    /// Takes identifiers over; whether anything changed.
    pub fn identify(&mut self, identity: &Identity) -> bool {
        let mut changed = false;
        let mut set = |slot: &mut Option<Cow<'static, str>>, value: &Option<Box<str>>| {
            if let Some(value) = value
                && slot.as_deref() != Some(value)
            {
                *slot = Some(Cow::Owned(value.to_string()));
                changed = true;
            }
        };
        set(&mut self.user_id, &identity.user_id);
        set(&mut self.email, &identity.email);
        set(&mut self.phone_number, &identity.phone_number);
        for (kind, value) in &identity.custom {
            match self.custom.iter_mut().find(|(known, _)| **known == **kind) {
                Some((_, known)) if **known == **value => {}
                Some((_, known)) => {
                    *known = Cow::Owned(value.to_string());
                    changed = true;
                }
                None => {
                    self.custom.push((Cow::Owned(kind.to_string()), Cow::Owned(value.to_string())));
                    changed = true;
                }
            }
        }
        self.custom.sort();
        changed
    }

    /// Sets or unsets an attribute; whether anything changed.
    pub fn set(&mut self, attribute: u32, value: Option<SourceValue>) -> bool {
        let place = self.attributes.binary_search_by_key(&attribute, |(id, _, _)| *id);
        match (place, value) {
            (Ok(index), Some(value)) => {
                let (_, source, text) = &mut self.attributes[index];
                let changed = *source != value.source || **text != *value.text;
                (*source, *text) = (value.source, Cow::Owned(value.text.into()));
                changed
            }
            (Err(index), Some(value)) => {
                self.attributes.insert(index, (attribute, value.source, Cow::Owned(value.text.into())));
                true
            }
            (Ok(index), None) => {
                self.attributes.remove(index);
                true
            }
            (Err(_), None) => false,
        }
    }
}

impl StoredState<'_> {
    /// The bytes that are kept.
    pub fn encode(&self) -> Result<Vec<u8>, StoreError> {
        postcard::to_stdvec(self).map_err(|error| StoreError::corrupt("a profile", error))
    }

    /// Reads the bytes that were kept.
    pub fn decode(bytes: &[u8]) -> Result<StoredState<'static>, StoreError> {
        let state: StoredState<'_> =
            postcard::from_bytes(bytes).map_err(|error| StoreError::corrupt("a profile", error))?;
        Ok(state.into_owned())
    }

    /// The same, holding its own text.
    pub fn into_owned(self) -> StoredState<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        StoredState {
            user_id: self.user_id.map(own),
            email: self.email.map(own),
            phone_number: self.phone_number.map(own),
            custom: self.custom.into_iter().map(|(kind, value)| (own(kind), own(value))).collect(),
            attributes: self
                .attributes
                .into_iter()
                .map(|(id, source, text)| (id, source, own(text)))
                .collect(),
        }
    }

    /// The identifiers.
    pub fn identity(&self) -> Identity {
        let own = |text: &Cow<'_, str>| Box::from(&**text);
        Identity {
            user_id: self.user_id.as_ref().map(own),
            email: self.email.as_ref().map(own),
            phone_number: self.phone_number.as_ref().map(own),
            custom: self.custom.iter().map(|(kind, value)| (own(kind), own(value))).collect(),
        }
    }

    /// The attributes, by their own names.
    pub fn named_attributes(&self, dictionary: &Dictionary) -> Vec<(Arc<str>, SourceValue)> {
        self.attributes
            .iter()
            .filter_map(|(id, source, text)| {
                let field = dictionary.attributes.list().get(*id as usize)?;
                Some((field.name.clone(), SourceValue::new(*source, &**text)))
            })
            .collect()
    }

    /// The identifier of that name, as definitions and exports name it.
    pub fn identifier(&self, name: &str) -> Option<&str> {
        match name {
            "user_id" => self.user_id.as_deref(),
            "email" => self.email.as_deref(),
            "phone_number" => self.phone_number.as_deref(),
            _ => None,
        }
    }

    /// The identifiers as the JSON text of the lake's `identifiers` column, keys in a fixed order.
    pub fn identifiers_json(&self) -> String {
        let mut object = serde_json::Map::new();
        for name in ["user_id", "email", "phone_number"] {
            if let Some(value) = self.identifier(name) {
                object.insert(name.to_owned(), value.into());
            }
        }
        if !self.custom.is_empty() {
            let custom = self.custom.iter().map(|(kind, value)| (kind.to_string(), (&**value).into()));
            object.insert("custom".to_owned(), serde_json::Value::Object(custom.collect()));
        }
        serde_json::Value::Object(object).to_string()
    }
}

/// Reads the lake's `identifiers` column back.
pub(crate) fn identity_from_json(json: &str) -> Result<Identity, StoreError> {
    #[derive(Deserialize)]
    struct Identifiers {
        user_id: Option<Box<str>>,
        email: Option<Box<str>>,
        phone_number: Option<Box<str>>,
        #[serde(default)]
        custom: std::collections::BTreeMap<Box<str>, Box<str>>,
    }
    let read: Identifiers =
        serde_json::from_str(json).map_err(|error| StoreError::corrupt("a profile's identifiers", error))?;
    Ok(Identity {
        user_id: read.user_id,
        email: read.email,
        phone_number: read.phone_number,
        custom: read.custom.into_iter().collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_changes_only_where_something_differs() {
        let mut state = StoredState::default();
        let identity = Identity { user_id: Some("u".into()), ..Identity::default() };
        assert!(state.identify(&identity));
        assert!(!state.identify(&identity));
        let forty_two = || Some(SourceValue::new(Source::Number, "42"));
        assert!(state.set(3, forty_two()));
        assert!(!state.set(3, forty_two()));
        assert!(state.set(1, Some(SourceValue::string("a"))));
        assert!(state.set(3, None));
        assert!(!state.set(3, None));
        let bytes = state.encode().unwrap();
        assert_eq!(StoredState::decode(&bytes).unwrap(), state);
    }

    #[test]
    fn identifiers_read_back_from_the_lake() {
        let mut state = StoredState::default();
        let identity = Identity {
            email: Some("A@x.example".into()),
            custom: vec![("card".into(), "\"7\"".into())],
            ..Identity::default()
        };
        state.identify(&identity);
        assert_eq!(state.identifiers_json(), r#"{"email":"A@x.example","custom":{"card":"\"7\""}}"#);
        assert_eq!(identity_from_json(&state.identifiers_json()).unwrap(), identity);
    }
}
