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
