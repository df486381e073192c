//! Framing does not depend on how the bytes arrive.

use super::*;
use proptest::prelude::*;

/// Gives the bytes in pieces of the given sizes, over and over.
struct Pieces<'a> {
    bytes: &'a [u8],
    sizes: &'a [usize],
    turn: usize,
    broken: bool,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.bytes.is_empty() && self.broken {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let size = self.sizes[self.turn % self.sizes.len()].min(self.bytes.len()).min(buffer.len());
        self.turn += 1;
        buffer[..size].copy_from_slice(&self.bytes[..size]);
        self.bytes = &self.bytes[size..];
        Ok(size)
    }
}

type Rows = Vec<(u64, Vec<u8>, Option<Fault>)>;

fn rows(bytes: &[u8], sizes: &[usize], framing: Framing, broken: bool) -> (Rows, Place) {
    let mut framer = Framer::new(Pieces { bytes, sizes, turn: 0, broken }, framing, Place::default(), 7);
    let mut rows = Vec::new();
    while let Ok(Some(chunk)) = framer.next_chunk() {
        for frame in &chunk.frames {
            rows.push((frame.line, chunk.row(frame).to_vec(), frame.fault.clone()));
        }
    }
    (rows, framer.place())
}

fn check(bytes: &str, framing: Framing, expected: &[(u64, &str, Option<&str>)]) {
    let (found, _) = rows(bytes.as_bytes(), &[3], framing, false);
    let found: Vec<_> = found
        .into_iter()
        .map(|(line, row, fault)| {
            (line, String::from_utf8(row).unwrap(), fault.map(|fault| fault.to_string()))
        })
        .collect();
    assert_eq!(found.len(), expected.len(), "{bytes:?}: {found:?}");
    for ((line, row, fault), (expected_line, expected_row, expected_fault)) in found.iter().zip(expected) {
        assert_eq!((line, &**row), (expected_line, *expected_row), "{bytes:?}");
        match (fault, expected_fault) {
            (None, None) => {}
            (Some(fault), Some(expected)) => assert!(fault.contains(expected), "{fault}"),
            _ => panic!("{bytes:?}, line {line}: {fault:?}"),
        }
    }
}

#[test]
fn lines() {
    let check = |bytes, expected: &[_]| check(bytes, Framing::Lines, expected);
    check("", &[]);
    check("\u{feff}", &[]);
    check("\u{feff}a\r\n\n \t\r\nb", &[(1, "a", None), (4, "b", None)]);
    check("a\n\u{feff}b\n", &[(1, "a", None), (2, "\u{feff}b", None)]);
}

#[test]
fn csv_records() {
    let check = |bytes, expected: &[_]| check(bytes, Framing::Csv { cells: 2 }, expected);
    check("a,b\n\nc,d\r\n", &[(1, "a,b", None), (3, "c,d", None)]);
    check("\"a\nb\",c\nd,e", &[(1, "\"a\nb\",c", None), (3, "d,e", None)]);
    check("a,b\"c\nd,e\n", &[(1, "a,b\"c", Some("inside a cell")), (2, "d,e", None)]);
    check("a,\"b\nc,d\ne,f", &[(1, "a,\"b", Some("not closed")), (2, "c,d", None), (3, "e,f", None)]);
    check(
        "a,\"b\nc,\"d\"\ne,f",
        &[(1, "a,\"b", Some("after a closing quote")), (2, "c,\"d\"", None), (3, "e,f", None)],
    );
    check(
        "\"a\n\",c,d\ne,f",
        &[(1, "\"a", Some("3 cells up to line 2")), (2, "\",c,d", Some("not closed")), (3, "e,f", None)],
    );
}

#[test]
fn a_row_too_long_is_not_held() {
    let mut bytes = b"first\n".to_vec();
    bytes.resize(bytes.len() + LONGEST_ROW + 1, b'x');
    bytes.extend_from_slice(b"\nlast\n");
    let (found, place) = rows(&bytes, &[PIECE, 7, 1000], Framing::Lines, false);
    assert_eq!(found.len(), 3);
    assert_eq!(found[1].0, 2);
    assert_eq!(found[1].1.len(), LONGEST_SHOWN);
    assert_eq!(found[1].2, Some(Fault::TooLong(LONGEST_ROW as u64 + 1)));
    assert_eq!(found[2], (3, b"last".to_vec(), None));
    assert_eq!(place, Place { offset: bytes.len() as u64, line: 3 });
}

#[test]
fn half_a_row_of_a_broken_archive_is_no_row() {
    for (framing, bytes) in
        [(Framing::Lines, "a\nb\nha"), (Framing::Csv { cells: 1 }, "a\nb\n\"half\nof a record")]
    {
        let (found, place) = rows(bytes.as_bytes(), &[2], framing, true);
        assert_eq!(found.len(), 2, "{bytes:?}");
        assert_eq!(place, Place { offset: 4, line: 2 });
    }
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec!["a", ",", "\"", "\"\"", "\n", "\r\n", "\r", "ü", "\u{feff}", "bc"]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat().into_bytes())
}

fn framing() -> impl Strategy<Value = Framing> {
    prop_oneof![Just(Framing::Lines), (1usize..4).prop_map(|cells| Framing::Csv { cells })]
}

proptest! {
    #[test]
    fn rows_do_not_depend_on_how_bytes_arrive(
        bytes in text(), framing in framing(), sizes in prop::collection::vec(1usize..9, 1..5)
    ) {
        prop_assert_eq!(rows(&bytes, &sizes, framing, false), rows(&bytes, &[1 << 20], framing, false));
    }

    #[test]
    fn reading_goes_on_at_any_place(bytes in text(), framing in framing()) {
        let (all, _) = rows(&bytes, &[1 << 20], framing, false);
        for kept in 0..all.len() {
            let mut framer = Framer::new(&bytes[..], framing, Place::default(), 7);
            framer.window.skip_byte_order_mark();
            let mut before = TextChunk::default();
            while before.frames.len() < kept && framer.next_row(&mut before) {}
            let place = framer.place();
            let mut after = Framer::new(&bytes[place.offset as usize..], framing, place, 7);
            let mut found: Rows = Vec::new();
            while let Ok(Some(chunk)) = after.next_chunk() {
                for frame in &chunk.frames {
                    found.push((frame.line, chunk.row(frame).to_vec(), frame.fault.clone()));
                }
            }
            prop_assert_eq!(&found[..], &all[kept..]);
        }
    }
}
