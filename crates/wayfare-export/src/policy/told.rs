//! What a policy did, as manifests and data dictionaries tell it.

use super::AppliedPolicy;
use super::rule::{Action, Coarsening, Otherwise};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

/// What was done to the columns of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestPolicy {
    /// The API key whose policy it was.
    pub key: String,
    /// What people call that key.
    pub name: String,
    /// What was done, by column; those that stayed as they are, and those that nobody named, are not told of.
    pub columns: Vec<AppliedColumn>,
    /// What became of columns that no rule names.
    pub otherwise: Otherwise,
    /// Of how many people rows had to be at the least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_group: Option<usize>,
}

/// What was done to a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedColumn {
    /// The column as policies name it: `email`, `purchase.amount`.
    pub column: String,
    /// Its name in the files, where it is in them under another.
    pub name: Option<String>,
    /// What was done.
    pub action: Action,
}

impl Serialize for AppliedColumn {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = Map::new();
        members.insert("column".into(), Value::from(self.column.clone()));
        if let Some(name) = &self.name {
            members.insert("name".into(), Value::from(name.clone()));
        }
        self.action.write(&mut members);
        members.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for AppliedColumn {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let mut members = Map::<String, Value>::deserialize(deserializer)?;
        let mut text = |member: &str| match members.remove(member) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        let (column, name) = (text("column"), text("name"));
        Ok(Self {
            column: column.ok_or_else(|| D::Error::custom("a column of the policy has no name"))?,
            name,
            action: Action::read(members).map_err(D::Error::custom)?,
        })
    }
}

impl ManifestPolicy {
    /// What a policy did to these columns, each once.
    pub fn of<'a>(applied: &AppliedPolicy, columns: impl IntoIterator<Item = &'a AppliedColumn>) -> Self {
        let mut told: Vec<AppliedColumn> = Vec::new();
        for column in columns {
            if !told.contains(column) {
                told.push(column.clone());
            }
        }
        Self {
            key: applied.key.clone(),
            name: applied.name.clone(),
            columns: told,
            otherwise: applied.policy.otherwise,
            minimum_group: applied.policy.minimum_group,
        }
    }
}

impl Action {
    /// What it did to values, in words for a reader of the files.
    pub(crate) fn words(self) -> Option<String> {
        Some(match self {
            Self::Keep | Self::Drop => return None,
            Self::Hash => "hashed: HMAC-SHA256 under a key of the API key that asked".into(),
            Self::Mask { keep_last: 0 } => "masked".into(),
            Self::Mask { keep_last } => format!("masked but the last {keep_last}"),
            Self::Coarsen(Coarsening::Period(period)) => {
                format!("less exact: the first of its {}", period.name())
            }
            Self::Coarsen(Coarsening::District) => "less exact: the district".into(),
            Self::Coarsen(Coarsening::Multiple(of)) => format!("less exact: the multiple of {of} below"),
            Self::Group { of } => format!("null where fewer than {of} people have the value"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    #[test]
    fn manifests_read_back() {
        let policy: Policy = serde_json::from_str(r#"{"minimum_group":3}"#).unwrap();
        let applied = AppliedPolicy::new("key_1", "Partner", policy);
        let column = |column: &str, name: Option<&str>, action| AppliedColumn {
            column: column.into(),
            name: name.map(str::to_owned),
            action,
        };
        let columns = [
            column("email", Some("a_email"), Action::Hash),
            column("phone", None, Action::Mask { keep_last: 2 }),
            column("email", Some("a_email"), Action::Hash),
            column("purchase.amount", None, Action::Drop),
        ];
        let told = ManifestPolicy::of(&applied, &columns);
        let json = serde_json::to_string(&told).unwrap();
        assert_eq!(
            json,
            r#"{"key":"key_1","name":"Partner","columns":[{"column":"email","name":"a_email","do":"hash"},{"column":"phone","do":"mask","keep_last":2},{"column":"purchase.amount","do":"drop"}],"otherwise":"keep","minimum_group":3}"#
        );
        assert_eq!(serde_json::from_str::<ManifestPolicy>(&json).unwrap(), told);
    }
}
