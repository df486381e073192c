//! Signed manifests: an Ed25519 signature beside the manifest says who made an export.
//!
//! Keys lie in the PEM forms that other tools read (PKCS #8 and SubjectPublicKeyInfo), and a signature is its 64 bytes,
//! so that `openssl pkeyutl -verify -rawin` checks it too.

use crate::error::ExportError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use std::fmt;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

/// The name of the signature in an export's directory: over the bytes of the manifest.
pub const SIGNATURE: &str = "manifest.json.sig";

/// What stands before the 32 bytes of a private key in PKCS #8.
const PRIVATE_PREFIX: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
/// What stands before the 32 bytes of a public key in SubjectPublicKeyInfo.
const PUBLIC_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];

/// A key that signs.
#[derive(Clone)]
pub struct SigningKey(Arc<Ed25519KeyPair>);

/// Never the key itself.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public_key())
    }
}

impl SigningKey {
    /// Makes a key and writes it into a new file that only its owner may read.
    pub fn make(path: &Path) -> Result<Self, ExportError> {
        let mut seed = [0u8; 32];
        SystemRandom::new()
            .fill(&mut seed)
            .map_err(|_| ExportError::Worker("the system gives no random bytes".into()))?;
        let der = [PRIVATE_PREFIX.as_slice(), &seed].concat();
        let key = Self::from_der(&der).ok_or_else(|| ExportError::Worker("a new key is none".into()))?;
        let mut file =
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(|source| {
                match source.kind() {
                    std::io::ErrorKind::AlreadyExists => {
                        ExportError::key(path, "is there already: a key is never written over")
                    }
                    _ => ExportError::file(path)(source),
                }
            })?;
        let text = pem("PRIVATE KEY", &der);
        file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(ExportError::file(path))?;
        Ok(key)
    }

    /// Reads a key that [`make`](Self::make), or `openssl genpkey -algorithm ed25519`, wrote.
    pub fn read(path: &Path) -> Result<Self, ExportError> {
        let text = std::fs::read_to_string(path).map_err(|error| ExportError::key(path, error))?;
        from_pem("PRIVATE KEY", &text).and_then(|der| Self::from_der(&der)).ok_or_else(|| {
            ExportError::key(path, "holds no Ed25519 private key; make one with `wayfare export-key new`")
        })
    }

    fn from_der(der: &[u8]) -> Option<Self> {
        Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).ok().map(|pair| Self(Arc::new(pair)))
    }

    /// What checks its signatures.
    pub fn public_key(&self) -> PublicKey {
        let mut bytes = [0u8; 32];
        bytes.copy_from_slice(self.0.public_key().as_ref());
        PublicKey(bytes)
    }

    /// The signature of a text: the same text has always the same.
    pub fn sign(&self, text: &[u8]) -> Vec<u8> {
        self.0.sign(text).as_ref().to_vec()
    }
}

/// A key that checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey([u8; 32]);

/// In base64, as [`PublicKey::read`] takes it.
impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&STANDARD.encode(self.0))
    }
}

impl PublicKey {
    /// Reads a key: a file, or the text itself; in either, base64 or PEM.
    pub fn read(file_or_text: &str) -> Result<Self, ExportError> {
        let path = Path::new(file_or_text);
        let text = match path.is_file() {
            true => &std::fs::read_to_string(path).map_err(|error| ExportError::key(path, error))?,
            false => file_or_text,
        };
        if text.contains("PRIVATE KEY") {
            return Err(ExportError::key(path, "holds a private key; give the public one"));
        }
        Self::from_text(text).ok_or_else(|| {
            ExportError::key(path, "is neither an Ed25519 public key in base64 or PEM nor a file with one")
        })
    }

    fn from_text(text: &str) -> Option<Self> {
        let bytes = from_pem("PUBLIC KEY", text).or_else(|| STANDARD.decode(text.trim()).ok())?;
        let bare = bytes.strip_prefix(PUBLIC_PREFIX.as_slice()).unwrap_or(&bytes);
        Some(Self(bare.try_into().ok()?))
    }

    /// The key in the form that other tools read.
    pub fn pem(&self) -> String {
        pem("PUBLIC KEY", &[PUBLIC_PREFIX.as_slice(), &self.0].concat())
    }

    /// Whether a signature is that of a text.
    pub fn accepts(&self, text: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.0).verify(text, signature).is_ok()
    }
}

fn pem(kind: &str, der: &[u8]) -> String {
    // Both kinds of key fit on a line.
    format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n", STANDARD.encode(der))
}

fn from_pem(kind: &str, text: &str) -> Option<Vec<u8>> {
    let (_, rest) = text.split_once(&format!("-----BEGIN {kind}-----"))?;
    let (body, _) = rest.split_once(&format!("-----END {kind}-----"))?;
    STANDARD.decode(body.split_whitespace().collect::<String>()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_read_and_checked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        let made = SigningKey::make(&path).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&path).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
        let read = SigningKey::read(&path).unwrap();
        let (signature, public) = (read.sign(b"rows"), made.public_key());
        assert_eq!(signature, made.sign(b"rows"), "the same text has the same signature");
        assert!(public.accepts(b"rows", &signature));
        assert!(!public.accepts(b"rows, changed", &signature));
        assert!(!public.accepts(b"rows", &signature[1..]));
        let other = SigningKey::make(&folder.path().join("other.pem")).unwrap();
        assert!(!other.public_key().accepts(b"rows", &signature));
        assert!(
            !format!("{made:?}").contains(std::fs::read_to_string(&path).unwrap().lines().nth(1).unwrap())
        );

        // As text, as PEM, and as a file of either.
        let file = folder.path().join("key.pub");
        for text in [public.to_string(), format!("{public}\n"), public.pem()] {
            assert_eq!(PublicKey::read(&text).unwrap(), public);
            std::fs::write(&file, text).unwrap();
            assert_eq!(PublicKey::read(file.to_str().unwrap()).unwrap(), public);
        }
    }

    #[test]
    fn what_is_no_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        SigningKey::make(&path).unwrap();
        let told = |error: ExportError| error.to_string();
        assert!(told(SigningKey::make(&path).unwrap_err()).ends_with("never written over"));
        assert!(told(PublicKey::read(path.to_str().unwrap()).unwrap_err()).contains("holds a private key"));
        for text in ["", "x", "AAAA", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----"] {
            assert!(told(PublicKey::read(text).unwrap_err()).contains("is neither"), "{text}");
            std::fs::write(&path, text).unwrap();
            assert!(told(SigningKey::read(&path).unwrap_err()).contains("holds no Ed25519 private key"));
        }
        assert!(SigningKey::read(&folder.path().join("none")).is_err());
    }

    /// RFC 8032, section 7.1, test 2: the signatures are those of everybody else.
    #[test]
    fn a_known_signature() {
        let hex = |text: &str| -> Vec<u8> {
            (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
        };
        let seed = hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
        let key = SigningKey::from_der(&[PRIVATE_PREFIX.as_slice(), &seed].concat()).unwrap();
        assert_eq!(
            key.public_key().0.to_vec(),
            hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
        );
        let signature = key.sign(&[0x72]);
        assert_eq!(signature[..8], hex("92a009a9f0d4cab8"));
    }
}
