//! An endpoint: an address that is told of what happens, and the secrets by which it knows who tells.

use super::breaker::Breaker;
use super::message::EventType;
use super::secret::Secret;
use crate::error::ExportError;
use crate::vault::{Sealed, Vault};
use serde::{Deserialize, Serialize};
use url::Url;
use wayfare_model::name::line_fault;
use wayfare_model::time::Instant;
use wayfare_store::{Store, WebhookEndpointRow};

/// The longest address.
const LONGEST_URL: usize = 2_048;
/// The longest description.
const LONGEST_DESCRIPTION: usize = 500;

/// What somebody says of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointForm {
    /// Where messages go.
    pub url: String,
    /// What it is for, in somebody's words.
    pub description: String,
    /// What it wants to be told of; everything where this is empty.
    pub events: Vec<EventType>,
    /// Whether messages wait for the time being.
    pub disabled: bool,
}

impl EndpointForm {
    /// Refuses what no endpoint can have. `check_address` says whether its address may be called.
    pub(crate) fn check(
        mut self,
        check_address: impl FnOnce(&str) -> Result<(), String>,
    ) -> Result<Self, ExportError> {
        if self.url.len() > LONGEST_URL {
            return Err(ExportError::refused("url", format!("must have at most {LONGEST_URL} bytes")));
        }
        check_address(&self.url).map_err(|why| ExportError::refused("url", why))?;
        // An address is shown to everybody who may see endpoints, so it holds no secret. Kept ones stay as they are.
        let is_plain = |url: Url| url.username().is_empty() && url.password().is_none();
        if !Url::parse(&self.url).is_ok_and(is_plain) {
            let form =
                "must be an address such as https://receiver.example/wayfare, without a name or password";
            return Err(ExportError::refused("url", form));
        }
        if self.description.chars().count() > LONGEST_DESCRIPTION {
            let message = format!("must have at most {LONGEST_DESCRIPTION} characters");
            return Err(ExportError::refused("description", message));
        }
        if let Some(fault) = line_fault(&self.description) {
            return Err(ExportError::refused("description", fault));
        }
        self.events.sort_unstable();
        self.events.dedup();
        Ok(self)
    }
}

/// The types of that name; refused where there is none.
pub fn event_types(names: &[String]) -> Result<Vec<EventType>, ExportError> {
    let known = EventType::ALL.map(EventType::name).join(", ");
    let read = names.iter().enumerate().map(|(index, name)| {
        EventType::of(name).ok_or_else(|| {
            ExportError::refused(format!("events[{index}]"), format!("{name:?} is none of {known}"))
        })
    });
    read.collect()
}

/// An endpoint, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// `ep_…`
    pub id: String,
    /// Where messages go.
    pub url: String,
    /// What it is for, in somebody's words.
    pub description: String,
    /// What it wants to be told of; everything where this is empty.
    pub events: Vec<EventType>,
    /// Whether messages wait for the time being.
    pub disabled: bool,
    /// Counts its changes, from 1.
    pub revision: u64,
    /// When it was made.
    pub created_at: Instant,
    /// Who made it.
    pub created_by: String,
}

impl Endpoint {
    /// A new one.
    pub(crate) fn new(form: EndpointForm, created_by: &str, now: Instant) -> Self {
        let EndpointForm { url, description, events, disabled } = form;
        let id = format!("ep_{}", uuid::Uuid::now_v7().simple());
        let created_by = created_by.to_owned();
        Self { id, url, description, events, disabled, revision: 1, created_at: now, created_by }
    }

    /// The next revision.
    pub(crate) fn changed(self, form: EndpointForm) -> Self {
        let EndpointForm { url, description, events, disabled } = form;
        Self { url, description, events, disabled, revision: self.revision + 1, ..self }
    }

    /// Whether it is told of events of a type.
    pub fn wants(&self, kind: EventType) -> bool {
        self.events.is_empty() || self.events.contains(&kind)
    }
}

/// An endpoint and what waits for it.
#[derive(Debug, Clone)]
pub struct EndpointState {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// How many of its secrets are live: one, or two while one is replaced.
    pub live_secrets: usize,
    /// Until when the older of two is live; for ever where this is missing.
    pub old_secret_until: Option<Instant>,
    /// Messages that wait.
    pub waiting: u64,
    /// Messages that were given up.
    pub dead: u64,
    /// What is known of its newest attempts.
    pub breaker: Breaker,
    /// When the next attempt may be made, where anything waits.
    pub next_attempt_at: Option<Instant>,
}

/// A secret that is replaced.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct OldSecret {
    secret: Sealed,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<Instant>,
}

/// An endpoint as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct KeptEndpoint {
    pub endpoint: Endpoint,
    secret: Sealed,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    old_secret: Option<OldSecret>,
}

impl KeptEndpoint {
    pub fn new(endpoint: Endpoint, secret: &Secret, vault: &Vault) -> Result<Self, ExportError> {
        let secret = vault.seal(&owner(&endpoint.id), secret.bytes())?;
        Ok(Self { endpoint, secret, old_secret: None })
    }

    pub fn read(row: &WebhookEndpointRow) -> Result<Self, ExportError> {
        Ok(serde_json::from_str(&row.endpoint)?)
    }

    /// The same with a new secret; the one that was the newest stays live until a time, or until the next change of
    /// secrets. One that was older is live no longer.
    pub fn rotated(
        self,
        secret: &Secret,
        until: Option<Instant>,
        vault: &Vault,
    ) -> Result<Self, ExportError> {
        let sealed = vault.seal(&owner(&self.endpoint.id), secret.bytes())?;
        let old_secret = Some(OldSecret { secret: self.secret, until });
        let endpoint = Endpoint { revision: self.endpoint.revision + 1, ..self.endpoint };
        Ok(Self { endpoint, secret: sealed, old_secret })
    }

    /// The secrets that are live at a time, the newest first.
    pub fn secrets(&self, now: Instant, vault: &Vault) -> Result<Vec<Secret>, ExportError> {
        let sealed = std::iter::once(&self.secret).chain(self.old(now).map(|old| &old.secret));
        let owner = owner(&self.endpoint.id);
        sealed.map(|sealed| vault.open(&owner, sealed).map(Secret::of_bytes)).collect()
    }

    /// How many secrets are live at a time, and until when the older one is.
    pub fn live_secrets(&self, now: Instant) -> (usize, Option<Instant>) {
        let old = self.old(now);
        (1 + usize::from(old.is_some()), old.and_then(|old| old.until))
    }

    /// Seals the secrets under the first key; gives whether anything changed.
    pub fn reseal(&mut self, vault: &Vault) -> Result<bool, ExportError> {
        let owner = owner(&self.endpoint.id);
        let mut changed = false;
        for sealed in
            std::iter::once(&mut self.secret).chain(self.old_secret.as_mut().map(|old| &mut old.secret))
        {
            if let Some(anew) = vault.reseal(&owner, sealed)? {
                *sealed = anew;
                changed = true;
            }
        }
        Ok(changed)
    }

    fn old(&self, now: Instant) -> Option<&OldSecret> {
        self.old_secret.as_ref().filter(|old| old.until.is_none_or(|until| now < until))
    }
}

/// Seals the secrets of every endpoint of a store under the first key of the vault; gives of how many endpoints.
pub async fn reseal_all(store: &Store, vault: &Vault) -> Result<usize, ExportError> {
    let mut anew = 0;
    for row in store.webhook_endpoints().await? {
        let mut kept = KeptEndpoint::read(&row)?;
        if kept.reseal(vault)? {
            let endpoint = serde_json::to_string(&kept)?;
            store.put_webhook_endpoint(&WebhookEndpointRow { endpoint, ..row }).await?;
            anew += 1;
        }
    }
    Ok(anew)
}

/// To whom the vault gives the secrets of an endpoint.
fn owner(id: &str) -> String {
    format!("webhook/{id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Instant {
        Instant::from_micros(seconds * 1_000_000).unwrap()
    }

    fn form(url: &str) -> EndpointForm {
        EndpointForm { url: url.into(), description: String::new(), events: Vec::new(), disabled: false }
    }

    #[test]
    fn two_secrets_are_live_while_one_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        Vault::make(&path).unwrap();
        let vault = Vault::read(&path).unwrap();
        let secrets: Vec<Secret> = (0..3).map(|_| Secret::make().unwrap()).collect();
        let endpoint = Endpoint::new(form("https://x.example"), "test", at(0));
        let kept = KeptEndpoint::new(endpoint, &secrets[0], &vault).unwrap();
        assert_eq!(kept.secrets(at(0), &vault).unwrap(), [secrets[0].clone()]);
        let kept = kept.rotated(&secrets[1], None, &vault).unwrap();
        assert_eq!(kept.secrets(at(9), &vault).unwrap(), [secrets[1].clone(), secrets[0].clone()]);
        assert_eq!((kept.live_secrets(at(9)), kept.endpoint.revision), ((2, None), 2));
        let kept = kept.rotated(&secrets[2], Some(at(10)), &vault).unwrap();
        assert_eq!(kept.secrets(at(9), &vault).unwrap(), [secrets[2].clone(), secrets[1].clone()]);
        assert_eq!(kept.secrets(at(10), &vault).unwrap(), [secrets[2].clone()]);

        // A key of the vault is replaced, and the old one taken away.
        Vault::add_key(&path).unwrap();
        let mut kept = kept;
        assert!(kept.reseal(&Vault::read(&path).unwrap()).unwrap());
        Vault::keep_first_key(&path).unwrap();
        let vault = Vault::read(&path).unwrap();
        assert!(!kept.reseal(&vault).unwrap());
        assert_eq!(kept.secrets(at(9), &vault).unwrap(), [secrets[2].clone(), secrets[1].clone()]);
        let json = serde_json::to_string(&kept).unwrap();
        assert!(!json.contains("whsec_") && !format!("{kept:?}").contains(&secrets[2].told()[6..]));
    }

    #[test]
    fn what_is_refused() {
        let check = |form: EndpointForm, path: &str| {
            let told = form.check(|_| Ok(())).unwrap_err().to_string();
            assert!(told.starts_with(path), "{told}");
        };
        check(form(&format!("https://{}", "x".repeat(2_048))), "url");
        for url in ["https://u:p@x.example", "https://u@x.example/in", "https://:p@x.example"] {
            check(form(url), "url: must be an address such as https://receiver.example/wayfare, without a");
        }
        check(EndpointForm { description: "x".repeat(501), ..form("https://x.example") }, "description");
        check(
            EndpointForm { description: "x\r\nset-cookie: y".into(), ..form("https://x.example") },
            "description: has a control character",
        );
        let told = form("http://10.0.0.1").check(|_| Err("is private".into())).unwrap_err().to_string();
        assert!(told.contains("is private"), "{told}");
        let told = event_types(&["export.failed".into(), "export.begun".into()]).unwrap_err().to_string();
        assert!(told.starts_with("events[1]") && told.contains("schedule.missed"), "{told}");
        let twice = vec![EventType::ScheduleMissed, EventType::ExportFailed, EventType::ScheduleMissed];
        let form = EndpointForm { events: twice, ..form("https://x.example") }.check(|_| Ok(())).unwrap();
        assert_eq!(form.events, [EventType::ExportFailed, EventType::ScheduleMissed]);
        let endpoint = Endpoint::new(form, "test", at(0));
        assert!(endpoint.wants(EventType::ExportFailed) && !endpoint.wants(EventType::ExportCompleted));
    }
}
