//! Texts and the codes they have: the first text that is seen gets 1, the next other one 2.

use super::texts::{Texts, TextsBuilder};
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use std::hash::BuildHasher;

/// Gathers distinct texts. Each is kept once; the table that finds them holds nothing but codes.
#[derive(Debug, Clone, Default)]
pub struct TextCodes {
    texts: TextsBuilder,
    /// Lacks texts that were there at the start, until one is looked for.
    table: HashTable<u32>,
    hasher: RandomState,
    last: u32,
}

impl TextCodes {
    /// Starts with texts that are there, which are distinct.
    pub fn starting_with(texts: &Texts) -> Self {
        Self { texts: TextsBuilder::starting_with(texts), ..Self::default() }
    }

    /// The code of a text, which it gets now where it was not seen before.
    pub fn code(&mut self, text: &str) -> u32 {
        // Sources and sorted tables repeat themselves.
        if self.last > 0 && self.texts.get(self.last as usize - 1) == Some(text) {
            return self.last;
        }
        let Self { texts, table, hasher, .. } = self;
        if table.len() < texts.len() {
            table.clear();
            table.reserve(texts.len(), |code| hash(hasher, texts, *code));
            for code in 1..=texts.len() as u32 {
                table.insert_unique(hash(hasher, texts, code), code, |code| hash(hasher, texts, *code));
            }
        }
        let hashed = hasher.hash_one(text);
        let is_it = |code: &u32| texts.get(*code as usize - 1) == Some(text);
        self.last = match table.find(hashed, is_it) {
            Some(code) => *code,
            None => {
                texts.push(text);
                let code = texts.len() as u32;
                table.insert_unique(hashed, code, |code| hash(hasher, texts, *code));
                code
            }
        };
        self.last
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// About how many bytes of memory they take.
    pub fn bytes(&self) -> usize {
        self.texts.bytes() + self.texts.len() * 8 + self.table.capacity() * 5
    }

    /// The texts as they stand, to go on gathering.
    pub fn texts(&self) -> Texts {
        self.texts.clone().finish()
    }

    /// The texts.
    pub fn finish(self) -> Texts {
        self.texts.finish()
    }
}

fn hash(hasher: &RandomState, texts: &TextsBuilder, code: u32) -> u64 {
    hasher.hash_one(texts.get(code as usize - 1).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_code() {
        let mut codes = TextCodes::default();
        assert_eq!(["a", "b", "b", "a", ""].map(|text| codes.code(text)), [1, 2, 2, 1, 3]);
        let mut more = TextCodes::starting_with(&codes.texts());
        assert_eq!(["", "c", "b", "c"].map(|text| more.code(text)), [3, 4, 2, 4]);
        let many: Vec<u32> = (0..10_000).map(|number| more.code(&format!("x{number}"))).collect();
        assert_eq!(many, (5..10_005).collect::<Vec<_>>());
        assert_eq!(more.finish().iter().take(4).collect::<Vec<_>>(), ["a", "b", "", "c"]);
    }
}
