//! Hashes that nobody without the key can make, so that nobody can try out values.

use crate::part_file::hex;
use ring::hmac::{HMAC_SHA256, Key, sign};
use std::fmt;

/// The key of an API key's hashes: HMAC-SHA256.
#[derive(Clone)]
pub struct HashKey(Key);

/// Never the key itself.
impl fmt::Debug for HashKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashKey")
    }
}

impl HashKey {
    /// A key of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Key::new(HMAC_SHA256, bytes))
    }

    /// The hash of a value, in lower-case hexadecimal.
    pub fn hash(&self, value: &[u8]) -> String {
        hex(sign(&self.0, value).as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_rfc_4231_has_it() {
        let key = HashKey::of(b"Jefe");
        assert_eq!(
            key.hash(b"what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_ne!(HashKey::of(b"Other").hash(b"x"), key.hash(b"x"));
        assert_eq!(format!("{key:?}"), "HashKey");
    }
}
