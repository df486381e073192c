//! Destinations of exports, and deliveries to them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use wayfare_export::{Delivery, Recipient, TestReport};

/// A destination to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDestination {
    /// What people call it.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// Whether nothing is sent there for now.
    #[serde(default)]
    pub disabled: bool,
    /// Its settings. A secret member is text; it is kept encrypted and never shown again.
    #[schema(value_type = DestinationSettings)]
    pub settings: Map<String, Value>,
}

/// A change of a destination.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DestinationChange {
    /// What people call it.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// Whether nothing is sent there for now.
    #[serde(default)]
    pub disabled: bool,
    /// Its settings. A secret member with `{"set": true}` stays as it is, as long as server and account do.
    #[schema(value_type = DestinationSettings)]
    pub settings: Map<String, Value>,
    /// The revision that the change was made from: another one meanwhile is a conflict.
    #[schema(minimum = 1)]
    pub revision: u64,
}

/// Settings to test that are not kept.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsToTest {
    /// The settings.
    #[schema(value_type = DestinationSettings)]
    pub settings: Map<String, Value>,
    /// The destination whose secrets those with `{"set": true}` are.
    pub id: Option<String>,
}

/// Settings by kind.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[allow(dead_code, reason = "only its description is used; the room of exports reads settings itself")]
pub enum DestinationSettings {
    /// A bucket of S3, or of a server that speaks like it.
    S3(BucketSettings),
    /// A bucket of Google Cloud Storage, with the key of a service account.
    Gcs(GoogleBucketSettings),
    /// A container of Azure Blob Storage.
    Azure(ContainerSettings),
    /// A folder of an SFTP server.
    Sftp(SftpSettings),
    /// A folder of the service's machine.
    Folder(FolderSettings),
    /// People who get a letter with a link.
    Email(EmailSettings),
    /// An address that is told, with a link.
    Webhook(WebhookSettings),
}

/// A secret: text where it is given, whether it is set where it is shown.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its description is used")]
pub enum SecretMember {
    /// A new secret.
    Text(String),
    /// Whether there is one.
    Set(SecretSet),
}

/// Whether a secret is set.
#[derive(Debug, Serialize, ToSchema)]
pub struct SecretSet {
    /// In a request `true` lets the kept secret stay.
    pub set: bool,
}

/// A bucket.
#[derive(Debug, Serialize, ToSchema)]
#[schema(description = "A bucket and a key that may write, read and delete in it.")]
pub struct BucketSettings {
    /// Its name.
    pub bucket: String,
    /// The region that requests are signed for. Default: `us-east-1`.
    pub region: Option<String>,
    /// Where the server is. Default: the provider's own.
    pub endpoint: Option<String>,
    /// The folder of an export, with `{date}`, `{time}`, `{id}`, `{kind}` and `{name}` filled in. Default: `{date}/{id}`.
    #[schema(required = false)]
    pub prefix: String,
    /// The id of the key.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: SecretMember,
    /// The issuer of the server's certificate as PEM, where the web does not know it.
    pub ca_certificate: Option<String>,
}

/// A bucket of Google Cloud Storage.
#[derive(Debug, Serialize, ToSchema)]
pub struct GoogleBucketSettings {
    /// Its name.
    pub bucket: String,
    /// The folder of an export. Default: `{date}/{id}`.
    #[schema(required = false)]
    pub prefix: String,
    /// The key of a service account that may write, read and delete in it: the JSON file, whole.
    pub service_account_key: SecretMember,
}

/// A container.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContainerSettings {
    /// The storage account.
    pub account: String,
    /// The container's name.
    pub container: String,
    /// Where the account is. Default: `https://ACCOUNT.blob.core.windows.net`.
    pub endpoint: Option<String>,
    /// The folder of an export. Default: `{date}/{id}`.
    #[schema(required = false)]
    pub prefix: String,
    /// A key of the account.
    pub account_key: SecretMember,
    /// The issuer of the server's certificate as PEM, where the web does not know it.
    pub ca_certificate: Option<String>,
}

/// A folder of an SFTP server, with a password or a private key.
#[derive(Debug, Serialize, ToSchema)]
pub struct SftpSettings {
    /// The server.
    pub host: String,
    /// Its port. Default: 22.
    #[schema(required = false, minimum = 1)]
    pub port: u16,
    /// Who signs in.
    pub user: String,
    /// The password.
    #[schema(required = false)]
    pub password: SecretMember,
    /// The private key, whole, without a passphrase.
    #[schema(required = false)]
    pub private_key: SecretMember,
    /// The server's public key, as `ssh-keyscan` prints it without the host: `ssh-ed25519 AAAA…`.
    pub host_key: String,
    /// The folder below which exports go. Default: where the user lands.
    pub folder: Option<String>,
    /// The folder of an export. Default: `{date}/{id}`.
    #[schema(required = false)]
    pub prefix: String,
}

/// A folder of the service's machine.
#[derive(Debug, Serialize, ToSchema)]
pub struct FolderSettings {
    /// Where it is: absolute, below the setting `destination_folder_root`.
    pub path: String,
    /// The folder of an export. Default: `{date}/{id}`.
    #[schema(required = false)]
    pub prefix: String,
}

/// People who get a letter with a signed link when an export is complete. No files are sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct EmailSettings {
    /// Their addresses.
    #[schema(min_items = 1, max_items = 50)]
    pub to: Vec<String>,
}

/// An address that gets one message of the Standard Webhooks, `export.completed`, with a signed link. No files are sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookSettings {
    /// Where the message goes.
    #[schema(max_length = 2048)]
    pub url: String,
    /// What messages are signed with: `whsec_` and the base64 of 24 to 64 bytes. Left out, one is made, and told once as
    /// the destination's `signing_secret`.
    #[schema(required = false)]
    pub signing_secret: SecretMember,
    /// The issuer of the server's certificate as PEM, where the web does not know it.
    pub ca_certificate: Option<String>,
}

/// A destination.
#[derive(Debug, Serialize, ToSchema)]
pub struct Destination {
    /// `dst_…`
    pub id: String,
    /// From 1; each change makes the next.
    #[schema(minimum = 1)]
    pub revision: u64,
    /// What people call it.
    pub name: String,
    /// Whether nothing is sent there for now.
    pub disabled: bool,
    /// Its settings; of a secret only whether it is set.
    #[schema(value_type = DestinationSettings)]
    pub settings: Map<String, Value>,
    /// When it was changed so.
    #[schema(format = DateTime)]
    pub changed_at: String,
    /// Who changed it.
    pub changed_by: String,
    /// The secret of a webhook that was just made for it: it is told this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub signing_secret: Option<String>,
}

impl From<wayfare_export::Destination> for Destination {
    fn from(destination: wayfare_export::Destination) -> Self {
        let wayfare_export::Destination {
            id,
            revision,
            name,
            disabled,
            settings,
            changed_at,
            changed_by,
            made_secret,
        } = destination;
        Self {
            id,
            revision,
            name,
            disabled,
            settings,
            changed_at: changed_at.to_string(),
            changed_by,
            signing_secret: made_secret,
        }
    }
}

/// Destinations.
#[derive(Debug, Serialize, ToSchema)]
pub struct Destinations {
    /// By name.
    pub destinations: Vec<Destination>,
}

/// What a test of a destination came to.
#[derive(Debug, Serialize, ToSchema)]
pub struct DestinationTest {
    /// Whether everything worked.
    pub ok: bool,
    /// What worked, in order: `connect`, `write`, `look`, `read`, `delete`; for `email` and `webhook` `connect`, `send`.
    pub done: Vec<String>,
    /// What did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub failed: Option<String>,
    /// What is at fault: `name`, `private_address`, `port`, `certificate`, `credentials`, `rights`, `bucket`, `quota`,
    /// `content`, `unavailable`, `connection`, `settings`, `files`, `recipient` or `answer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub fault: Option<String>,
    /// The same in words.
    pub message: String,
}

impl From<TestReport> for DestinationTest {
    fn from(report: TestReport) -> Self {
        let done = report.done.iter().map(|step| step.name().to_owned()).collect();
        match report.failed {
            None => Self { ok: true, done, failed: None, fault: None, message: report.worked },
            Some((step, trouble)) => Self {
                ok: false,
                done,
                failed: Some(step.name().to_owned()),
                fault: Some(trouble.fault.name().to_owned()),
                message: trouble.said,
            },
        }
    }
}

/// Where a complete export is to be sent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliverExport {
    /// Destinations: `dst_…`; `email` for the e-mail that the export was asked for with.
    #[schema(min_items = 1, max_items = 20)]
    pub destinations: Vec<String>,
}

/// What became of sending an export to a destination.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryProgress {
    /// The destination; `email` for the e-mail that the export was asked for with.
    pub destination: String,
    /// What it was called when the delivery was asked for; the address of that e-mail.
    pub name: String,
    /// `waiting` for the export or the next attempt, `delivered`, `failed` after days of attempts, or `bounced`: refused
    /// for good and given up at once.
    pub status: String,
    /// The folder at the destination; empty where no files are sent.
    pub folder: String,
    /// Attempts made so far.
    pub attempts: u32,
    /// When the next attempt is due.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    pub next_attempt_at: Option<String>,
    /// When the last file was there, or the last letter taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    pub delivered_at: Option<String>,
    /// Why the newest attempt failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_error: Option<String>,
    /// Files that arrived, in order; the manifest is the last.
    pub objects: Vec<DeliveredObject>,
    /// Who gets a letter, each with what became of it; once the first attempt was made.
    pub recipients: Vec<LetterProgress>,
}

/// What became of a letter.
#[derive(Debug, Serialize, ToSchema)]
pub struct LetterProgress {
    /// Where it goes.
    pub address: String,
    /// `waiting`, `delivered` to the relay, `bounced` or `failed`.
    pub status: String,
    /// When the relay took it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    pub delivered_at: Option<String>,
    /// Why the newest attempt failed, in the relay's words where it had some.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_error: Option<String>,
    /// The letter, where the app shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub mail_id: Option<String>,
}

impl From<Recipient> for LetterProgress {
    fn from(recipient: Recipient) -> Self {
        let Recipient { address, status, delivered_at, last_error, mail_id } = recipient;
        let delivered_at = delivered_at.map(|at| at.to_string());
        Self { address, status: status.name().to_owned(), delivered_at, last_error, mail_id }
    }
}

/// A file that lies at a destination.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveredObject {
    /// Its name there.
    pub name: String,
    /// Its bytes.
    pub bytes: u64,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

impl From<Delivery> for DeliveryProgress {
    fn from(delivery: Delivery) -> Self {
        let time = |at: wayfare_model::time::Instant| at.to_string();
        let objects = delivery.objects.into_iter().map(|object| DeliveredObject {
            name: object.name,
            bytes: object.bytes,
            sha256: object.sha256,
        });
        Self {
            destination: delivery.destination,
            name: delivery.name,
            status: delivery.status.name().to_owned(),
            folder: delivery.folder,
            attempts: delivery.attempts,
            next_attempt_at: delivery.next_attempt_at.map(time),
            delivered_at: delivery.delivered_at.map(time),
            last_error: delivery.last_error,
            objects: objects.collect(),
            recipients: delivery.recipients.into_iter().map(Into::into).collect(),
        }
    }
}
