//! Mail that was written to the data directory.

use serde::Serialize;
use utoipa::ToSchema;

/// The mail that was written, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Mails {
    /// The messages.
    pub messages: Vec<MailHead>,
}

/// A message in the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct MailHead {
    /// Its id.
    pub id: String,
    /// To whom.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// When it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    pub date: Option<String>,
}

/// A message. Its HTML is to be shown in a frame without rights.
#[derive(Debug, Serialize, ToSchema)]
pub struct MailMessage {
    /// Its id.
    pub id: String,
    /// From whom.
    pub from: String,
    /// To whom.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// When it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    pub date: Option<String>,
    /// As a page.
    pub html: String,
    /// As text.
    pub text: String,
}
