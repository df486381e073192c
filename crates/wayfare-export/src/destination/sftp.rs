//! A folder of an SFTP server: files written beside their place, looked at, and given their name.

use super::kinds::Sftp;
use super::place::Found;
use super::refusal::plain;
use super::sealed::Secrets;
use super::sftp_packets::{LARGEST, Packet, Reply, code, kind, open, read};
use super::source::{Parts, Source};
use super::ssh::{self, Ssh};
use super::trouble::{Fault, Trouble};
use crate::outbound::Outbound;
use bytes::Bytes;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStdin, ChildStdout};
use url::Host;

/// How long a server may take for one answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a server may take for as many writes as are on their way at the same time: many answers, each of them just in
/// time, would be no end.
const WRITES_PATIENCE: Duration = Duration::from_secs(600);
/// How long is waited for the last words of a connection that ended.
const LAST_WORDS: Duration = Duration::from_secs(2);
/// The bytes of one write: every server takes so many.
const WRITE_BYTES: usize = 32 << 10;
/// Writes that are on their way at the same time.
const WRITES_AT_ONCE: usize = 32;
/// The most that is read back at once.
const READ_BYTES: u32 = 32 << 10;

/// A session of one user. What is done in it is done in order.
pub struct SftpSession {
    place: String,
    base: String,
    ssh: Ssh,
    to: ChildStdin,
    from: ChildStdout,
    next_id: u32,
}

impl SftpSession {
    /// Connects and signs in.
    pub async fn open(outbound: &Outbound, sftp: &Sftp, secrets: &Secrets) -> Result<Self, Trouble> {
        let place = format!("{}:{}", sftp.host, sftp.port);
        let host = Host::parse(&sftp.host)
            .map_err(|error| Trouble::new(Fault::Settings, format!("{}: {error}", sftp.host)))?;
        let host = match &host {
            Host::Domain(name) => Host::Domain(name.as_str()),
            Host::Ipv4(address) => Host::Ipv4(*address),
            Host::Ipv6(address) => Host::Ipv6(*address),
        };
        // The very address that passed is connected to, whatever the name leads to a moment later.
        let addresses = outbound.addresses(&host, sftp.port).await;
        let addresses = addresses.map_err(|error| Trouble::of_connection(&place, &error))?;
        first_reached(&place, addresses, |address| Self::reach(sftp, secrets, &place, address)).await
    }

    /// Connects to an address and signs in.
    async fn reach(sftp: &Sftp, secrets: &Secrets, place: &str, address: IpAddr) -> Result<Self, Trouble> {
        let place = place.to_owned();
        let mut ssh = ssh::start(sftp, secrets, address)?;
        let streams = ssh.child.stdin.take().zip(ssh.child.stdout.take());
        let (to, from) =
            streams.ok_or_else(|| Trouble::new(Fault::Connection, "`ssh` gave no streams to speak over"))?;
        let base = sftp.folder.as_deref().map_or_else(String::new, |folder| format!("{folder}/"));
        let mut session = Self { place, base, ssh, to, from, next_id: 0 };
        let version = Packet::new(kind::INIT, 3).finish();
        session.send(&version).await?;
        match session.receive().await? {
            (_, Reply::Version(version)) if version >= 3 => Ok(session),
            _ => Err(session.senseless()),
        }
    }

    /// Writes bytes under a name.
    pub async fn put_bytes(&mut self, name: &str, bytes: &[u8]) -> Result<(), Trouble> {
        let temporary = self.begin(name).await?;
        let handle = self.open_file(&temporary, open::WRITE_NEW).await?;
        self.write(&handle, 0, bytes).await?;
        self.finish(name, &temporary, &handle, bytes.len() as u64).await
    }

    /// Copies a file under a name.
    pub async fn put_file(&mut self, name: &str, source: &Source) -> Result<(), Trouble> {
        let temporary = self.begin(name).await?;
        let handle = self.open_file(&temporary, open::WRITE_NEW).await?;
        let mut parts = Parts::of(source).await?;
        let mut offset = 0;
        while let Some(part) = parts.next().await? {
            self.write(&handle, offset, &part).await?;
            offset += part.len() as u64;
        }
        self.finish(name, &temporary, &handle, source.bytes).await
    }

    /// What lies under a name.
    pub async fn look(&mut self, name: &str) -> Result<Option<Found>, Trouble> {
        let path = self.path(name);
        match self.ask(kind::STAT, |packet| packet.bytes(path.as_bytes())).await? {
            Reply::Size(bytes) => Ok(bytes.map(|bytes| Found { bytes, sha256: None })),
            Reply::Status(code::NO_SUCH_FILE, _) => Ok(None),
            other => Err(self.refused(&path, &other)),
        }
    }

    /// The bytes of something small.
    pub async fn read(&mut self, name: &str) -> Result<Bytes, Trouble> {
        let path = self.path(name);
        let handle = self.open_file(&path, open::READ).await?;
        let mut content = Vec::new();
        loop {
            let at = content.len() as u64;
            let reply =
                self.ask(kind::READ, |packet| packet.bytes(&handle).offset(at).number(READ_BYTES)).await?;
            match reply {
                Reply::Data(data) if !data.is_empty() => content.extend(data),
                Reply::Status(code::EOF, _) => break,
                other => return Err(self.refused(&path, &other)),
            }
        }
        self.done(&path, kind::CLOSE, |packet| packet.bytes(&handle)).await?;
        Ok(content.into())
    }

    /// Takes something away, and the folders that it leaves empty.
    pub async fn delete(&mut self, name: &str) -> Result<(), Trouble> {
        let path = self.path(name);
        self.done(&path, kind::REMOVE, |packet| packet.bytes(path.as_bytes())).await?;
        let mut folder = name;
        while let Some((above, _)) = folder.rsplit_once('/') {
            let path = self.path(above);
            // One that is not empty stays, and so do those above it.
            if self.done(&path, kind::RMDIR, |packet| packet.bytes(path.as_bytes())).await.is_err() {
                break;
            }
            folder = above;
        }
        Ok(())
    }

    fn path(&self, name: &str) -> String {
        format!("{}{name}", self.base)
    }

    /// Makes the folders of a name; gives the path that it is written under first.
    async fn begin(&mut self, name: &str) -> Result<String, Trouble> {
        let mut made = String::new();
        let (folders, last) = name.rsplit_once('/').unwrap_or(("", name));
        for folder in folders.split('/').filter(|folder| !folder.is_empty()) {
            made.push_str(folder);
            let path = self.path(&made);
            let reply = self.ask(kind::MKDIR, |packet| packet.bytes(path.as_bytes()).number(0)).await?;
            // One that is there already is told like any other failure, so it is looked at.
            let is_made = matches!(reply, Reply::Status(code::OK, _));
            if !is_made && self.look(&made).await?.is_none() {
                return Err(self.refused(&path, &reply));
            }
            made.push('/');
        }
        Ok(self.path(&format!("{made}.{last}.part")))
    }

    async fn open_file(&mut self, path: &str, how: u32) -> Result<Vec<u8>, Trouble> {
        let reply =
            self.ask(kind::OPEN, |packet| packet.bytes(path.as_bytes()).number(how).number(0)).await?;
        match reply {
            Reply::Handle(handle) => Ok(handle),
            other => Err(self.refused(path, &other)),
        }
    }

    /// Writes bytes from a place on; many writes are on their way at the same time.
    async fn write(&mut self, handle: &[u8], offset: u64, bytes: &[u8]) -> Result<(), Trouble> {
        let mut at = offset;
        for stretch in bytes.chunks(WRITE_BYTES * WRITES_AT_ONCE) {
            let written =
                tokio::time::timeout(WRITES_PATIENCE, self.write_stretch(handle, at, stretch)).await;
            written.unwrap_or_else(|_| {
                let seconds = WRITES_PATIENCE.as_secs();
                let said = format!(
                    "{}: {} bytes were not taken within {seconds} seconds",
                    self.place,
                    stretch.len()
                );
                Err(Trouble::new(Fault::Connection, said))
            })?;
            at += stretch.len() as u64;
        }
        Ok(())
    }

    async fn write_stretch(&mut self, handle: &[u8], offset: u64, stretch: &[u8]) -> Result<(), Trouble> {
        let mut at = offset;
        let mut sent = 0;
        for piece in stretch.chunks(WRITE_BYTES) {
            let packet = Packet::new(kind::WRITE, self.id()).bytes(handle).offset(at).bytes(piece).finish();
            self.send(&packet).await?;
            at += piece.len() as u64;
            sent += 1;
        }
        for _ in 0..sent {
            match self.receive().await? {
                (_, Reply::Status(code::OK, _)) => {}
                (_, other) => return Err(self.refused("writing", &other)),
            }
        }
        Ok(())
    }

    /// Closes what was written, looks at its size, and gives it its name.
    async fn finish(
        &mut self,
        name: &str,
        temporary: &str,
        handle: &[u8],
        bytes: u64,
    ) -> Result<(), Trouble> {
        self.done(temporary, kind::CLOSE, |packet| packet.bytes(handle)).await?;
        let path = self.path(name);
        let size = match self.ask(kind::STAT, |packet| packet.bytes(temporary.as_bytes())).await? {
            Reply::Size(size) => size,
            other => return Err(self.refused(temporary, &other)),
        };
        if size.is_some_and(|size| size != bytes) {
            let size = size.unwrap_or_default();
            return Err(Trouble::new(Fault::Content, format!("{path} has {size} bytes there, not {bytes}")));
        }
        // This version of the protocol renames over nothing.
        let removed = self.ask(kind::REMOVE, |packet| packet.bytes(path.as_bytes())).await?;
        if !matches!(removed, Reply::Status(code::OK | code::NO_SUCH_FILE, _)) {
            return Err(self.refused(&path, &removed));
        }
        self.done(&path, kind::RENAME, |packet| packet.bytes(temporary.as_bytes()).bytes(path.as_bytes()))
            .await
    }

    async fn done(
        &mut self,
        path: &str,
        kind: u8,
        fill: impl FnOnce(Packet) -> Packet,
    ) -> Result<(), Trouble> {
        match self.ask(kind, fill).await? {
            Reply::Status(code::OK, _) => Ok(()),
            other => Err(self.refused(path, &other)),
        }
    }

    async fn ask(&mut self, kind: u8, fill: impl FnOnce(Packet) -> Packet) -> Result<Reply, Trouble> {
        let id = self.id();
        self.send(&fill(Packet::new(kind, id)).finish()).await?;
        match self.receive().await? {
            (answered, reply) if answered == id => Ok(reply),
            _ => Err(self.senseless()),
        }
    }

    fn id(&mut self) -> u32 {
        self.next_id = self.next_id.wrapping_add(1);
        self.next_id
    }

    async fn send(&mut self, packet: &[u8]) -> Result<(), Trouble> {
        let sent = tokio::time::timeout(PATIENCE, async {
            self.to.write_all(packet).await?;
            self.to.flush().await
        });
        match sent.await {
            Ok(Ok(())) => Ok(()),
            _ => Err(self.ended().await),
        }
    }

    async fn receive(&mut self) -> Result<(u32, Reply), Trouble> {
        let received = tokio::time::timeout(PATIENCE, async {
            let length = self.from.read_u32().await?;
            if length > LARGEST {
                return Ok(None);
            }
            let mut packet = vec![0; length as usize];
            self.from.read_exact(&mut packet).await?;
            std::io::Result::Ok(Some(packet))
        });
        match received.await {
            Ok(Ok(Some(packet))) => read(&packet).map_err(|_| self.senseless()),
            Ok(Ok(None)) => Err(self.senseless()),
            _ => Err(self.ended().await),
        }
    }

    /// Why the connection ended, by the last words of `ssh`.
    async fn ended(&mut self) -> Trouble {
        let mut said = Vec::new();
        if let Some(stderr) = self.ssh.child.stderr.take() {
            // Whatever it said by then.
            let _ = tokio::time::timeout(LAST_WORDS, stderr.take(8_192).read_to_end(&mut said)).await;
        }
        ssh::in_words(&self.place, &String::from_utf8_lossy(&said))
    }

    fn refused(&self, path: &str, reply: &Reply) -> Trouble {
        match reply {
            Reply::Status(status, words) => in_words(&self.place, path, *status, words),
            _ => self.senseless(),
        }
    }

    fn senseless(&self) -> Trouble {
        Trouble::new(Fault::Settings, format!("{}: the server sent something that is no SFTP", self.place))
    }
}

/// A refusal of a server, with its words.
fn in_words(place: &str, path: &str, status: u32, words: &str) -> Trouble {
    let full = ["space", "quota", "Quota"].iter().any(|word| words.contains(word));
    let (fault, meaning) = match status {
        code::NO_SUCH_FILE => (Fault::Bucket, "there is no such folder"),
        code::PERMISSION_DENIED => (Fault::Rights, "the user may not do that there"),
        code::NO_SPACE | code::QUOTA => (Fault::Quota, "the disk is full, or the quota is used up"),
        _ if full => (Fault::Quota, "the disk is full, or the quota is used up"),
        _ => (Fault::Unavailable, "the server failed; a full disk is told like this too"),
    };
    let words = plain(words);
    Trouble::new(fault, format!("{place}: {path}: {meaning} ({words}, status {status})"))
}

/// What the first address leads to at which anybody takes connections.
async fn first_reached<T, F: Future<Output = Result<T, Trouble>>>(
    place: &str,
    addresses: Vec<SocketAddr>,
    mut reach: impl FnMut(IpAddr) -> F,
) -> Result<T, Trouble> {
    let mut last = Trouble::new(Fault::Name, format!("{place} leads to no host"));
    for address in addresses {
        match reach(address.ip()).await {
            // Another address of the same name may do.
            Err(trouble) if trouble.fault == Fault::Port => last = trouble,
            reached => return reached,
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn check(faults: &[Fault], expected: Result<usize, Fault>, tries: usize) {
        let addresses =
            ["192.0.2.1:22", "192.0.2.2:22", "192.0.2.3:22"].map(|at| at.parse::<SocketAddr>().unwrap());
        let mut tried = Vec::new();
        let reached = first_reached("sftp.example:22", addresses.to_vec(), |address| {
            tried.push(address);
            let count = tried.len();
            let fault = faults.get(count - 1).copied();
            async move { fault.map_or(Ok(count), |fault| Err(Trouble::new(fault, "no"))) }
        });
        let reached = reached.await.map_err(|trouble| trouble.fault);
        assert_eq!((reached, tried.len()), (expected, tries));
    }

    #[tokio::test]
    async fn another_address_is_tried_only_where_nobody_takes_connections() {
        check(&[], Ok(1), 1).await;
        check(&[Fault::Port, Fault::Port], Ok(3), 3).await;
        check(&[Fault::Port, Fault::Credentials], Err(Fault::Credentials), 2).await;
        check(&[Fault::Port; 3], Err(Fault::Port), 3).await;
        let none = first_reached("sftp.example:22", Vec::new(), |_| async { Ok(()) });
        assert_eq!(none.await.unwrap_err().fault, Fault::Name);
    }

    #[test]
    fn words_of_a_server_are_shown_as_words() {
        let words = format!("\u{1b}[2J{}\r\n", "x".repeat(200_000));
        let said = in_words("sftp.example:22", "a", code::PERMISSION_DENIED, &words).said;
        assert!(said.contains("([2Jxxx") && said.len() < 700, "{said}");
        assert!(!said.chars().any(char::is_control), "{said}");
    }
}
