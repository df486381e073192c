//! Packets of the SSH File Transfer Protocol, version 3, as far as files are written, looked at and removed.

use std::fmt;

/// The largest packet that is taken from a server.
pub const LARGEST: u32 = 1 << 18;

/// Kinds of packets that are sent.
pub mod kind {
    /// The version spoken.
    pub const INIT: u8 = 1;
    /// Open a file.
    pub const OPEN: u8 = 3;
    /// Close it.
    pub const CLOSE: u8 = 4;
    /// Read of it.
    pub const READ: u8 = 5;
    /// Write to it.
    pub const WRITE: u8 = 6;
    /// Remove a file.
    pub const REMOVE: u8 = 13;
    /// Make a folder.
    pub const MKDIR: u8 = 14;
    /// Remove a folder.
    pub const RMDIR: u8 = 15;
    /// What lies under a path.
    pub const STAT: u8 = 17;
    /// Give another name.
    pub const RENAME: u8 = 18;
}

/// How a file is opened.
pub mod open {
    /// To read.
    pub const READ: u32 = 1;
    /// To write, made anew and empty.
    pub const WRITE_NEW: u32 = 2 | 8 | 16;
}

/// Codes of a status.
pub mod code {
    /// It was done.
    pub const OK: u32 = 0;
    /// The file ends.
    pub const EOF: u32 = 1;
    /// There is no such file or folder.
    pub const NO_SUCH_FILE: u32 = 2;
    /// The user may not.
    pub const PERMISSION_DENIED: u32 = 3;
    /// The disk is full; only newer servers say so.
    pub const NO_SPACE: u32 = 14;
    /// The quota is used up; only newer servers say so.
    pub const QUOTA: u32 = 15;
}

/// What a server answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Its version.
    Version(u32),
    /// How something went: code and words.
    Status(u32, String),
    /// A file that is open.
    Handle(Vec<u8>),
    /// Bytes of a file.
    Data(Vec<u8>),
    /// The size of a file, where it is told.
    Size(Option<u64>),
}

/// A packet that makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Senseless;

impl fmt::Display for Senseless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the server sent something that is no SFTP")
    }
}

/// A packet to send.
pub struct Packet(Vec<u8>);

impl Packet {
    /// Begins a packet of that kind.
    pub fn new(kind: u8, id: u32) -> Self {
        let mut bytes = vec![0, 0, 0, 0, kind];
        bytes.extend(id.to_be_bytes());
        Self(bytes)
    }

    /// Appends a number.
    pub fn number(mut self, number: u32) -> Self {
        self.0.extend(number.to_be_bytes());
        self
    }

    /// Appends a place in a file.
    pub fn offset(mut self, offset: u64) -> Self {
        self.0.extend(offset.to_be_bytes());
        self
    }

    /// Appends bytes behind their length.
    pub fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend((bytes.len() as u32).to_be_bytes());
        self.0.extend(bytes);
        self
    }

    /// The packet behind its length.
    pub fn finish(mut self) -> Vec<u8> {
        let length = (self.0.len() as u32).saturating_sub(4).to_be_bytes();
        self.0[..4].copy_from_slice(&length);
        self.0
    }
}

/// Reads what stands behind the length of a packet: the id that it answers, and the answer.
pub fn read(packet: &[u8]) -> Result<(u32, Reply), Senseless> {
    let (kind, mut rest) = packet.split_first().ok_or(Senseless)?;
    let id = number(&mut rest)?;
    let reply = match kind {
        // The version stands in the place of an id.
        2 => return Ok((0, Reply::Version(id))),
        101 => {
            let code = number(&mut rest)?;
            let words = bytes(&mut rest).unwrap_or_default();
            Reply::Status(code, String::from_utf8_lossy(words).into_owned())
        }
        102 => Reply::Handle(bytes(&mut rest)?.to_vec()),
        103 => Reply::Data(bytes(&mut rest)?.to_vec()),
        105 => {
            let flags = number(&mut rest)?;
            Reply::Size(match flags & 1 {
                0 => None,
                _ => {
                    let (high, low) = (number(&mut rest)?, number(&mut rest)?);
                    Some(u64::from(high) << 32 | u64::from(low))
                }
            })
        }
        _ => return Err(Senseless),
    };
    Ok((id, reply))
}

fn number(rest: &mut &[u8]) -> Result<u32, Senseless> {
    let (bytes, behind) = rest.split_first_chunk::<4>().ok_or(Senseless)?;
    *rest = behind;
    Ok(u32::from_be_bytes(*bytes))
}

fn bytes<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], Senseless> {
    let length = number(rest)? as usize;
    let (bytes, behind) = rest.split_at_checked(length).ok_or(Senseless)?;
    *rest = behind;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn packets() {
        let sent = Packet::new(kind::OPEN, 7).bytes(b"a/b").number(open::READ).number(0).finish();
        assert_eq!(sent, [0, 0, 0, 20, 3, 0, 0, 0, 7, 0, 0, 0, 3, b'a', b'/', b'b', 0, 0, 0, 1, 0, 0, 0, 0]);
        assert_eq!(read(&[2, 0, 0, 0, 3]), Ok((0, Reply::Version(3))));
        assert_eq!(
            read(&[101, 0, 0, 0, 7, 0, 0, 0, 3, 0, 0, 0, 2, b'n', b'o']),
            Ok((7, Reply::Status(3, "no".into())))
        );
        assert_eq!(read(&[101, 0, 0, 0, 7, 0, 0, 0, 3]), Ok((7, Reply::Status(3, String::new()))));
        assert_eq!(
            read(&[105, 0, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0]),
            Ok((7, Reply::Size(Some(1 << 32))))
        );
        assert_eq!(read(&[105, 0, 0, 0, 7, 0, 0, 0, 0]), Ok((7, Reply::Size(None))));
        assert_eq!(read(&[102, 0, 0, 0, 7, 0, 0, 0, 9, 1]), Err(Senseless));
    }

    proptest! {
        #[test]
        fn no_packet_breaks_the_reader(packet in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = read(&packet);
        }
    }
}
