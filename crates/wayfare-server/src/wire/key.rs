//! Named API keys and their policies, as they are asked for and told of.

use crate::problem::Problem;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use wayfare_export::{ApiKey, ApiKeyForm, ExportError, policy};

/// A key to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// What people call it.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// What its exports show; everything where it is missing.
    #[serde(default)]
    #[schema(value_type = Policy, required = false)]
    pub policy: Option<Value>,
}

/// A change of a key: what it is from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyChange {
    /// What people call it.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// What its exports show; everything where it is null. It is never left out: a change of the name alone would open
    /// all columns.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(value_type = Option<Policy>, required = true)]
    pub policy: Option<Value>,
    /// Whether nobody is let in by it for now.
    #[serde(default)]
    #[schema(required = false)]
    pub disabled: bool,
    /// The revision that the change was made from: another one meanwhile is a conflict.
    #[schema(minimum = 1)]
    pub revision: u64,
}

/// A named API key.
#[derive(Debug, Serialize, ToSchema)]
pub struct Key {
    /// `key_…`
    pub id: String,
    /// What people call it.
    pub name: String,
    /// How its secret begins.
    #[schema(example = "wfk_ab12…")]
    pub hint: String,
    /// What its exports show; everything where it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Policy, required = false)]
    pub policy: Option<Value>,
    /// Whether nobody is let in by it for now.
    pub disabled: bool,
    /// Counts its changes, from 1.
    #[schema(minimum = 1)]
    pub revision: u64,
    /// When it was made.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// Who made it.
    pub created_by: String,
    /// When it was used last, where it was. A service that was killed may have forgotten the last minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    pub last_used_at: Option<String>,
}

/// A key with its secret, which is told this once.
#[derive(Serialize, ToSchema)]
pub struct KeyWithSecret {
    /// The key.
    #[serde(flatten)]
    pub key: Key,
    /// `wfk_…`, to be sent as `Authorization: Bearer …`; it is not told again.
    pub secret: String,
}

/// The named API keys.
#[derive(Debug, Serialize, ToSchema)]
pub struct Keys {
    /// By name.
    pub keys: Vec<Key>,
}

/// What exports of a key show.
#[derive(Debug, Serialize, ToSchema)]
#[allow(dead_code, reason = "only its description is used; the room of exports reads policies itself")]
pub struct Policy {
    /// By column; the first that names a column counts, and no two name the same.
    #[schema(required = false, max_items = 2_000)]
    pub rules: Vec<PolicyRule>,
    /// What becomes of columns that no rule names. Default: `keep`.
    #[schema(required = false)]
    pub otherwise: PolicyOtherwise,
    /// Of how many people the rows of an export must be at the least.
    #[schema(nullable = false, minimum = 2, maximum = 10_000)]
    pub minimum_group: Option<u32>,
}

/// What becomes of columns that no rule names.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(dead_code, reason = "only its description is used")]
pub enum PolicyOtherwise {
    /// They stay as they are.
    Keep,
    /// They are left out.
    Drop,
}

/// What becomes of a column: an attribute, identifier or column of the kind of row by its own name, `event.parameter`, or
/// `*.parameter`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "do", rename_all = "snake_case")]
#[allow(dead_code, reason = "only its description is used")]
pub enum PolicyRule {
    /// It stays as it is.
    Keep {
        /// Which column.
        column: String,
    },
    /// It is left out.
    Drop {
        /// Which column.
        column: String,
    },
    /// HMAC-SHA256 under a key of the API key, in hexadecimal.
    Hash {
        /// Which column.
        column: String,
    },
    /// Stars in the place of letters and digits.
    Mask {
        /// Which column.
        column: String,
        /// But the last so many. Default: 0.
        #[schema(required = false, maximum = 63)]
        keep_last: u32,
    },
    /// Less exact: the first day or instant of a period, a postcode's district, or the multiple of a number below.
    Coarsen {
        /// Which column.
        column: String,
        /// To what.
        to: PolicyCoarsening,
    },
    /// Null where too few people have the value.
    Group {
        /// Which column.
        column: String,
        /// How many must have it.
        #[schema(minimum = 2, maximum = 10_000)]
        of: u32,
    },
}

/// How values are made less exact.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its description is used")]
pub enum PolicyCoarsening {
    /// A period of the calendar, or `district`.
    Word(PolicyPeriod),
    /// Numbers are brought down to a multiple of this one.
    Multiple(u64),
}

/// A period of the calendar in UTC, or the district of a postcode.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[allow(dead_code, reason = "only its description is used")]
pub enum PolicyPeriod {
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
    /// Of a postcode.
    District,
}

fn policy(written: Option<Value>) -> Result<Option<policy::Policy>, ExportError> {
    written.map(|written| policy::Policy::read_at("policy", written)).transpose()
}

impl NewKey {
    /// What the export room is asked for.
    pub fn into_form(self) -> Result<ApiKeyForm, ExportError> {
        Ok(ApiKeyForm { name: self.name, policy: policy(self.policy)?, disabled: false })
    }
}

impl KeyChange {
    /// What the export room is asked for, and the revision it was made from.
    pub fn into_form(self) -> Result<(u64, ApiKeyForm), ExportError> {
        let Self { name, policy, disabled, revision } = self;
        Ok((revision, ApiKeyForm { name, policy: self::policy(policy)?, disabled }))
    }
}

impl TryFrom<ApiKey> for Key {
    type Error = Problem;

    fn try_from(key: ApiKey) -> Result<Self, Problem> {
        let policy = key.policy.as_ref().map(serde_json::to_value).transpose();
        Ok(Self {
            id: key.id,
            name: key.name,
            hint: key.hint,
            policy: policy.map_err(|error| Problem::internal(&error))?,
            disabled: key.disabled,
            revision: key.revision,
            created_at: key.created_at.to_string(),
            created_by: key.created_by,
            last_used_at: key.last_used_at.map(|at| at.to_string()),
        })
    }
}
