//! Named API keys: who may ask for exports as a program, and what it may see.
//!
//! Of a secret nothing is kept but its SHA-256. All keys are held in memory, since every request asks who it is from;
//! what changes is kept in the store before it holds here. The key of hashed columns is sealed in the vault, belongs to its
//! API key for ever, and is opened by whoever runs an export.

use crate::audit::{self, Deed};
use crate::error::ExportError;
use crate::jobs::{Exports, Inner};
use crate::policy::{AppliedPolicy, HashKey, Policy};
use crate::request::ExportRequest;
use crate::vault::{Sealed, Vault, fill};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use wayfare_model::time::Instant;
use wayfare_segment::library;
use wayfare_store::{ApiKeyRow, Store};

/// What a secret starts with.
const PREFIX: &str = "wfk_";

/// Whether a secret has the form of a named key's.
pub fn is_named_secret(secret: &str) -> bool {
    secret.starts_with(PREFIX)
}
/// How many random bytes a secret has.
const SECRET_BYTES: usize = 32;
/// How many characters of a secret are shown behind its prefix.
const SHOWN: usize = 4;
/// How many bytes the key of hashed columns has.
const HASH_KEY_BYTES: usize = 32;
/// It was not used yet.
const NEVER: i64 = i64::MIN;

/// A key as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiKey {
    /// `key_…`
    pub id: String,
    /// From 1; each change makes the next.
    pub revision: u64,
    /// What people call it.
    pub name: String,
    /// How its secret begins.
    pub hint: String,
    /// What its exports may show; everything where it is missing.
    pub policy: Option<Policy>,
    /// Whether nobody is let in by it for now.
    pub disabled: bool,
    /// When it was made.
    pub created_at: Instant,
    /// Who made it.
    pub created_by: String,
    /// When it was used last, where it was.
    pub last_used_at: Option<Instant>,
}

impl ApiKey {
    /// How jobs and the audit call whoever asks with it.
    pub fn said(&self) -> String {
        format!("API key {} ({})", self.name, self.id)
    }

    /// The policy as its exports have it.
    pub fn applied(&self) -> Option<AppliedPolicy> {
        let policy = self.policy.clone()?;
        Some(AppliedPolicy::new(&self.id, &self.name, policy))
    }
}

/// What a key is to be.
#[derive(Debug, Clone)]
pub struct ApiKeyForm {
    /// What people call it.
    pub name: String,
    /// What its exports may show; everything where it is missing.
    pub policy: Option<Policy>,
    /// Whether nobody is let in by it for now.
    pub disabled: bool,
}

/// All keys.
pub(crate) struct ApiKeys {
    known: RwLock<BTreeMap<String, Known>>,
    /// One changes keys at a time, so that what is here is what is kept.
    changing: tokio::sync::Mutex<()>,
}

struct Known {
    row: ApiKeyRow,
    key: Arc<ApiKey>,
    /// When it was used last, in microseconds.
    last_used: AtomicI64,
}

impl Known {
    fn read(row: ApiKeyRow) -> Result<Self, ExportError> {
        let policy = row.policy.as_deref().map(serde_json::from_str).transpose()?;
        let key = Arc::new(ApiKey {
            id: row.id.clone(),
            revision: row.revision,
            name: row.name.clone(),
            hint: row.hint.clone(),
            policy,
            disabled: row.disabled,
            created_at: row.created_at,
            created_by: row.created_by.clone(),
            last_used_at: row.last_used_at,
        });
        let last_used = AtomicI64::new(row.last_used_at.map_or(NEVER, Instant::micros));
        Ok(Self { row, key, last_used })
    }

    fn last_used_at(&self) -> Option<Instant> {
        Instant::from_micros(self.last_used.load(Ordering::Relaxed))
    }

    fn shown(&self) -> ApiKey {
        ApiKey { last_used_at: self.last_used_at(), ..(*self.key).clone() }
    }
}

impl ApiKeys {
    /// The keys of a store.
    pub async fn open(store: &Store) -> Result<Self, ExportError> {
        let mut known = BTreeMap::new();
        for row in store.api_keys().await? {
            known.insert(row.id.clone(), Known::read(row)?);
        }
        Ok(Self { known: RwLock::new(known), changing: tokio::sync::Mutex::default() })
    }

    fn row(&self, id: &str) -> Result<ApiKeyRow, ExportError> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.get(id).map(|known| known.row.clone()).ok_or_else(|| no_such(id))
    }

    fn keep(&self, row: ApiKeyRow) -> Result<ApiKey, ExportError> {
        let read = Known::read(row)?;
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = known.get(&read.key.id) {
            read.last_used.store(before.last_used.load(Ordering::Relaxed), Ordering::Relaxed);
        }
        let shown = read.shown();
        known.insert(shown.id.clone(), read);
        Ok(shown)
    }
}

impl Exports {
    /// The keys, by name.
    pub fn api_keys(&self) -> Vec<ApiKey> {
        let known = self.0.api_keys.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut keys: Vec<ApiKey> = known.values().map(Known::shown).collect();
        keys.sort_by_cached_key(|key| (key.name.to_lowercase(), key.id.clone()));
        keys
    }

    /// One key.
    pub fn api_key(&self, id: &str) -> Result<ApiKey, ExportError> {
        let known = self.0.api_keys.known.read().unwrap_or_else(PoisonError::into_inner);
        known.get(id).map(Known::shown).ok_or_else(|| no_such(id))
    }

    /// The key that a secret is of, disabled or not; it was used now.
    pub fn api_key_of(&self, secret: &str) -> Option<Arc<ApiKey>> {
        if !secret.starts_with(PREFIX) {
            return None;
        }
        let hash = hash_of(secret);
        let known = self.0.api_keys.known.read().unwrap_or_else(PoisonError::into_inner);
        let found = known.values().find(|known| known.row.secret == hash)?;
        if !found.key.disabled {
            found.last_used.fetch_max((self.0.settings.now)().micros(), Ordering::Relaxed);
        }
        Some(found.key.clone())
    }

    /// Makes a key; gives its secret, which is told this once.
    pub async fn create_api_key(&self, form: ApiKeyForm, by: &str) -> Result<(ApiKey, String), ExportError> {
        let _one_at_a_time = self.0.api_keys.changing.lock().await;
        let secret = new_secret()?;
        let row = ApiKeyRow {
            id: ApiKeyRow::new_id(),
            revision: 0,
            name: String::new(),
            hint: hint_of(&secret),
            secret: hash_of(&secret),
            disabled: false,
            policy: None,
            hash_key: None,
            created_at: (self.0.settings.now)(),
            created_by: by.into(),
            last_used_at: None,
        };
        let key = self.0.put_api_key(row, form, Deed::KeyCreated, by).await?;
        Ok((key, secret))
    }

    /// Changes a key that is still at `revision`. Exports that were asked for stay as they are.
    pub async fn change_api_key(
        &self,
        id: &str,
        revision: u64,
        form: ApiKeyForm,
        by: &str,
    ) -> Result<ApiKey, ExportError> {
        let _one_at_a_time = self.0.api_keys.changing.lock().await;
        let row = self.0.api_keys.row(id)?;
        if row.revision != revision {
            return Err(ExportError::Outdated { what: "API key", revision: row.revision });
        }
        self.0.put_api_key(row, form, Deed::KeyChanged, by).await
    }

    /// Gives a key a new secret, which is told this once; the old one ends at once.
    pub async fn rotate_api_key_secret(&self, id: &str, by: &str) -> Result<(ApiKey, String), ExportError> {
        let _one_at_a_time = self.0.api_keys.changing.lock().await;
        let row = self.0.api_keys.row(id)?;
        let secret = new_secret()?;
        let form = ApiKeyForm {
            name: row.name.clone(),
            policy: row.policy.as_deref().map(serde_json::from_str).transpose()?,
            disabled: row.disabled,
        };
        let row = ApiKeyRow { hint: hint_of(&secret), secret: hash_of(&secret), ..row };
        let key = self.0.put_api_key(row, form, Deed::KeySecretRotated, by).await?;
        Ok((key, secret))
    }

    /// Takes a key away, with the key of its hashes: what it has not been given yet, it never is.
    pub async fn remove_api_key(&self, id: &str, by: &str) -> Result<(), ExportError> {
        let _one_at_a_time = self.0.api_keys.changing.lock().await;
        let row = self.0.api_keys.row(id)?;
        let detail = json!({ "name": row.name });
        let audited = audit::row((self.0.settings.now)(), by, Deed::KeyRemoved, id, &detail);
        let was_there = self.0.store.remove_api_key(id, &audited).await?;
        self.0.api_keys.known.write().unwrap_or_else(PoisonError::into_inner).remove(id);
        if was_there { Ok(()) } else { Err(no_such(id)) }
    }
}

impl Inner {
    /// Keeps the next revision of a key.
    async fn put_api_key(
        &self,
        row: ApiKeyRow,
        form: ApiKeyForm,
        deed: Deed,
        by: &str,
    ) -> Result<ApiKey, ExportError> {
        let name = library::name(&form.name).map_err(|why| ExportError::refused("name", why))?;
        let vault = &self.settings.vault;
        let owner = owner(&row.id);
        let hash_key = match (&row.hash_key, form.policy.as_ref().is_some_and(Policy::hashes)) {
            (None, true) => {
                let mut key = [0; HASH_KEY_BYTES];
                fill(&mut key)?;
                Some(serde_json::to_string(&vault.seal(&owner, &key)?)?)
            }
            (Some(sealed), true) => {
                // Exports would fail one by one where it opens no more.
                vault.open(&owner, &serde_json::from_str::<Sealed>(sealed)?)?;
                row.hash_key.clone()
            }
            (_, false) => row.hash_key.clone(),
        };
        let policy = form.policy.as_ref().map(serde_json::to_string).transpose()?;
        let revision = row.revision + 1;
        let row = ApiKeyRow { revision, name, policy, hash_key, disabled: form.disabled, ..row };
        let audited = audit::row((self.settings.now)(), by, deed, &row.id, &detail(&row, &form));
        match self.store.put_api_key(&row, &audited).await? {
            true => self.api_keys.keep(row),
            false => Err(ExportError::Outdated { what: "API key", revision: row.revision }),
        }
    }

    /// Gives a request whose policy hashes columns the key of these hashes.
    pub async fn unlock(&self, request: &mut ExportRequest) -> Result<(), ExportError> {
        unlock(request, &self.store, &self.settings.vault).await
    }

    /// Keeps when keys were used last.
    pub async fn keep_last_used(&self) -> Result<(), ExportError> {
        let used: Vec<(String, Instant)> = {
            let known = self.api_keys.known.read().unwrap_or_else(PoisonError::into_inner);
            let newer = known.values().filter(|known| known.last_used_at() != known.row.last_used_at);
            newer.filter_map(|known| Some((known.key.id.clone(), known.last_used_at()?))).collect()
        };
        if used.is_empty() {
            return Ok(());
        }
        self.store.put_api_keys_used(&used).await?;
        let mut known = self.api_keys.known.write().unwrap_or_else(PoisonError::into_inner);
        for (id, at) in used {
            if let Some(known) = known.get_mut(&id) {
                known.row.last_used_at = Some(at);
            }
        }
        Ok(())
    }
}

/// Gives a request whose policy hashes columns the key of these hashes, as the store has it and the vault opens it.
pub(crate) async fn unlock(
    request: &mut ExportRequest,
    store: &Store,
    vault: &Vault,
) -> Result<(), ExportError> {
    let Some(applied) = request.policy.take() else { return Ok(()) };
    let applied = match applied.policy.hashes() {
        false => applied,
        true => {
            let row = store.api_key(&applied.key).await?.ok_or_else(|| no_such(&applied.key))?;
            let sealed = row.hash_key.ok_or(ExportError::NoHashKey)?;
            let key = vault.open(&owner(&row.id), &serde_json::from_str::<Sealed>(&sealed)?)?;
            applied.with_hash_key(HashKey::of(&key))
        }
    };
    request.policy = Some(applied);
    Ok(())
}

/// Seals the keys of all hashes under the first key of the vault; gives how many were sealed anew.
pub async fn reseal_all(store: &Store, vault: &Vault) -> Result<usize, ExportError> {
    let mut anew = 0;
    for row in store.api_keys().await? {
        let Some(sealed) = &row.hash_key else { continue };
        let sealed: Sealed = serde_json::from_str(sealed)?;
        if let Some(again) = vault.reseal(&owner(&row.id), &sealed)? {
            store.put_api_key_hash_key(&row.id, &serde_json::to_string(&again)?).await?;
            anew += 1;
        }
    }
    Ok(anew)
}

/// To whom the vault gives the key of a key's hashes.
fn owner(id: &str) -> String {
    format!("api key/{id}")
}

fn no_such(id: &str) -> ExportError {
    ExportError::NoSuch { what: "API key", id: id.into() }
}

fn new_secret() -> Result<String, ExportError> {
    let mut bytes = [0; SECRET_BYTES];
    fill(&mut bytes)?;
    Ok(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)))
}

fn hash_of(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

fn hint_of(secret: &str) -> String {
    let shown: String = secret.chars().take(PREFIX.len() + SHOWN).collect();
    format!("{shown}…")
}

fn detail(row: &ApiKeyRow, form: &ApiKeyForm) -> Value {
    let mut detail = json!({ "name": row.name, "revision": row.revision, "policy": form.policy });
    if row.disabled {
        detail["disabled"] = json!(true);
    }
    detail
}
