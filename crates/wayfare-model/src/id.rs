//! Commit positions and profile ids.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// Where a record stands in the order of acceptance: gap-free, never reused.
pub type Position = u64;

/// Lower-case Crockford base 32: its characters ascend in byte order, so ids sort as their positions do.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const PREFIX: &str = "pro_";
/// 13 digits of five bits hold 64.
const DIGITS: usize = 13;

/// The id of a profile: opaque to clients, stable, derived from the commit position of its first record.
///
/// Written `pro_` and 13 characters; byte order of the text equals order of the positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProfileId(Position);

/// What is not the text of a [`ProfileId`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a profile id: expected `pro_` and {DIGITS} characters")]
pub struct NotAProfileId(pub String);

impl ProfileId {
    /// The profile whose first record was committed at `first`.
    pub fn from_first_position(first: Position) -> Self {
        Self(first)
    }

    /// The commit position of the profile's first record.
    pub fn first_position(self) -> Position {
        self.0
    }

    /// The id's text as bytes, without allocating: 17 ASCII characters.
    pub fn to_ascii(self) -> [u8; 17] {
        let mut out = *b"pro_0000000000000";
        let mut rest = self.0;
        for slot in out.iter_mut().rev().take(DIGITS) {
            *slot = ALPHABET[(rest & 31) as usize];
            rest >>= 5;
        }
        out
    }

    /// Reads the id from its text; `None` where the text is no profile id.
    pub fn from_ascii(text: &[u8]) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX.as_bytes())?;
        // The first of 13 digits carries only four of the 64 bits.
        if digits.len() != DIGITS || digit(digits[0])? > 15 {
            return None;
        }
        let mut position = 0u64;
        for &byte in digits {
            position = position << 5 | digit(byte)?;
        }
        Some(Self(position))
    }
}

/// By byte: the digit it stands for, or [`NO_DIGIT`].
const VALUES: [u8; 256] = {
    let mut values = [NO_DIGIT; 256];
    let mut digit = 0;
    while digit < ALPHABET.len() {
        values[ALPHABET[digit] as usize] = digit as u8;
        digit += 1;
    }
    values
};
const NO_DIGIT: u8 = u8::MAX;

fn digit(byte: u8) -> Option<u64> {
    let value = VALUES[usize::from(byte)];
    (value != NO_DIGIT).then_some(value.into())
}

impl fmt::Display for ProfileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ascii = self.to_ascii();
        f.write_str(std::str::from_utf8(&ascii).map_err(|_| fmt::Error)?)
    }
}

impl FromStr for ProfileId {
    type Err = NotAProfileId;
    fn from_str(text: &str) -> Result<Self, NotAProfileId> {
        Self::from_ascii(text.as_bytes()).ok_or_else(|| NotAProfileId(text.to_owned()))
    }
}

impl Serialize for ProfileId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ProfileId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn text_and_back(first: u64) {
            let id = ProfileId::from_first_position(first);
            prop_assert_eq!(id.to_string().parse::<ProfileId>(), Ok(id));
        }

        #[test]
        fn text_sorts_as_positions_do(a: u64, b: u64) {
            let text = |first| ProfileId::from_first_position(first).to_string();
            prop_assert_eq!(a.cmp(&b), text(a).cmp(&text(b)));
        }
    }

    #[test]
    fn what_is_no_id() {
        for text in
            ["", "pro_", "pro_zzzzzzzzzzzzz", "pro_000000000000", "PRO_0000000000000", "pro_000000000000u"]
        {
            assert!(text.parse::<ProfileId>().is_err(), "{text}");
        }
    }
}
