//! E-mail: through an SMTP relay where one is configured, else as `.eml` files that the web app shows.

use crate::error::ExportError;
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use wayfare_model::time::Instant;

/// A relay that does not answer for so long has failed.
const RELAY_PATIENCE: Duration = Duration::from_secs(30);

/// How e-mail leaves.
#[derive(Debug, Clone)]
pub struct MailSettings {
    /// `smtp://…` or `smtps://…`, with user and password where needed; without it letters become files.
    pub relay: Option<String>,
    /// Whom letters come from: `Wayfare <wayfare@example.com>`.
    pub from: String,
}

impl Default for MailSettings {
    fn default() -> Self {
        Self { relay: None, from: "Wayfare <wayfare@localhost>".into() }
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

/// Sends letters.
pub struct Mailer {
    from: Mailbox,
    way: Way,
}

enum Way {
    Relay(Box<AsyncSmtpTransport<Tokio1Executor>>),
    Directory(PathBuf),
}

/// Refuses what is not one plain e-mail address.
pub fn check_address(address: &str) -> Result<(), ExportError> {
    address.parse::<Address>().map(drop).map_err(|error| {
        ExportError::refused("email", format!("{address:?} is not an e-mail address: {error}"))
    })
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
            Some(url) => {
                // The URL may hold a password, so the message leaves it out.
                let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|error| {
                    ExportError::refused("smtp_url", format!("is not the address of a relay: {error}"))
                })?;
                Way::Relay(Box::new(builder.timeout(Some(RELAY_PATIENCE)).build()))
            }
        };
        Ok(Self { from, way })
    }

    /// Whether letters become files.
    pub fn writes_files(&self) -> bool {
        matches!(self.way, Way::Directory(_))
    }

    /// Sends a letter; gives its id where it became a file.
    pub async fn send(&self, letter: &Letter, now: Instant) -> Result<Option<String>, ExportError> {
        let failed = |why: String| ExportError::Mail { to: letter.to.clone(), why };
        let to = letter.to.parse::<Address>().map_err(|error| failed(error.to_string()))?;
        let id = format!("mail_{}", uuid::Uuid::now_v7().simple());
        let date = SystemTime::UNIX_EPOCH + Duration::from_micros(now.micros().max(0) as u64);
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(&letter.subject)
            .date(date)
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .multipart(MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone()))
            .map_err(|error| failed(error.to_string()))?;
        match &self.way {
            Way::Relay(relay) => {
                relay.send(message).await.map_err(|error| failed(error.to_string()))?;
                Ok(None)
            }
            Way::Directory(directory) => {
                keep(directory, &id, &message.formatted())?;
                Ok(Some(id))
            }
        }
    }
}

fn keep(directory: &Path, id: &str, message: &[u8]) -> Result<(), ExportError> {
    std::fs::create_dir_all(directory).map_err(ExportError::file(directory))?;
    let path = directory.join(format!("{id}.eml"));
    let temporary = directory.join(format!(".{id}.tmp"));
    let written = std::fs::File::create(&temporary).and_then(|mut file| {
        file.write_all(message)?;
        file.sync_all()
    });
    written.and_then(|()| std::fs::rename(&temporary, &path)).map_err(ExportError::file(&path))
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
        let id = mailer.send(&letter, now).await.unwrap().unwrap();
        let raw = std::fs::read_to_string(directory.path().join(format!("{id}.eml"))).unwrap();
        assert!(!raw.lines().any(|line| line.starts_with("Bcc:")), "{raw}");

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
    fn relays() {
        let relay = |url: &str| MailSettings { relay: Some(url.into()), ..MailSettings::default() };
        let error = Mailer::new(&relay("gopher://user:secret@x"), Path::new("x")).err().unwrap().to_string();
        assert!(!error.contains("secret"), "{error}");
    }
}
