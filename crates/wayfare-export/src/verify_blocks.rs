//! Text re-read in blocks of whole rows: one thread reads, unpacks and hashes, the others read the rows.

use crate::ordered;
use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};

/// A block has about so many bytes, more where a row has.
const BLOCK: usize = 1 << 20;

/// What is wrong with a row, by its number in its block, from 0.
pub type Fault = (u64, String);

/// What the rows of a block came to, by the block's number.
type Seen = (usize, Result<u64, Fault>);

/// Reads all of `source`: `end` finds where the last whole row of some bytes that begin with a row ends, `read` counts the
/// rows of a block. Gives the rows, or those before the first that is wrong and what is.
pub fn read_blocks(
    source: impl Read,
    end: impl Fn(&[u8]) -> usize,
    read: impl Fn(usize, &[u8]) -> Result<u64, Fault> + Sync,
) -> io::Result<(u64, Option<String>)> {
    let threads = ordered::threads();
    let (sender, receiver) = sync_channel::<(usize, Vec<u8>)>(threads);
    let receiver = Mutex::new(receiver);
    let seen = Mutex::new(Vec::new());
    let cut = std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| work(&receiver, &seen, &read));
        }
        cut(source, &end, sender)
    })?;
    let mut seen = seen.into_inner().unwrap_or_else(PoisonError::into_inner);
    seen.sort_by_key(|(block, _)| *block);
    let mut rows = 0;
    for (_, found) in seen {
        match found {
            Ok(more) => rows += more,
            Err((before, what)) => {
                return Ok((rows + before, Some(format!("row {} {what}", rows + before + 1))));
            }
        }
    }
    Ok((rows, cut.then(|| format!("row {} is cut off", rows + 1))))
}

/// Hands blocks of whole rows over; whether the last row is cut off.
fn cut(
    mut source: impl Read,
    end: &impl Fn(&[u8]) -> usize,
    sender: SyncSender<(usize, Vec<u8>)>,
) -> io::Result<bool> {
    let mut waiting = Vec::with_capacity(BLOCK);
    let (mut number, mut wanted) = (0, BLOCK);
    loop {
        let before = waiting.len();
        (&mut source).take((wanted - before) as u64).read_to_end(&mut waiting)?;
        let is_last = waiting.len() < wanted;
        let whole = end(&waiting);
        if whole > 0 {
            let rest = waiting.split_off(whole);
            if sender.send((number, std::mem::replace(&mut waiting, rest))).is_err() {
                return Err(io::Error::other("a thread of verify broke off"));
            }
            number += 1;
            wanted = BLOCK;
        }
        if is_last {
            return Ok(!waiting.is_empty());
        }
        // A row that is longer than a block: look further.
        wanted = wanted.max(waiting.len() + BLOCK);
    }
}

fn work(
    receiver: &Mutex<Receiver<(usize, Vec<u8>)>>,
    seen: &Mutex<Vec<Seen>>,
    read: &(impl Fn(usize, &[u8]) -> Result<u64, Fault> + Sync),
) {
    loop {
        let next = receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((number, block)) = next else { return };
        let found = read(number, &block);
        seen.lock().unwrap_or_else(PoisonError::into_inner).push((number, found));
    }
}

/// Where the last line of some bytes ends.
pub fn line_end(bytes: &[u8]) -> usize {
    memchr::memrchr(b'\n', bytes).map_or(0, |at| at + 1)
}

/// The same for CSV, where a line may end within quotes; the bytes begin outside of them.
pub fn csv_line_end(bytes: &[u8]) -> usize {
    let mut within = memchr::memchr_iter(b'"', bytes).count() % 2 == 1;
    let mut behind = bytes.len();
    while let Some(at) = memchr::memrchr(b'\n', &bytes[..behind]) {
        within ^= memchr::memchr_iter(b'"', &bytes[at..behind]).count() % 2 == 1;
        if !within {
            return at + 1;
        }
        behind = at;
    }
    0
}

/// Counts the rows of a block of CSV, each of which must have so many cells.
pub fn csv_rows(block: &[u8], delimiter: u8, cells: usize) -> Result<u64, Fault> {
    let (mut rows, mut at) = (0, 0);
    while at < block.len() {
        let mut found = 1;
        loop {
            let quoted = block.get(at) == Some(&b'"');
            at = match quoted {
                true => behind_quotes(block, at + 1)
                    .ok_or_else(|| (rows, "has quotes that do not end".to_owned()))?,
                false => memchr::memchr3(delimiter, b'\n', b'"', &block[at..])
                    .map_or(block.len(), |length| at + length),
            };
            // CR LF behind a cell in quotes; elsewhere the CR is passed over with the cell.
            if quoted && block.get(at) == Some(&b'\r') {
                at += 1;
            }
            match block.get(at) {
                Some(b'\n') => break,
                Some(byte) if *byte == delimiter => found += 1,
                Some(b'"') => return Err((rows, "has a quote within a cell".to_owned())),
                Some(_) => return Err((rows, "goes on behind quotes".to_owned())),
                None => return Err((rows, "is cut off".to_owned())),
            }
            at += 1;
        }
        at += 1;
        if found != cells {
            return Err((rows, format!("has {found} cells instead of {cells}")));
        }
        rows += 1;
    }
    match std::str::from_utf8(block) {
        Ok(_) => Ok(rows),
        Err(error) => {
            let before = &block[..error.valid_up_to()];
            let whole = csv_line_end(before);
            Err((csv_rows(&before[..whole], delimiter, cells).unwrap_or(0), "is not UTF-8".to_owned()))
        }
    }
}

/// Where a cell in quotes ends, behind its closing quote.
fn behind_quotes(block: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += memchr::memchr(b'"', block.get(at..)?)? + 1;
        if block.get(at) != Some(&b'"') {
            return Some(at);
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rows_of_csv() {
        let told = |block: &str| csv_rows(block.as_bytes(), b',', 2);
        assert_eq!(told(""), Ok(0));
        assert_eq!(told("a,b\n,\n\"x\ny\",\"\"\"\"\r\n1,2\r\n"), Ok(4));
        for (block, row, what) in [
            ("a,b\n1\n", 1, "has 1 cells instead of 2"),
            ("a,b\n1,2,3\n", 1, "has 3 cells instead of 2"),
            ("a,\"b\n", 0, "has quotes that do not end"),
            ("a,\"b\"c\n", 0, "goes on behind quotes"),
            ("a,b\"c\n", 0, "has a quote within a cell"),
            ("a,b\nc,d", 1, "is cut off"),
        ] {
            assert_eq!(told(block), Err((row, what.to_owned())), "{block}");
        }
        assert_eq!(csv_rows(b"a,b\nc,\xff\n", b',', 2), Err((1, "is not UTF-8".to_owned())));
    }

    proptest! {
        #[test]
        fn as_many_rows_as_the_library_reads(rows in prop::collection::vec(("[ -~\n\r]{0,40}", "[a-z\"\n]{0,30}", "x"), 0..60)) {
            let mut writer = ::csv::Writer::from_writer(Vec::new());
            for (a, b, c) in &rows {
                writer.write_record([a, b, c]).unwrap();
            }
            let text = writer.into_inner().unwrap();
            prop_assert_eq!(csv_rows(&text, b',', 3), Ok(rows.len() as u64));
            for until in 0..=text.len() {
                let whole = csv_line_end(&text[..until]);
                let (head, tail) = (csv_rows(&text[..whole], b',', 3).unwrap(), csv_rows(&text[whole..], b',', 3).unwrap());
                prop_assert_eq!(head + tail, rows.len() as u64);
            }
        }

        #[test]
        fn blocks_do_not_show(lengths in prop::collection::vec(0usize..400_000, 0..30)) {
            let text: Vec<u8> = lengths.iter().flat_map(|length| [vec![b'x'; *length], b"\n".to_vec()].concat()).collect();
            let count = |_: usize, block: &[u8]| Ok(memchr::memchr_iter(b'\n', block).count() as u64);
            prop_assert_eq!(read_blocks(&text[..], line_end, count).unwrap(), (lengths.len() as u64, None));
            let cut = [&text[..], b"more"].concat();
            let (rows, problem) = read_blocks(&cut[..], line_end, count).unwrap();
            prop_assert_eq!(rows, lengths.len() as u64);
            prop_assert!(problem.unwrap().ends_with("is cut off"));
        }
    }
}
