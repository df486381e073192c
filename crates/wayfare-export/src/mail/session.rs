//! A conversation with the relay, act by act: who is reached, how the connection is secured, who signs in, which letters are
//! taken. Each act that fails says what is at fault, and of a letter whether it is refused for good.

use super::NotSent;
use super::relay::{Relay, Security};
use crate::destination::trouble::{Fault, Trouble};
use crate::outbound::{OutboundError, tls_words};
use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::DEFAULT_MECHANISMS;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{Extension, MailParameter};
use lettre::transport::smtp::response::Severity;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio_rustls::rustls::Error as TlsError;

/// How long a name or a connection is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long until a connection is secure and signed in.
const OPENING_PATIENCE: Duration = Duration::from_secs(30);
/// How long an answer is waited for.
const ANSWER_PATIENCE: Duration = Duration::from_secs(60);
/// How long a relay may look at a letter before it says whether it takes it: given up sooner, it would be sent twice.
const LETTER_PATIENCE: Duration = Duration::from_secs(300);
/// How long a farewell may take.
const FAREWELL_PATIENCE: Duration = Duration::from_secs(2);

/// So many letters of what a relay says are kept.
const LONGEST_WORDS: usize = 500;

/// A relay that is reached, and signed in at.
pub struct Session {
    connection: AsyncSmtpConnection,
    place: String,
}

impl Session {
    /// Reaches a relay.
    pub async fn open(relay: &Relay) -> Result<Self, Trouble> {
        let place = relay.place();
        let found = in_time(PATIENCE, tokio::net::lookup_host((relay.host.as_str(), relay.port))).await;
        let found = found.map_err(|why| Trouble::of_connection(&place, &OutboundError::Resolve(why)))?;
        let mut last = Trouble::of_connection(&place, &OutboundError::NoHost);
        for address in found {
            let opened = tokio::time::timeout(OPENING_PATIENCE, reach(relay, address, &place)).await;
            match opened {
                Ok(Ok(connection)) => return Ok(Self { connection, place }),
                // Another address of the same name may do.
                Ok(Err(trouble)) if trouble.fault == Fault::Port => last = trouble,
                Ok(Err(trouble)) => return Err(trouble),
                Err(_) => last = silent(&place, relay.security),
            }
        }
        Err(last)
    }

    /// Has the relay take a letter.
    pub async fn send(&mut self, from: &Address, to: &Address, letter: &[u8]) -> Result<(), NotSent> {
        let sent = self.tried(from, to, letter).await;
        if let Err(not_sent) = &sent
            && not_sent.trouble.fault != Fault::Connection
        {
            // The next letter begins afresh; where that fails, so will the letter.
            let _ = tokio::time::timeout(ANSWER_PATIENCE, self.connection.command(Rset)).await;
        }
        sent
    }

    async fn tried(&mut self, from: &Address, to: &Address, letter: &[u8]) -> Result<(), NotSent> {
        let mut parameters = Vec::new();
        if !to.to_string().is_ascii() || !from.to_string().is_ascii() {
            if !self.connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                let said = format!("{} takes no addresses beyond ASCII", self.place);
                return Err(NotSent::for_good(Trouble::new(Fault::Recipient, said)));
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        let place = &self.place;
        let sender = answered(place, self.connection.command(Mail::new(Some(from.clone()), parameters)));
        sender.await?.map_err(|no| no.of_sender(place, from))?;
        let recipient = answered(place, self.connection.command(Rcpt::new(to.clone(), Vec::new())));
        recipient.await?.map_err(|no| no.of_letter(Fault::Recipient, format!("{place} refuses {to}")))?;
        let of_content = |no: No| no.of_letter(Fault::Content, format!("{place} refuses the letter to {to}"));
        answered(place, self.connection.command(Data)).await?.map_err(of_content)?;
        let said = tokio::time::timeout(LETTER_PATIENCE, self.connection.message(letter)).await;
        let said = said.map_err(|_| late(place, LETTER_PATIENCE))?;
        No::or_broken(place, said)?.map_err(of_content)
    }

    /// Takes leave.
    pub async fn close(mut self) {
        // Everything that matters was said.
        let _ = tokio::time::timeout(FAREWELL_PATIENCE, self.connection.quit()).await;
    }
}

/// The relay's no: its code, and its words.
struct No {
    code: u16,
    severity: Severity,
    words: String,
}

impl No {
    /// The no in an error; `None` where the error is none.
    fn of(error: &Error) -> Option<Self> {
        let code = error.status()?;
        let words = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
        Some(Self { code: code.into(), severity: code.severity, words: plain(&format!("{code} {words}")) })
    }

    /// What the relay said to a step; the outer error is a connection that broke.
    fn or_broken<T>(place: &str, said: Result<T, Error>) -> Result<Result<(), Self>, Trouble> {
        match said {
            Ok(_) => Ok(Ok(())),
            Err(error) => match Self::of(&error) {
                Some(no) => Ok(Err(no)),
                None => Err(broken(place, &error)),
            },
        }
    }

    fn is_passing(&self) -> bool {
        self.severity == Severity::TransientNegativeCompletion
    }

    /// Whether it asks for a password, or for another one.
    fn is_about_credentials(&self) -> bool {
        matches!(self.code, 530 | 534 | 535 | 538)
    }

    /// What an answer to a letter means; what is refused, `what` says.
    fn of_letter(self, fault: Fault, what: String) -> NotSent {
        if self.is_about_credentials() {
            return NotSent::for_now(Trouble::new(Fault::Credentials, format!("{what}: {}", self.words)));
        }
        match self.is_passing() {
            true => {
                let said = format!("{what} for now: {}", self.words);
                NotSent::for_now(Trouble::new(Fault::Unavailable, said))
            }
            false => NotSent::for_good(Trouble::new(fault, format!("{what} for good: {}", self.words))),
        }
    }

    /// What an answer to the sender means. It is the operator's to change, so the letter waits for that.
    fn of_sender(self, place: &str, from: &Address) -> NotSent {
        let fault = match (self.is_about_credentials(), self.is_passing()) {
            (true, _) => Fault::Credentials,
            (false, true) => Fault::Unavailable,
            (false, false) => Fault::Rights,
        };
        let said = format!("{place} takes no letters from {from}: {}", self.words);
        NotSent::for_now(Trouble::new(fault, said))
    }
}

/// The relay's words as they are kept and shown: not too many, and none that a terminal would take for more than words.
fn plain(words: &str) -> String {
    words.trim().chars().filter(|c| !c.is_control()).take(LONGEST_WORDS).collect()
}

/// Connects, secures the connection and signs in.
async fn reach(relay: &Relay, address: SocketAddr, place: &str) -> Result<AsyncSmtpConnection, Trouble> {
    let wrapped = (relay.security == Security::Tls).then(|| relay.trust.clone());
    let connected =
        AsyncSmtpConnection::connect_tokio1(address, Some(PATIENCE), &relay.hello, wrapped, None).await;
    let mut connection = connected.map_err(|error| match No::of(&error) {
        Some(no) => Trouble::new(Fault::Unavailable, format!("{place} takes nothing: {}", no.words)),
        None => unconnected(place, relay.security, &error),
    })?;
    let offers = connection.can_starttls();
    if relay.security == Security::StartTls || (relay.security == Security::Opportunistic && offers) {
        if !offers {
            let said = format!("no secure connection to {place}: it does not offer STARTTLS");
            return Err(Trouble::new(Fault::Certificate, said));
        }
        let secured = connection.starttls(relay.trust.clone(), &relay.hello).await;
        secured.map_err(|error| match No::of(&error) {
            Some(no) => {
                let said = format!("no secure connection to {place}: {}", no.words);
                Trouble::new(Fault::Certificate, said)
            }
            None => unconnected(place, relay.security, &error),
        })?;
    }
    let Some(credentials) = &relay.credentials else { return Ok(connection) };
    if !connection.is_encrypted() && !address.ip().to_canonical().is_loopback() {
        let said = format!("{place} does not offer STARTTLS, and the password is not sent without it");
        return Err(Trouble::new(Fault::Certificate, said));
    }
    if connection.server_info().get_auth_mechanism(DEFAULT_MECHANISMS).is_none() {
        let said = format!("{place} takes no password here: it offers neither AUTH PLAIN nor AUTH LOGIN");
        return Err(Trouble::new(Fault::Credentials, said));
    }
    match connection.auth(DEFAULT_MECHANISMS, credentials).await {
        Ok(_) => Ok(connection),
        Err(error) => Err(match No::of(&error) {
            Some(no) if no.is_passing() => {
                Trouble::new(Fault::Unavailable, format!("{place} lets nobody sign in for now: {}", no.words))
            }
            Some(no) => {
                let said = format!("{place} refuses the user or the password: {}", no.words);
                Trouble::new(Fault::Credentials, said)
            }
            None => broken(place, &error),
        }),
    }
}

/// Why there is no connection: the causes of the error say at which step it ended.
fn unconnected(place: &str, security: Security, error: &Error) -> Trouble {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(of) = cause {
        if let Some(io) = of.downcast_ref::<io::Error>() {
            let tls = io.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>());
            return match tls {
                Some(TlsError::InvalidMessage(_)) if security == Security::Tls => {
                    let why =
                        "what came is no TLS; for a port that begins without, write smtp://…?tls=required";
                    Trouble::of_connection(place, &OutboundError::Tls(why.into()))
                }
                Some(_) => Trouble::of_connection(place, &OutboundError::Tls(tls_words(io))),
                None if is_after_connecting(io.kind()) => broken(place, error),
                None => Trouble::of_connection(place, &OutboundError::Connect(copy(io))),
            };
        }
        cause = of.source();
    }
    broken(place, error)
}

/// Whether such a fault comes only where somebody had taken the connection.
fn is_after_connecting(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof
    )
}

fn copy(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

fn broken(place: &str, error: &Error) -> Trouble {
    Trouble::new(Fault::Connection, format!("the connection to {place} broke: {error}"))
}

fn silent(place: &str, security: Security) -> Trouble {
    let hint = match security {
        Security::Tls => "",
        _ => "; where its port is one for TLS from the start, write smtps://",
    };
    let said = format!("{place} said nothing within {} seconds{hint}", OPENING_PATIENCE.as_secs());
    Trouble::new(Fault::Connection, said)
}

fn late(place: &str, patience: Duration) -> Trouble {
    Trouble::new(Fault::Connection, format!("{place} did not answer within {} seconds", patience.as_secs()))
}

async fn answered<T>(
    place: &str,
    step: impl Future<Output = Result<T, Error>>,
) -> Result<Result<(), No>, Trouble> {
    let said = tokio::time::timeout(ANSWER_PATIENCE, step).await;
    No::or_broken(place, said.map_err(|_| late(place, ANSWER_PATIENCE))?)
}

async fn in_time<T>(patience: Duration, step: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let late =
        |_| io::Error::new(io::ErrorKind::TimedOut, format!("nothing within {} s", patience.as_secs()));
    tokio::time::timeout(patience, step).await.map_err(late).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_in_words() {
        let no = |code: u16, severity, words: &str| No { code, severity, words: format!("{code} {words}") };
        let check = |not_sent: NotSent, fault: Fault, is_final: bool, words: &str| {
            assert_eq!((not_sent.trouble.fault, not_sent.is_final), (fault, is_final), "{not_sent}");
            assert!(not_sent.to_string().contains(words), "{not_sent}");
        };
        let (passing, lasting) =
            (Severity::TransientNegativeCompletion, Severity::PermanentNegativeCompletion);
        let refuses = || "relay:25 refuses a@b.example".to_owned();
        check(
            no(550, lasting, "no such user").of_letter(Fault::Recipient, refuses()),
            Fault::Recipient,
            true,
            "relay:25 refuses a@b.example for good: 550 no such user",
        );
        check(
            no(450, passing, "come later").of_letter(Fault::Recipient, refuses()),
            Fault::Unavailable,
            false,
            "for now: 450 come later",
        );
        check(
            no(530, lasting, "sign in first").of_letter(Fault::Recipient, refuses()),
            Fault::Credentials,
            false,
            "530 sign in first",
        );
        let from: Address = "w@b.example".parse().unwrap();
        check(
            no(553, lasting, "not yours").of_sender("relay:25", &from),
            Fault::Rights,
            false,
            "relay:25 takes no letters from w@b.example: 553 not yours",
        );
    }

    #[test]
    fn words_of_a_relay_stay_words() {
        assert_eq!(plain("550 \u{1b}[31mno\r\n such ünser "), "550 [31mno such ünser");
        assert_eq!(plain(&"x".repeat(10_000)).len(), 500);
        assert_eq!(plain("550 "), "550");
    }
}
