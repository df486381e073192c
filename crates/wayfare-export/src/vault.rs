//! Secrets of others, such as a bucket's key or a webhook's: encrypted under a key that lies outside the data directory.
//!
//! What is kept is the secret under AES-256-GCM, bound to its owner, so that it opens nowhere else. The file of keys has one
//! a line: the first one seals, and all of them open, which is how a key is replaced while the old one is still needed.

use crate::error::ExportError;
use crate::part_file::sync_directory;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

/// What a line of the file starts with.
const PREFIX: &str = "wayfare-vault-";
/// The bytes of a key.
const KEY_BYTES: usize = 32;

/// Seals and opens secrets. Clones share its keys; without any it refuses.
#[derive(Clone, Default)]
pub struct Vault(Arc<Vec<Key>>);

struct Key {
    id: String,
    key: LessSafeKey,
}

/// Never the keys themselves.
impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| &key.id)).finish()
    }
}

/// A secret as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// Which key opens it.
    key: String,
    /// Nonce and text, in base64.
    text: String,
}

impl Vault {
    /// Writes a new file with one key, that only its owner may read.
    pub fn make(path: &Path) -> Result<(), ExportError> {
        let mut file =
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(|source| {
                match source.kind() {
                    std::io::ErrorKind::AlreadyExists => ExportError::key(
                        path,
                        "is there already: `wayfare vault rotate` puts a new key in the place of those in it",
                    ),
                    _ => ExportError::file(path)(source),
                }
            })?;
        let written = file.write_all(new_line()?.as_bytes()).and_then(|()| file.sync_all());
        written.map_err(ExportError::file(path))
    }

    /// Puts a new key at the head of a file: from then on it seals.
    pub fn add_key(path: &Path) -> Result<(), ExportError> {
        let text = std::fs::read_to_string(path).map_err(|error| ExportError::key(path, error))?;
        Self::parse(&text, path)?;
        replace(path, &(new_line()? + &text))
    }

    /// Leaves nothing but the first key in a file: what others sealed opens no more.
    pub fn keep_first_key(path: &Path) -> Result<(), ExportError> {
        let text = std::fs::read_to_string(path).map_err(|error| ExportError::key(path, error))?;
        Self::parse(&text, path)?;
        let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        replace(path, &format!("{first}\n"))
    }

    /// Reads a file of keys.
    pub fn read(path: &Path) -> Result<Self, ExportError> {
        let text = std::fs::read_to_string(path).map_err(|error| ExportError::key(path, error))?;
        Self::parse(&text, path)
    }

    fn parse(text: &str, path: &Path) -> Result<Self, ExportError> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let keys: Option<Vec<Key>> = lines.map(Key::of_line).collect();
        match keys {
            Some(keys) if !keys.is_empty() => Ok(Self(Arc::new(keys))),
            _ => Err(ExportError::key(path, "holds no keys of a vault; make one with `wayfare vault new`")),
        }
    }

    /// Seals a secret for its owner, which is what opens it again.
    pub fn seal(&self, owner: &str, secret: &[u8]) -> Result<Sealed, ExportError> {
        let first = self.0.first().ok_or(ExportError::NoVault)?;
        let mut nonce = [0; NONCE_LEN];
        fill(&mut nonce)?;
        let mut text = secret.to_vec();
        let sealed = first.key.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(owner.as_bytes()),
            &mut text,
        );
        sealed.map_err(|_| ExportError::Worker("a secret cannot be sealed".into()))?;
        Ok(Sealed { key: first.id.clone(), text: STANDARD.encode([&nonce[..], &text].concat()) })
    }

    /// Opens what was sealed for an owner.
    pub fn open(&self, owner: &str, sealed: &Sealed) -> Result<Vec<u8>, ExportError> {
        let lost = |why: &str| ExportError::Sealed { owner: owner.into(), why: why.into() };
        if self.0.is_empty() {
            return Err(ExportError::NoVault);
        }
        let key = self.0.iter().find(|key| key.id == sealed.key);
        let key = key.ok_or_else(|| lost("the file of keys has not the one that it was sealed with"))?;
        let broken = || lost("it was changed, or belongs to somebody else");
        let bytes = STANDARD.decode(&sealed.text).map_err(|_| broken())?;
        let (nonce, text) = bytes.split_first_chunk::<NONCE_LEN>().ok_or_else(broken)?;
        let mut text = text.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = key.key.open_in_place(nonce, Aad::from(owner.as_bytes()), &mut text);
        opened.map(|secret| secret.to_vec()).map_err(|_| broken())
    }

    /// The same secret under the first key; `None` where that has sealed it already.
    pub fn reseal(&self, owner: &str, sealed: &Sealed) -> Result<Option<Sealed>, ExportError> {
        match self.0.first() {
            Some(first) if first.id == sealed.key => Ok(None),
            _ => self.seal(owner, &self.open(owner, sealed)?).map(Some),
        }
    }
}

impl Key {
    fn of_line(line: &str) -> Option<Self> {
        let bytes = STANDARD.decode(line.strip_prefix(PREFIX)?).ok().filter(|key| key.len() == KEY_BYTES)?;
        let id = Sha256::digest([b"wayfare vault ", bytes.as_slice()].concat());
        let id = crate::part_file::hex(&id[..4]);
        Some(Self { id, key: LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &bytes).ok()?) })
    }
}

fn new_line() -> Result<String, ExportError> {
    let mut key = [0; KEY_BYTES];
    fill(&mut key)?;
    Ok(format!("{PREFIX}{}\n", STANDARD.encode(key)))
}

/// Fills bytes with random ones of the system.
pub(crate) fn fill(bytes: &mut [u8]) -> Result<(), ExportError> {
    let filled = SystemRandom::new().fill(bytes);
    filled.map_err(|_| ExportError::Worker("the system gives no random bytes".into()))
}

/// Puts a text in the place of a file: whoever reads it meanwhile has all of one or the other. It stays whose it was, and
/// readable by whom it was: a service under a name of its own must still open it.
fn replace(path: &Path, text: &str) -> Result<(), ExportError> {
    let temporary = path.with_extension("new");
    let written = (|| {
        let old = std::fs::metadata(path)?;
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
        let new = file.metadata()?;
        if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
            std::os::unix::fs::fchown(&file, Some(old.uid()), Some(old.gid()))?;
        }
        // Behind the owner, since another one may take bits away.
        file.set_permissions(old.permissions())?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&temporary, path)
    })();
    if written.is_err() {
        // The error below says why; keys must not lie around.
        let _ = std::fs::remove_file(&temporary);
    }
    written.map_err(ExportError::file(path))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    sync_directory(folder.unwrap_or(Path::new(".")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        Vault::make(&path).unwrap();
        let told = Vault::make(&path).unwrap_err().to_string();
        assert!(told.contains("already") && told.contains("`wayfare vault rotate`"), "{told}");
        let vault = Vault::read(&path).unwrap();
        let sealed = vault.seal("destination/1", b"secret").unwrap();
        assert!(!format!("{sealed:?}{vault:?}").contains("secret"));
        assert_eq!(vault.open("destination/1", &sealed).unwrap(), b"secret");
        assert!(vault.open("destination/2", &sealed).is_err());
        let mut changed = sealed.clone();
        changed.text.replace_range(20..21, if &sealed.text[20..21] == "A" { "B" } else { "A" });
        assert!(vault.open("destination/1", &changed).is_err());
        assert!(matches!(Vault::default().open("destination/1", &sealed), Err(ExportError::NoVault)));
        assert!(matches!(Vault::default().seal("x", b""), Err(ExportError::NoVault)));
    }

    #[test]
    fn keys_are_replaced_while_the_old_one_opens() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        Vault::make(&path).unwrap();
        let old = Vault::read(&path).unwrap();
        let sealed = old.seal("x", b"secret").unwrap();
        assert_eq!(old.reseal("x", &sealed).unwrap(), None);
        Vault::add_key(&path).unwrap();
        let both = Vault::read(&path).unwrap();
        assert_eq!(both.open("x", &sealed).unwrap(), b"secret");
        let again = both.reseal("x", &sealed).unwrap().unwrap();
        assert!(old.open("x", &again).is_err());
        Vault::keep_first_key(&path).unwrap();
        let new = Vault::read(&path).unwrap();
        assert_eq!(new.open("x", &again).unwrap(), b"secret");
        assert!(new.open("x", &sealed).unwrap_err().to_string().contains("keys"));
    }

    #[test]
    fn a_changed_file_of_keys_stays_whose_it_was() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        Vault::make(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        // Only root may give it away; for anybody else it stays their own.
        let _ = std::os::unix::fs::chown(&path, Some(12_345), Some(12_346));
        let of = |path: &Path| {
            let known = std::fs::metadata(path).unwrap();
            (known.permissions().mode() & 0o777, known.uid(), known.gid())
        };
        let before = of(&path);
        assert_eq!(before.0, 0o640);
        Vault::add_key(&path).unwrap();
        assert_eq!(of(&path), before);
        Vault::keep_first_key(&path).unwrap();
        assert_eq!(of(&path), before);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing lies beside it");
    }

    #[test]
    fn what_is_no_file_of_keys() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        for text in ["", "\n", "wayfare-vault-", "wayfare-vault-AAAA", "-----BEGIN PRIVATE KEY-----"] {
            std::fs::write(&path, text).unwrap();
            assert!(Vault::read(&path).unwrap_err().to_string().contains("wayfare vault new"), "{text}");
        }
    }
}
