//! Mail that was written to the data directory, and letters that are sent to see whether they arrive.

use crate::wire::destination::DestinationTest;
use serde::{Deserialize, Serialize};
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

/// Whom a test letter goes to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TestLetter {
    /// An e-mail address.
    pub to: String,
}

/// What came of a test letter.
#[derive(Debug, Serialize, ToSchema)]
pub struct MailTest {
    /// Whether the relay took it, or it became a file where no relay is set.
    pub ok: bool,
    /// What worked, in order: `connect`, which is to reach the relay, to be secure and to sign in; `send`.
    pub done: Vec<String>,
    /// What did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub failed: Option<String>,
    /// What is at fault: `name`, `port`, `certificate`, `credentials`, `rights` (of the sender), `recipient`, `content`,
    /// `unavailable`, `connection`, `settings` or `files`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub fault: Option<String>,
    /// The same in words, the relay's among them.
    pub message: String,
    /// The letter, where it became a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub mail_id: Option<String>,
}

impl From<wayfare_export::MailTest> for MailTest {
    fn from(test: wayfare_export::MailTest) -> Self {
        let DestinationTest { ok, done, failed, fault, message } = test.report.into();
        Self { ok, done, failed, fault, message, mail_id: test.mail_id }
    }
}
