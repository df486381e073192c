//! A secret, kept only as its hash and compared in constant time.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// A secret that was configured.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Secret([u8; 32]);

impl Secret {
    /// Of a text.
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// Whether `text` is the secret; takes as long whatever is wrong with it.
    pub fn is(&self, text: &str) -> bool {
        self.0.ct_eq(&Self::of(text).0).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_itself() {
        let secret = Secret::of("correct horse");
        assert!(secret.is("correct horse"));
        assert!(!secret.is("correct hors") && !secret.is("") && !secret.is("Correct horse"));
    }
}
