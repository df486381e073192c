//! Settings: a file, then the environment, then flags, each standing over the one before.
//!
//! The same names in all three: `smtp_url` in the file is `WAYFARE_SMTP_URL` in the environment.

use crate::command::Arguments;
use crate::failure::Failure;
use figment::Figment;
use figment::error::Kind;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::time::Duration;
use wayfare_model::problem::nearest_name;
use wayfare_server::Limits;
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
    /// The relay that sends mail, such as `smtps://user:password@relay.example` or `smtp://…?tls=required`; without one
    /// mail goes to files.
    pub smtp_url: Option<String>,
    /// A PEM file with the issuer of the relay's certificate, where the web does not know it.
    pub smtp_ca_certificate: Option<PathBuf>,
    /// The sender of mail.
    pub mail_from: String,
    /// How people reach the service, for links in mail; the listening address where it is not set.
    pub public_url: Option<String>,
    /// How long a download link lives.
    pub link_hours: u32,
    /// How long the files of a finished export are kept.
    pub export_days: u32,
    /// The account that clients of the raw surfaces name in `X-PARTNER-NAME`; any where it is not set.
    pub partner_name: Option<String>,
    /// How many raw exports a key may ask for in a day of UTC; no limit where it is 0.
    pub raw_exports_a_day: u32,
    /// Whether hooks, files of values and destinations may lie at private addresses.
    pub allow_private_hooks: bool,
    /// How long is waited after the first failed call of a hook; the wait doubles with each.
    pub hook_retry_seconds: u64,
    /// How many exports the service writes at the same time.
    pub exports_at_once: usize,
    /// How long a failed export may be tried again from where it was.
    pub retry_hours: u32,
    /// The file of the key that signs the manifests of exports, outside of the data directory.
    pub export_signing_key: Option<PathBuf>,
    /// The file of keys under which secrets of others are kept, outside of the data directory.
    pub vault_keys: Option<PathBuf>,
    /// Below which folders of this machine exports may be sent to; none where it is not set.
    pub destination_folder_root: Option<PathBuf>,
    /// Records of one flush into the lake.
    pub flush_records: u64,
    /// How long the service lets records lie in the inbox.
    pub flush_seconds: u64,
    /// Bytes that columns for counting may take.
    pub column_bytes: usize,
    /// How long a count over HTTP may take.
    pub count_seconds: u64,
    /// Bytes that one count over HTTP may take beside the columns.
    pub count_memory_bytes: u64,
    /// How many counts over HTTP run at the same time; as many as there are cores where it is 0.
    pub counts_at_once: usize,
    /// Bytes that filters over event ids may take.
    pub id_filter_bytes: usize,
    /// Below so many free bytes on the disk nothing more is accepted.
    pub min_free_bytes: u64,
    /// What is logged: `info`, `debug`, `wayfare_store=debug`, ….
    pub log: Option<String>,
}

/// Variables of the environment that are no settings: how tests, the choice of the file itself and that of a server are told.
const NO_SETTINGS: [&str; 6] = ["bin", "cases", "seed", "test_seed", "config", "server"];

/// A quarter of the memory that this process may use, in bytes; `None` where the system does not say.
fn quarter_of_the_memory() -> Option<usize> {
    let read = |path: &str| std::fs::read_to_string(path).ok();
    let machine = read("/proc/meminfo").and_then(|text| {
        let total = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
        total.trim().strip_suffix(" kB")?.trim().parse::<usize>().ok()?.checked_mul(1024)
    });
    // A container, or a service with a limit, may have less than its machine.
    let groups = read("/proc/self/cgroup").unwrap_or_default();
    let limits =
        limit_files(&groups).into_iter().filter_map(|path| read(&path)?.trim().parse::<usize>().ok());
    machine.into_iter().chain(limits).min().map(|bytes| bytes / 4)
}

/// The files that may limit the memory of a process, by what the system says of its control groups: those of its own
/// and of all that it lies in.
fn limit_files(groups: &str) -> Vec<String> {
    let mut files = Vec::new();
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':');
        let (Some(_), Some(controllers), Some(group)) = (parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        let (root, file) = match controllers {
            "" => ("/sys/fs/cgroup", "memory.max"),
            _ if controllers.split(',').any(|name| name == "memory") => {
                ("/sys/fs/cgroup/memory", "memory.limit_in_bytes")
            }
            _ => continue,
        };
        let ancestors = Path::new(group).ancestors().map(|group| group.to_string_lossy());
        files.extend(ancestors.map(|group| format!("{root}{}/{file}", group.trim_end_matches('/'))));
    }
    files
}

/// The names of all settings.
fn names() -> Vec<String> {
    match serde_json::to_value(Configuration::default()) {
        Ok(serde_json::Value::Object(settings)) => settings.into_iter().map(|(name, _)| name).collect(),
        _ => Vec::new(),
    }
}

/// What is wrong with the settings, by the names that people wrote.
fn told(error: figment::Error) -> String {
    let lines = error.into_iter().map(|error| {
        let name = error.path.join(".");
        let source = error.metadata.as_ref().and_then(|of| of.source.as_ref()).map(|of| format!("{of}: "));
        let source = source.unwrap_or_default();
        match &error.kind {
            Kind::UnknownField(unknown, known) => {
                let nearest = nearest_name(unknown, known.iter().copied());
                let said = nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
                format!("{source}there is no setting `{unknown}`{said}")
            }
            Kind::InvalidType(found, expected) => {
                let expected = match expected.as_str() {
                    "u32" | "u64" | "usize" => "a whole number",
                    other => other,
                };
                format!("{source}`{name}` must be {expected}, and is {found}")
            }
            other => format!("{source}`{name}`: {other}"),
        }
    });
    format!("configuration: {}", lines.collect::<Vec<_>>().join("; "))
}

/// Settings that are text, also where the text looks like a number.
const TEXTS: [&str; 13] = [
    "data",
    "listen",
    "password",
    "api_key",
    "smtp_url",
    "smtp_ca_certificate",
    "mail_from",
    "public_url",
    "partner_name",
    "export_signing_key",
    "vault_keys",
    "destination_folder_root",
    "log",
];

impl Default for Configuration {
    fn default() -> Self {
        let store = OpenOptions::default();
        let limits = Limits::default();
        Self {
            data: "data".into(),
            listen: "127.0.0.1:8080".into(),
            password: None,
            api_key: None,
            smtp_url: None,
            smtp_ca_certificate: None,
            mail_from: "Wayfare <wayfare@localhost>".into(),
            public_url: None,
            link_hours: 24,
            export_days: 7,
            partner_name: None,
            raw_exports_a_day: 0,
            allow_private_hooks: false,
            hook_retry_seconds: 10,
            exports_at_once: 1,
            retry_hours: 24,
            export_signing_key: None,
            vault_keys: None,
            destination_folder_root: None,
            flush_records: store.flush_records,
            flush_seconds: 10,
            column_bytes: quarter_of_the_memory().unwrap_or(store.column_bytes),
            count_seconds: limits.time.as_secs(),
            count_memory_bytes: limits.memory,
            counts_at_once: 0,
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
                let what = if file.exists() { "is no file" } else { "there is no such configuration file" };
                return Err(Failure::refused(format!("{}: {what}", file.display())));
            }
            figment = figment.merge(Toml::file_exact(file));
        }
        let known = names();
        let environment = Env::prefixed("WAYFARE_");
        for (name, value) in environment.iter().filter(|(_, value)| !value.is_empty()) {
            let name = name.as_str();
            if TEXTS.contains(&name) {
                // Figment would read a password of digits as a number.
                figment = figment.merge((name, value));
            } else if known.iter().any(|known| known == name) {
                figment = figment.merge(Env::prefixed("WAYFARE_").only(&[name]));
            } else if !NO_SETTINGS.contains(&name) {
                // Some systems set variables of their own under the name of a service: these stop nothing.
                let nearest = nearest_name(name, known.iter().map(String::as_str));
                let said = nearest.map_or_else(String::new, |name| {
                    format!("; did you mean WAYFARE_{}?", name.to_uppercase())
                });
                eprintln!("wayfare: WAYFARE_{} is no setting and is passed over{said}", name.to_uppercase());
            }
        }
        for (name, value) in arguments.settings() {
            figment = figment.merge((name, value));
        }
        let configuration: Self = figment.extract().map_err(|error| Failure::refused(told(error)))?;
        configuration.check()?;
        Ok(configuration)
    }

    fn check(&self) -> Result<(), Failure> {
        let refuse = |name: &str, why: &str| Err(Failure::refused(format!("configuration: `{name}` {why}")));
        if self.data.as_os_str().is_empty() {
            return refuse("data", "is empty; name a directory");
        }
        for (name, value) in [
            ("flush_records", self.flush_records),
            ("count_seconds", self.count_seconds),
            ("link_hours", u64::from(self.link_hours)),
            ("export_days", u64::from(self.export_days)),
            ("hook_retry_seconds", self.hook_retry_seconds),
            ("exports_at_once", self.exports_at_once as u64),
            ("retry_hours", u64::from(self.retry_hours)),
        ] {
            if value == 0 {
                return refuse(name, "must be at least 1");
            }
        }
        if self.destination_folder_root.as_ref().is_some_and(|root| !root.is_absolute()) {
            return refuse("destination_folder_root", "must be an absolute path, such as /srv/exports");
        }
        let is_lower = |name: &String| !name.is_empty() && !name.chars().any(char::is_uppercase);
        if self.partner_name.as_ref().is_some_and(|name| !is_lower(name)) {
            return refuse("partner_name", "must be in lower case, as clients send it");
        }
        let is_address = |url: &String| {
            let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
            host.is_some_and(|host| {
                !host.is_empty() && !host.starts_with('/') && !host.contains(char::is_whitespace)
            })
        };
        if self.public_url.as_ref().is_some_and(|url| !is_address(url)) {
            return refuse("public_url", "must be an address such as https://wayfare.example");
        }
        Ok(())
    }

    /// The data directory.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// What a count over HTTP may take.
    pub fn limits(&self) -> Limits {
        Limits {
            time: Duration::from_secs(self.count_seconds),
            memory: self.count_memory_bytes,
            at_once: match self.counts_at_once {
                0 => Limits::default().at_once,
                some => some,
            },
        }
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
            ..OpenOptions::default()
        }
    }
}
