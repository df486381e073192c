//! Texts that come again and again, kept once and told by a number; there is room for so many only.

use std::collections::HashMap;

/// What all kept texts together may take.
const ROOM: usize = 8 << 20;
/// What a text costs beside its own bytes.
const COST: usize = 64;

/// Collects texts.
#[derive(Debug, Default)]
pub struct TextsBuilder {
    codes: HashMap<Box<str>, u32>,
    taken: usize,
}

/// Texts by their numbers.
#[derive(Debug, Default)]
pub struct Texts(Vec<Box<str>>);

impl TextsBuilder {
    /// The number of a text; nothing where it is new and there is no room.
    pub fn code(&mut self, text: &str) -> Option<u32> {
        if let Some(code) = self.codes.get(text) {
            return Some(*code);
        }
        self.taken += text.len() + COST;
        if self.taken > ROOM {
            self.taken -= text.len() + COST;
            return None;
        }
        let code = u32::try_from(self.codes.len()).ok()?;
        self.codes.insert(text.into(), code);
        Some(code)
    }

    /// The texts, ready for look-ups.
    pub fn finish(self) -> Texts {
        let mut texts: Vec<(Box<str>, u32)> = self.codes.into_iter().collect();
        texts.sort_unstable_by_key(|(_, code)| *code);
        Texts(texts.into_iter().map(|(text, _)| text).collect())
    }
}

impl Texts {
    /// The text of a number.
    pub fn get(&self, code: u64) -> Option<&str> {
        self.0.get(usize::try_from(code).ok()?).map(|text| &**text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_finds_no_room_has_no_number() {
        let mut builder = TextsBuilder::default();
        let long = "x".repeat(ROOM / 2);
        assert_eq!(builder.code("a"), Some(0));
        assert_eq!(builder.code(&long), Some(1));
        assert_eq!(builder.code(&format!("{long}y")), None);
        assert_eq!([builder.code("b"), builder.code("a"), builder.code(&long)], [Some(2), Some(0), Some(1)]);
        let texts = builder.finish();
        assert_eq!(
            [texts.get(0), texts.get(1), texts.get(2), texts.get(3)],
            [Some("a"), Some(&*long), Some("b"), None]
        );
    }
}
