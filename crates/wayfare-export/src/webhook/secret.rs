//! The secret that an endpoint and this service share, by which the endpoint knows who sends.

use crate::error::ExportError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom, SystemRandom};
use std::fmt;

/// What a secret starts with.
const PREFIX: &str = "whsec_";
/// How many bytes a secret may have.
const BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// How many bytes a secret has that is made here.
const MADE: usize = 32;

/// A secret: 24 to 64 bytes, written as `whsec_` and their base64.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

/// Never the secret itself.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    /// A new one, of the system's random bytes.
    pub fn make() -> Result<Self, ExportError> {
        let mut bytes = vec![0; MADE];
        let filled = SystemRandom::new().fill(&mut bytes);
        filled.map_err(|_| ExportError::Worker("the system gives no random bytes".into()))?;
        Ok(Self(bytes))
    }

    /// Reads what somebody wrote; `path` is where the request has it.
    pub fn read(text: &str, path: &str) -> Result<Self, ExportError> {
        let bytes = text.strip_prefix(PREFIX).and_then(|text| STANDARD.decode(text).ok());
        match bytes.filter(|bytes| BYTES.contains(&bytes.len())) {
            Some(bytes) => Ok(Self(bytes)),
            None => Err(ExportError::refused(
                path,
                "must be `whsec_` and the base64 of 24 to 64 bytes; leave it out to have one made",
            )),
        }
    }

    /// As it is told once, to whoever sets the endpoint up.
    pub fn told(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    /// The bytes, to sign with or to seal.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// What was sealed before.
    pub fn of_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets() {
        let made = Secret::make().unwrap();
        assert_eq!(Secret::read(&made.told(), "secret").unwrap(), made);
        assert_ne!(Secret::make().unwrap(), made);
        assert_eq!(format!("{made:?}"), "Secret");
        for (bytes, good) in [(23, false), (24, true), (64, true), (65, false)] {
            let text = format!("whsec_{}", STANDARD.encode(vec![7; bytes]));
            assert_eq!(Secret::read(&text, "secret").is_ok(), good, "{bytes}");
        }
        for bad in ["", "whsec_", "whsec_%", "secret", &STANDARD.encode([7; 32])] {
            let told = Secret::read(bad, "secret").unwrap_err().to_string();
            assert!(told.starts_with("secret") && !told.contains('%'), "{told}");
        }
    }
}
