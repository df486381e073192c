//! The kinds of destination and what each needs: what may be shown here, its secrets by name only.

use super::prefix;
use crate::error::ExportError;
use crate::mail::check_address;
use crate::outbound::target::{self, TargetError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::path::PathBuf;
use url::Url;
use wayfare_model::name::line_fault;
use wayfare_model::problem::{Refusal, nearest_name};

/// A destination's settings. In JSON `kind` stands among the members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Settings {
    /// A bucket of S3, or of a server that speaks like it.
    S3(Bucket),
    /// A bucket of Google Cloud Storage.
    Gcs(GoogleBucket),
    /// A container of Azure Blob Storage.
    Azure(Container),
    /// A folder of an SFTP server.
    Sftp(Sftp),
    /// A folder of this machine.
    Folder(Folder),
    /// People who get a letter with a link.
    Email(Email),
    /// An address that is told, with a link.
    Webhook(Webhook),
}

/// A bucket of S3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    /// Its name.
    pub bucket: String,
    /// The region that requests are signed for; `us-east-1` where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Where the server is; the provider's own where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The folder of an export: see [`prefix`].
    #[serde(default = "default_prefix")]
    pub prefix: String,
    /// The public half of the key.
    pub access_key_id: String,
    /// The issuer of the server's certificate, as PEM, where the web does not know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_certificate: Option<String>,
}

/// A bucket of Google Cloud Storage; whose it is stands in the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoogleBucket {
    /// Its name.
    pub bucket: String,
    /// The folder of an export: see [`prefix`].
    #[serde(default = "default_prefix")]
    pub prefix: String,
}

/// A container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Container {
    /// The storage account.
    pub account: String,
    /// The container's name.
    pub container: String,
    /// Where the account is; `https://ACCOUNT.blob.core.windows.net` where it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// The folder of an export: see [`prefix`].
    #[serde(default = "default_prefix")]
    pub prefix: String,
    /// The issuer of the server's certificate, as PEM, where the web does not know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_certificate: Option<String>,
}

/// A folder of an SFTP server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sftp {
    /// The server.
    pub host: String,
    /// Its port.
    #[serde(default = "ssh_port")]
    pub port: u16,
    /// Who signs in.
    pub user: String,
    /// The server's public key, as `ssh-keyscan` prints it without the host: `ssh-ed25519 AAAA…`.
    pub host_key: String,
    /// The folder below which exports go; where the user lands, if it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// The folder of an export: see [`prefix`].
    #[serde(default = "default_prefix")]
    pub prefix: String,
}

/// A folder of this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Folder {
    /// Where it is: absolute, below the setting `destination_folder_root`, outside of the data directory.
    pub path: PathBuf,
    /// The folder of an export: see [`prefix`].
    #[serde(default = "default_prefix")]
    pub prefix: String,
}

/// People who get a letter with a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Email {
    /// Their addresses.
    pub to: Vec<String>,
}

/// An address that gets a message of the Standard Webhooks with a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// Where the message goes.
    pub url: String,
    /// The issuer of the server's certificate, as PEM, where the web does not know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_certificate: Option<String>,
}

/// The most addresses of one destination.
const MOST_ADDRESSES: usize = 50;
/// The longest address of a webhook.
const LONGEST_URL: usize = 2_048;

fn default_prefix() -> String {
    prefix::DEFAULT.into()
}

fn ssh_port() -> u16 {
    22
}

/// The names of all kinds.
const KINDS: [&str; 7] = ["s3", "gcs", "azure", "sftp", "folder", "email", "webhook"];

/// The secret of a webhook, by which its receiver knows who sends.
pub const SIGNING_SECRET: &str = "signing_secret";

/// The members of a kind that are secret.
pub fn secrets_of(kind: &str) -> &'static [&'static str] {
    match kind {
        "s3" => &["secret_access_key"],
        "gcs" => &["service_account_key"],
        "azure" => &["account_key"],
        "sftp" => &["password", "private_key"],
        "webhook" => &[SIGNING_SECRET],
        _ => &[],
    }
}

impl Settings {
    /// The kind's name.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::S3(_) => "s3",
            Self::Gcs(_) => "gcs",
            Self::Azure(_) => "azure",
            Self::Sftp(_) => "sftp",
            Self::Folder(_) => "folder",
            Self::Email(_) => "email",
            Self::Webhook(_) => "webhook",
        }
    }

    /// The template of an export's folder; `None` where no files are sent.
    pub fn prefix(&self) -> Option<&str> {
        match self {
            Self::S3(bucket) => Some(&bucket.prefix),
            Self::Gcs(bucket) => Some(&bucket.prefix),
            Self::Azure(container) => Some(&container.prefix),
            Self::Sftp(sftp) => Some(&sftp.prefix),
            Self::Folder(folder) => Some(&folder.prefix),
            Self::Email(_) | Self::Webhook(_) => None,
        }
    }

    /// Reads members from which the secrets were taken. Paths of refusals start with `settings`.
    pub fn read(mut members: Map<String, Value>) -> Result<Self, ExportError> {
        let kind = match members.remove("kind") {
            Some(Value::String(kind)) => kind,
            Some(_) => return Err(ExportError::refused("settings.kind", "must be text")),
            None => {
                let message = format!("is needed: one of {}", KINDS.join(", "));
                return Err(ExportError::refused("settings.kind", message));
            }
        };
        let settings = match kind.as_str() {
            "s3" => Self::S3(member(members)?),
            "gcs" => Self::Gcs(member(members)?),
            "azure" => Self::Azure(member(members)?),
            "sftp" => Self::Sftp(member(members)?),
            "folder" => Self::Folder(member(members)?),
            "email" => Self::Email(member(members)?),
            "webhook" => Self::Webhook(member(members)?),
            other => {
                let message = format!("{other:?} is no kind of destination: one of {}", KINDS.join(", "));
                let refusal = Refusal::new("settings.kind", message);
                return Err(refusal.nearest(nearest_name(other, KINDS)).into());
            }
        };
        settings.check()?;
        Ok(settings)
    }

    /// Whether both lead to the same place and the same account there, so that what is secret of one goes with the other.
    pub fn is_same_account(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::S3(a), Self::S3(b)) => {
                (&a.endpoint, &a.access_key_id, &a.ca_certificate)
                    == (&b.endpoint, &b.access_key_id, &b.ca_certificate)
            }
            (Self::Azure(a), Self::Azure(b)) => {
                (&a.endpoint, &a.account, &a.ca_certificate) == (&b.endpoint, &b.account, &b.ca_certificate)
            }
            (Self::Sftp(a), Self::Sftp(b)) => {
                (&a.host, a.port, &a.user, &a.host_key) == (&b.host, b.port, &b.user, &b.host_key)
            }
            // A service account's key says itself whose it is; folders and letters have no secret.
            (Self::Gcs(_), Self::Gcs(_))
            | (Self::Folder(_), Self::Folder(_))
            | (Self::Email(_), Self::Email(_)) => true,
            (Self::Webhook(a), Self::Webhook(b)) => {
                let server = |url: &str| Url::parse(url).map(|url| url.origin());
                (server(&a.url), &a.ca_certificate) == (server(&b.url), &b.ca_certificate)
            }
            _ => false,
        }
    }

    /// Refuses addresses and folders that nothing could be sent to. Kept settings were held against the rules of their
    /// time, and are shown under stricter ones too: only new ones are held against these.
    pub fn check_places(&self) -> Result<(), ExportError> {
        match self {
            Self::S3(bucket) => check_endpoint(bucket.endpoint.as_deref()),
            Self::Azure(container) => check_endpoint(container.endpoint.as_deref()),
            Self::Webhook(webhook) => check_url(&webhook.url),
            Self::Folder(folder) => match line_fault(&folder.path.to_string_lossy()) {
                Some(fault) => Err(ExportError::refused("settings.path", fault)),
                None => Ok(()),
            },
            Self::Gcs(_) | Self::Sftp(_) | Self::Email(_) => Ok(()),
        }
    }

    fn check(&self) -> Result<(), ExportError> {
        if let Some(prefix) = self.prefix() {
            prefix::check(prefix, "settings.prefix")?;
        }
        let refuse = |name: &str, why: &str| Err(ExportError::refused(format!("settings.{name}"), why));
        match self {
            Self::S3(Bucket { bucket, .. }) | Self::Gcs(GoogleBucket { bucket, .. })
                if !is_plain(bucket, ".-_") =>
            {
                refuse("bucket", "must be a bucket's name: letters, digits and . - _")
            }
            Self::Gcs(_) | Self::Webhook(_) => Ok(()),
            Self::S3(bucket) => {
                if bucket.region.as_deref().is_some_and(|region| !is_plain(region, "-")) {
                    return refuse("region", "must be a region's name, such as eu-central-1");
                }
                if !is_visible(&bucket.access_key_id) {
                    return refuse("access_key_id", "must be the id of a key, without spaces");
                }
                Ok(())
            }
            Self::Azure(container) => {
                if !is_plain(&container.account, "") {
                    return refuse("account", "must be a storage account's name: letters and digits");
                }
                if !is_plain(&container.container, "-$") {
                    return refuse("container", "must be a container's name: letters, digits and hyphens");
                }
                Ok(())
            }
            Self::Sftp(sftp) => {
                if sftp.host.starts_with('-') || url::Host::parse(&sftp.host).is_err() {
                    return refuse("host", "must be a host's name or address, without a port");
                }
                if sftp.port == 0 {
                    return refuse("port", "must be at least 1");
                }
                if sftp.user.starts_with('-') || !is_visible(&sftp.user) {
                    return refuse("user", "must be a user's name, without spaces");
                }
                if !is_host_key(&sftp.host_key) {
                    return refuse(
                        "host_key",
                        "must be the server's public key, as `ssh-keyscan HOST` prints it: ssh-ed25519 AAAA…",
                    );
                }
                if sftp.folder.as_deref().is_some_and(|folder| !is_folder(folder)) {
                    return refuse(
                        "folder",
                        "must be a path without control characters, .. or a / at its end",
                    );
                }
                Ok(())
            }
            Self::Folder(folder) => match folder.path.is_absolute() {
                true => Ok(()),
                false => refuse("path", "must be absolute, such as /srv/exports"),
            },
            Self::Email(email) => check_addresses(&email.to),
        }
    }
}

fn check_addresses(to: &[String]) -> Result<(), ExportError> {
    if to.is_empty() || to.len() > MOST_ADDRESSES {
        let message = format!("must hold 1 to {MOST_ADDRESSES} addresses");
        return Err(ExportError::refused("settings.to", message));
    }
    for (index, address) in to.iter().enumerate() {
        let path = format!("settings.to[{index}]");
        check_address(address).map_err(|error| error.at(&path))?;
        if to[..index].contains(address) {
            return Err(ExportError::refused(path, format!("names {address} a second time")));
        }
    }
    Ok(())
}

fn check_url(url: &str) -> Result<(), ExportError> {
    let is_plain = |url: &Url| url.username().is_empty() && url.password().is_none();
    let form = "must be an address such as https://receiver.example/wayfare, without a name or password";
    check_target(url, "settings.url", |read| url.len() <= LONGEST_URL && is_plain(read), form)
}

/// Refuses an address that cannot be read, or is not of the form that is told. Whether private ones are allowed is the
/// service's to say, which looks again.
fn check_target(
    address: &str,
    path: &str,
    has_form: impl Fn(&Url) -> bool,
    form: &str,
) -> Result<(), ExportError> {
    match target::read(address, true) {
        Ok(url) if has_form(&url) => Ok(()),
        Ok(_) | Err(TargetError::NotHttp) => Err(ExportError::refused(path, form)),
        Err(error) => Err(ExportError::refused(path, error.to_string())),
    }
}

fn member<T: DeserializeOwned>(members: Map<String, Value>) -> Result<T, ExportError> {
    serde_path_to_error::deserialize(Value::Object(members)).map_err(|error| {
        let path = match error.path().to_string().as_str() {
            "." | "?" => "settings".to_owned(),
            path => format!("settings.{path}"),
        };
        let message =
            error.into_inner().to_string().replace("expected u16", "expected a whole number up to 65535");
        let missing = message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
        match missing {
            Some(name) => ExportError::refused(format!("{path}.{name}"), "is needed"),
            None => ExportError::refused(path, message),
        }
    })
}

fn check_endpoint(endpoint: Option<&str>) -> Result<(), ExportError> {
    let Some(endpoint) = endpoint else { return Ok(()) };
    let is_plain = |url: &Url| {
        url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    };
    let form = "must be an address such as https://s3.example.com, without a name, password or query";
    check_target(endpoint, "settings.endpoint", is_plain, form)
}

fn is_plain(text: &str, besides: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || besides.contains(c))
}

fn is_visible(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic())
}

fn is_host_key(text: &str) -> bool {
    let mut words = text.split(' ');
    let (Some(algorithm), Some(key)) = (words.next(), words.next()) else { return false };
    is_plain(algorithm, "-@.")
        && key.len() > 20
        && is_plain(key, "+/=")
        && words.count() <= 1
        && !text.contains(['\n', '\r'])
}

fn is_folder(text: &str) -> bool {
    let inner = text.strip_prefix('/').unwrap_or(text);
    !inner.is_empty()
        && line_fault(text).is_none()
        && inner.split('/').all(|folder| !folder.is_empty() && folder != "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings() {
        let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKm";
        let cases = [
            r#"{}"#.to_owned(),
            r#"{"kind":"s4"}"#.to_owned(),
            r#"{"kind":"s3"}"#.to_owned(),
            r#"{"kind":"s3","bucket":"b","access_key_id":"k"}"#.to_owned(),
            r#"{"kind":"s3","bucket":"b/c","access_key_id":"k"}"#.to_owned(),
            r#"{"kind":"s3","bucket":7,"access_key_id":"k"}"#.to_owned(),
            r#"{"kind":"s3","bucket":"b","access_key_id":"k","colour":"red"}"#.to_owned(),
            r#"{"kind":"s3","bucket":"b","access_key_id":"k","endpoint":"https://u:p@s.example"}"#.to_owned(),
            r#"{"kind":"s3","bucket":"b","access_key_id":"k","prefix":"{date}"}"#.to_owned(),
            r#"{"kind":"gcs","bucket":"b"}"#.to_owned(),
            r#"{"kind":"gcs","bucket":"b/c"}"#.to_owned(),
            r#"{"kind":"gcs","bucket":"b","access_key_id":"GOOG1"}"#.to_owned(),
            r#"{"kind":"azure","account":"a","container":"c"}"#.to_owned(),
            format!(r#"{{"kind":"sftp","host":"h.example","user":"u","host_key":"{key}"}}"#),
            format!(r#"{{"kind":"sftp","host":"-oProxyCommand=x","user":"u","host_key":"{key}"}}"#),
            format!(r#"{{"kind":"sftp","host":"h.example","port":70000,"user":"u","host_key":"{key}"}}"#),
            r#"{"kind":"sftp","host":"h.example","user":"u","host_key":"SHA256:x"}"#.to_owned(),
            format!(
                r#"{{"kind":"sftp","host":"h.example","user":"u","host_key":"{key}","folder":"a/../b"}}"#
            ),
            r#"{"kind":"folder","path":"exports"}"#.to_owned(),
            r#"{"kind":"folder","path":"/srv/exports"}"#.to_owned(),
            r#"{"kind":"email","to":["a@b.example","c@d.example"]}"#.to_owned(),
            r#"{"kind":"email","to":[]}"#.to_owned(),
            r#"{"kind":"email","to":["a@b.example","A <c@d.example>"]}"#.to_owned(),
            r#"{"kind":"email","to":["a@b.example","a@b.example"]}"#.to_owned(),
            r#"{"kind":"email","to":["a@b.example"],"prefix":"{id}"}"#.to_owned(),
            r#"{"kind":"webhook","url":"https://r.example/in?key=1"}"#.to_owned(),
            r#"{"kind":"webhook","url":"ftp://r.example"}"#.to_owned(),
            r#"{"kind":"webhook","url":"https://u:p@r.example"}"#.to_owned(),
        ];
        let told = cases.map(|case| {
            let members = serde_json::from_str(&case).unwrap();
            let checked = |settings: Settings| settings.check_places().map(|()| settings);
            match Settings::read(members).and_then(checked) {
                Ok(settings) => format!("{case}\n  {}", serde_json::to_string(&settings).unwrap()),
                Err(error) => format!("{case}\n  {error}"),
            }
        });
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn places() {
        let check = |json: serde_json::Value, expected: &str| {
            let serde_json::Value::Object(members) = json.clone() else { panic!("{json}") };
            // What is kept is shown, whatever was allowed when it was made.
            let told = Settings::read(members).unwrap().check_places().unwrap_err().to_string();
            assert_eq!(told, expected, "{json}");
        };
        let webhook = |url: &str| serde_json::json!({"kind": "webhook", "url": url});
        check(webhook("https://r.example/\nx"), "settings.url: has a control character");
        check(
            webhook("http://127.0.0.1:99999/"),
            "settings.url: has a port that is no number from 1 to 65535",
        );
        check(
            serde_json::json!({"kind": "s3", "bucket": "b", "access_key_id": "k", "endpoint": "http://"}),
            "settings.endpoint: names no host: write one behind ://, as in https://receiver.example/in",
        );
        check(
            serde_json::json!({"kind": "folder", "path": "/srv/a\u{1b}b"}),
            "settings.path: has a control character",
        );
    }
}
