//! The service itself: what it is, and signing in.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the service is.
#[derive(Debug, Serialize, ToSchema)]
pub struct About {
    /// Its version.
    pub version: String,
    /// The position up to which records were accepted; told only to those who may read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub position: Option<u64>,
    /// Where mail goes: to files that the app shows, or to an SMTP relay.
    pub mail: MailKind,
    /// Whether a sign-in is asked for.
    pub sign_in_required: bool,
    /// Whether this caller may use the API.
    pub signed_in: bool,
}

/// Where mail goes.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MailKind {
    /// To files in the data directory.
    Directory,
    /// To an SMTP relay.
    Smtp,
}

/// A sign-in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The password of the service.
    #[schema(format = Password)]
    pub password: String,
}

/// Whether the service can answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// Always `ok`.
    pub status: HealthStatus,
}

/// Whether the service can answer.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HealthStatus {
    /// It can.
    Ok,
}
