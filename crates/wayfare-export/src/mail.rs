//! E-mail: through an SMTP relay where one is configured, else as `.eml` files that the web app shows.
//!
//! [`relay`] reads where the relay is, [`session`] speaks with it over [`lines`], [`trial`] sends a letter to see what comes of
//! it.

mod lines;
mod relay;
mod session;
pub mod trial;

use crate::destination::trouble::{Fault, Trouble};
use crate::error::ExportError;
use crate::part_file::hex;
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, Message};
use relay::Relay;
use session::Session;
use sha2::{Digest, Sha256};
use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use wayfare_model::time::Instant;

/// How e-mail leaves.
#[derive(Clone)]
pub struct MailSettings {
    /// `smtps://…`, `smtp://…?tls=required` or `smtp://…`, with user and password where needed; without it letters become
    /// files.
    pub relay: Option<String>,
    /// The issuer of the relay's certificate as PEM, where the web does not know it.
    pub ca_certificate: Option<String>,
    /// Whom letters come from: `Wayfare <wayfare@example.com>`.
    pub from: String,
}

impl Default for MailSettings {
    fn default() -> Self {
        Self { relay: None, ca_certificate: None, from: "Wayfare <wayfare@localhost>".into() }
    }
}

/// Never the relay's password.
impl fmt::Debug for MailSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailSettings").field("from", &self.from).finish_non_exhaustive()
    }
}

/// A letter before it is sent.
#[derive(Debug, Clone)]
pub struct Letter {
    /// To whom.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The body as text.
    pub text: String,
    /// The body as HTML.
    pub html: String,
}

/// Why a letter was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotSent {
    /// What is at fault.
    pub trouble: Trouble,
    /// Whether it is refused for good: the same letter would be again.
    pub is_final: bool,
}

impl NotSent {
    fn for_now(trouble: Trouble) -> Self {
        Self { trouble, is_final: false }
    }

    fn for_good(trouble: Trouble) -> Self {
        Self { trouble, is_final: true }
    }
}

impl From<Trouble> for NotSent {
    fn from(trouble: Trouble) -> Self {
        Self::for_now(trouble)
    }
}

impl fmt::Display for NotSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.trouble.fmt(f)
    }
}

/// Sends letters.
pub struct Mailer {
    from: Mailbox,
    way: Way,
}

enum Way {
    Relay(Box<Relay>),
    Directory(PathBuf),
}

/// The way that letters take, open for one after the other.
pub struct Post<'a> {
    mailer: &'a Mailer,
    session: Option<Session>,
}

/// Refuses what is not one plain e-mail address.
pub fn check_address(address: &str) -> Result<(), ExportError> {
    address.parse::<Address>().map(drop).map_err(|error| {
        ExportError::refused("email", format!("{address:?} is not an e-mail address: {error}"))
    })
}

/// The id of a letter about something, written at a time: every attempt has the same. Ids ascend with time.
pub fn letter_id(at: Instant, about: &str) -> String {
    let millis = at.micros().max(0) / 1_000;
    let digest = Sha256::digest(about);
    format!("mail_{millis:012x}{}", hex(&digest[..10]))
}

impl Mailer {
    /// A mailer; without a relay it writes into `directory`.
    pub fn new(settings: &MailSettings, directory: &Path) -> Result<Self, ExportError> {
        let from = settings.from.parse().map_err(|error| {
            ExportError::refused(
                "mail_from",
                format!("{:?} is not an e-mail address: {error}", settings.from),
            )
        })?;
        let way = match &settings.relay {
            None => Way::Directory(directory.into()),
            Some(address) => {
                let relay = Relay::read(address, settings.ca_certificate.as_deref())?;
                if relay.is_in_the_clear() {
                    let place = relay.place();
                    tracing::warn!(
                        "letters go to {place} in the clear, for everybody on the way to read: set smtp_url (WAYFARE_SMTP_URL) to smtps://…, or add ?tls=required to it"
                    );
                }
                Way::Relay(Box::new(relay))
            }
        };
        Ok(Self { from, way })
    }

    /// Whether letters become files.
    pub fn writes_files(&self) -> bool {
        matches!(self.way, Way::Directory(_))
    }

    /// Opens the way for letters: reaches the relay, where there is one.
    pub async fn open(&self) -> Result<Post<'_>, Trouble> {
        let session = match &self.way {
            Way::Relay(relay) => Some(Session::open(relay).await?),
            Way::Directory(_) => None,
        };
        Ok(Post { mailer: self, session })
    }

    /// Sends one letter; gives its id where it became a file.
    pub async fn send(&self, letter: &Letter, id: &str, now: Instant) -> Result<Option<String>, NotSent> {
        let mut post = self.open().await?;
        let sent = post.send(letter, id, now).await;
        post.close().await;
        sent
    }

    fn message(&self, letter: &Letter, to: &Address, id: &str, now: Instant) -> Result<Message, NotSent> {
        let date = SystemTime::UNIX_EPOCH + Duration::from_micros(now.micros().max(0) as u64);
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to.clone()))
            .subject(&letter.subject)
            .date(date)
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .multipart(MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone()));
        message.map_err(|error| {
            let said = format!("the letter to {to} could not be written: {error}");
            NotSent::for_good(Trouble::new(Fault::Content, said))
        })
    }
}

impl Post<'_> {
    /// Sends a letter; gives its id where it became a file.
    pub async fn send(&mut self, letter: &Letter, id: &str, now: Instant) -> Result<Option<String>, NotSent> {
        let to = letter.to.parse::<Address>().map_err(|error| {
            let said = format!("{:?} is not an e-mail address: {error}", letter.to);
            NotSent::for_good(Trouble::new(Fault::Recipient, said))
        })?;
        let message = self.mailer.message(letter, &to, id, now)?.formatted();
        let mailer = self.mailer;
        if let Way::Relay(relay) = &mailer.way
            && self.session.as_ref().is_some_and(Session::is_broken)
        {
            // Where nobody is reached now, the letters behind this one need not wait for that as well.
            self.session = None;
            self.session = Some(Session::open(relay).await?);
        }
        match (&mut self.session, &mailer.way) {
            (Some(session), _) => {
                session.send(&self.mailer.from.email, &to, &message).await?;
                Ok(None)
            }
            (None, Way::Directory(directory)) => {
                keep(directory, id, &message).map_err(|error| Trouble::file(directory, &error))?;
                Ok(Some(id.to_owned()))
            }
            // Only `open` makes one, with a session where there is a relay.
            (None, Way::Relay(relay)) => {
                let said = format!("there is no connection to {}", relay.place());
                Err(Trouble::new(Fault::Connection, said).into())
            }
        }
    }

    /// Takes leave of the relay.
    pub async fn close(self) {
        if let Some(session) = self.session {
            session.close().await;
        }
    }
}

fn keep(directory: &Path, id: &str, message: &[u8]) -> std::io::Result<()> {
    std::fs::create_dir_all(directory)?;
    let temporary = directory.join(format!(".{id}.tmp"));
    let mut file = std::fs::File::create(&temporary)?;
    file.write_all(message)?;
    file.sync_all()?;
    std::fs::rename(&temporary, directory.join(format!("{id}.eml")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mailbox;

    #[tokio::test]
    async fn a_letter_becomes_a_file_and_reads_back() {
        let directory = tempfile::tempdir().unwrap();
        let mailer = Mailer::new(&MailSettings::default(), directory.path()).unwrap();
        let letter = Letter {
            to: "ana@example.com".into(),
            subject: "Ready: füñf rows\r\nBcc: evil@example.com".into(),
            text: "A link: http://x.example/?a=1&b=2\n".into(),
            html: "<p>A link ✓</p>".into(),
        };
        let now = Instant::parse("2026-09-02T07:00:00Z").unwrap();
        let id = letter_id(now, "exp_1");
        assert_eq!(mailer.send(&letter, &id, now).await.unwrap().as_ref(), Some(&id));
        // Another attempt is the same letter.
        assert_eq!(mailer.send(&letter, &id, now).await.unwrap().as_ref(), Some(&id));
        let raw = std::fs::read_to_string(directory.path().join(format!("{id}.eml"))).unwrap();
        assert!(!raw.lines().any(|line| line.starts_with("Bcc:")), "{raw}");
        assert!(raw.contains(&format!("Message-ID: <{id}@localhost>")), "{raw}");

        let listed = mailbox::list(directory.path()).unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!((listed[0].id.as_str(), listed[0].to.as_str()), (id.as_str(), "ana@example.com"));
        assert_eq!(listed[0].date, Some(now));
        let read = mailbox::read(directory.path(), &id).unwrap().unwrap();
        assert_eq!(read.from, "Wayfare <wayfare@localhost>");
        assert_eq!(read.html.trim(), letter.html);
        assert_eq!(read.text.trim(), letter.text.trim());
        assert!(mailbox::read(directory.path(), "mail_../../x").unwrap().is_none());
        assert!(mailbox::read(directory.path(), "mail_0").unwrap().is_none());
    }

    #[test]
    fn addresses() {
        for good in ["a@b.example", "a.b+c@d.example"] {
            assert!(check_address(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "a",
            "a@",
            "@b",
            "a@b.example, c@d.example",
            "a@b.example\r\nBcc: c@d.example",
            "A <a@b.example>",
            "a@b c",
        ] {
            assert!(check_address(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn ids_of_letters() {
        let at = |seconds: i64| Instant::from_micros(seconds * 1_000_000).unwrap();
        assert_eq!(letter_id(at(7), "a"), letter_id(at(7), "a"));
        assert_ne!(letter_id(at(7), "a"), letter_id(at(7), "b"));
        assert!(letter_id(at(7), "a") < letter_id(at(8), "a"));
        assert_eq!(letter_id(at(1_788_332_400), "a").len(), "mail_".len() + 32);
    }

    #[test]
    fn a_password_is_never_told() {
        let url = "gopher://user:secret@x".to_owned();
        let settings = MailSettings { relay: Some(url), ..MailSettings::default() };
        let error = Mailer::new(&settings, Path::new("x")).err().unwrap().to_string();
        assert!(error.starts_with("smtp_url") && !error.contains("secret"), "{error}");
        assert!(!format!("{settings:?}").contains("secret"));
    }
}
