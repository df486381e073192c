//! Settings: a file, then the environment, then flags, each standing over the one before.
//!
//! The same names in all three: `smtp_url` in the file is `WAYFARE_SMTP_URL` in the environment.

use crate::command::Arguments;
use crate::failure::Failure;
use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::Duration;
use wayfare_store::{Access, OpenOptions};

/// All settings.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Configuration {
    /// The data directory.
    pub data: PathBuf,
    /// Where the service listens.
    pub listen: String,
    /// Opens the web app; needed where others can reach the service.
    pub password: Option<String>,
    /// What programs send as `Authorization: Bearer KEY`; needed where others can reach the service.
    pub api_key: Option<String>,
    /// The relay that sends mail, such as `smtps://user:password@relay.example`; without one mail goes to files.
    pub smtp_url: Option<String>,
    /// The sender of mail.
    pub mail_from: String,
    /// How people reach the service, for links in mail; the listening address where it is not set.
    pub public_url: Option<String>,
    /// How long a download link lives.
    pub link_hours: u32,
    /// How long the files of a finished export are kept.
    pub export_days: u32,
    /// Records of one flush into the lake.
    pub flush_records: u64,
    /// How long the service lets records lie in the inbox.
    pub flush_seconds: u64,
    /// Bytes that columns for counting may take.
    pub column_bytes: usize,
    /// Bytes that filters over event ids may take.
    pub id_filter_bytes: usize,
    /// Below so many free bytes on the disk nothing more is accepted.
    pub min_free_bytes: u64,
    /// What is logged: `info`, `debug`, `wayfare_store=debug`, ….
    pub log: Option<String>,
}

/// Settings that are text, also where the text looks like a number.
const TEXTS: [&str; 8] =
    ["data", "listen", "password", "api_key", "smtp_url", "mail_from", "public_url", "log"];

impl Default for Configuration {
    fn default() -> Self {
        let store = OpenOptions::default();
        Self {
            data: "data".into(),
            listen: "127.0.0.1:8080".into(),
            password: None,
            api_key: None,
            smtp_url: None,
            mail_from: "Wayfare <wayfare@localhost>".into(),
            public_url: None,
            link_hours: 24,
            export_days: 7,
            flush_records: store.flush_records,
            flush_seconds: 10,
            column_bytes: store.column_bytes,
            id_filter_bytes: store.id_filter_bytes,
            min_free_bytes: store.min_free_bytes,
            log: None,
        }
    }
}

/// Never the secrets.
impl std::fmt::Debug for Configuration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Configuration")
            .field("data", &self.data)
            .field("listen", &self.listen)
            .finish_non_exhaustive()
    }
}

impl Configuration {
    /// Reads the settings for a run.
    pub fn load(arguments: &Arguments) -> Result<Self, Failure> {
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        if let Some(file) = arguments.configuration_file() {
            if !file.is_file() {
                return Err(Failure::refused(format!(
                    "{}: there is no such configuration file",
                    file.display()
                )));
            }
            figment = figment.merge(Toml::file_exact(file));
        }
        let environment = Env::prefixed("WAYFARE_").ignore(&["bin", "cases", "test_seed", "config"]);
        figment = figment.merge(environment.clone().ignore(&TEXTS));
        // Figment would read a password of digits as a number.
        for (name, value) in Env::prefixed("WAYFARE_").only(&TEXTS).iter() {
            figment = figment.merge((name.as_str(), value));
        }
        for (name, value) in arguments.settings() {
            figment = figment.merge((name, value));
        }
        let configuration: Self =
            figment.extract().map_err(|error| Failure::refused(format!("configuration: {error}")))?;
        if configuration.flush_records == 0 {
            return Err(Failure::refused("configuration: flush_records must be at least 1"));
        }
        Ok(configuration)
    }

    /// The data directory.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// How the store is opened.
    pub fn store(&self, access: Access, flush_in_background: bool) -> OpenOptions {
        OpenOptions {
            access,
            flush_records: self.flush_records,
            flush_interval: flush_in_background.then(|| Duration::from_secs(self.flush_seconds.max(1))),
            column_bytes: self.column_bytes,
            id_filter_bytes: self.id_filter_bytes,
            min_free_bytes: self.min_free_bytes,
        }
    }
}
