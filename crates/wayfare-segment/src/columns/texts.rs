//! Many texts, one after the other.

use super::buffer::Buffer;
use bytes::Bytes;

/// Texts, told by number.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    /// For each text, one past its last byte; it starts where the one before ended.
    ends: Buffer<u64>,
    bytes: Bytes,
    /// Two for each text; none where it has none.
    prints: Buffer<u64>,
}

/// 128 bits of a hash of a text. Texts that differ do not meet: no two are known for any, nor is there a way to find some.
pub type Print = [u64; 2];

/// The print of a text.
fn print(text: &[u8]) -> Print {
    let mut parts = [0; 2];
    let hash = blake3::hash(text);
    for (part, bytes) in parts.iter_mut().zip(hash.as_bytes().as_chunks::<8>().0) {
        *part = u64::from_le_bytes(*bytes);
    }
    parts
}

impl Texts {
    /// From their two parts; `None` where they do not fit together.
    pub fn of_parts(ends: Buffer<u64>, bytes: Bytes, prints: Buffer<u64>) -> Option<Self> {
        // Whether each lies behind the one before is seen when it is asked for: to look at all would read all.
        let fits = ends.last().copied().unwrap_or(0) <= bytes.len() as u64
            && (prints.is_empty() || prints.len() == 2 * ends.len());
        fits.then_some(Self { ends, bytes, prints })
    }

    /// The same with the prints of all, which then are read and not made.
    pub fn printed(self) -> Self {
        let (ends, bytes) = self.parts();
        let prints =
            (0..ends.len()).flat_map(|index| print(self::bytes(ends, bytes, index).unwrap_or_default()));
        let prints: Vec<u64> = prints.collect();
        Self { prints: prints.into(), ..self }
    }

    /// What is kept of prints: two parts for each text, or nothing.
    pub fn prints(&self) -> &[u64] {
        &self.prints
    }

    /// The print of a text; none behind the end.
    #[inline]
    pub fn print(&self, index: usize) -> Option<Print> {
        match self.prints.as_chunks::<2>().0.get(index) {
            Some(print) => Some(*print),
            None => self.bytes(index).map(print),
        }
    }

    /// The two parts: where texts end, and their bytes.
    pub fn parts(&self) -> (&[u64], &[u8]) {
        (&self.ends, &self.bytes)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// A text; none behind the end.
    pub fn get(&self, index: usize) -> Option<&str> {
        text(&self.ends, &self.bytes, index)
    }

    /// The bytes of a text; none behind the end.
    pub fn bytes(&self, index: usize) -> Option<&[u8]> {
        bytes(&self.ends, &self.bytes, index)
    }

    /// All of them in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        let (ends, bytes) = self.parts();
        (0..ends.len()).map(move |index| text(ends, bytes, index).unwrap_or_default())
    }
}

fn text<'t>(ends: &[u64], all: &'t [u8], index: usize) -> Option<&'t str> {
    // A file that is not what was written to it has no texts rather than wrong ones.
    std::str::from_utf8(bytes(ends, all, index)?).ok()
}

fn bytes<'t>(ends: &[u64], bytes: &'t [u8], index: usize) -> Option<&'t [u8]> {
    let start = if index == 0 { 0 } else { *ends.get(index - 1)? };
    bytes.get(start as usize..*ends.get(index)? as usize)
}

impl<'t> FromIterator<&'t str> for Texts {
    fn from_iter<I: IntoIterator<Item = &'t str>>(texts: I) -> Self {
        let mut builder = TextsBuilder::default();
        texts.into_iter().for_each(|text| builder.push(text));
        builder.finish()
    }
}

/// Gathers texts.
#[derive(Debug, Clone, Default)]
pub struct TextsBuilder {
    ends: Vec<u64>,
    bytes: Vec<u8>,
}

impl TextsBuilder {
    /// Starts with texts that are there.
    pub fn starting_with(texts: &Texts) -> Self {
        let (ends, bytes) = texts.parts();
        Self { ends: ends.to_vec(), bytes: bytes.to_vec() }
    }

    /// Adds a text.
    pub fn push(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
        self.ends.push(self.bytes.len() as u64);
    }

    /// A text; none behind the end.
    pub fn get(&self, index: usize) -> Option<&str> {
        text(&self.ends, &self.bytes, index)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Takes away all behind the first `length`.
    pub fn truncate(&mut self, length: usize) {
        self.ends.truncate(length);
        self.bytes.truncate(self.ends.last().copied().unwrap_or(0) as usize);
    }

    /// Bytes of all texts.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// The texts.
    pub fn finish(self) -> Texts {
        Texts { ends: self.ends.into(), bytes: self.bytes.into(), prints: Buffer::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back() {
        let texts: Texts = ["a", "", "çğ"].into_iter().collect();
        assert_eq!(texts.iter().collect::<Vec<_>>(), ["a", "", "çğ"]);
        assert_eq!((texts.get(1), texts.get(3)), (Some(""), None));
        let mut more = TextsBuilder::starting_with(&texts);
        more.truncate(1);
        more.push("b");
        assert_eq!(more.finish().iter().collect::<Vec<_>>(), ["a", "b"]);
        let none = Buffer::default;
        let crossed = Texts::of_parts(vec![3, 2].into(), Bytes::from_static(b"abc"), none()).unwrap();
        assert_eq!((crossed.get(0), crossed.get(1), crossed.print(1)), (Some("abc"), None, None));
        assert!(Texts::of_parts(vec![4].into(), Bytes::from_static(b"abc"), none()).is_none());
        assert!(Texts::of_parts(vec![3].into(), Bytes::from_static(b"abc"), vec![1].into()).is_none());
        let printed = texts.clone().printed();
        assert_eq!(printed.prints().len(), 6);
        for index in 0..4 {
            assert_eq!(printed.print(index), texts.print(index));
        }
        assert_ne!(texts.print(0), texts.print(1));
    }
}
