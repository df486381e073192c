//! A conversation with the relay, act by act: who is reached, how the connection is secured, who signs in, which letters are
//! taken. Each act that fails says what is at fault, and of a letter whether it is refused for good.

use super::NotSent;
use super::lines::Lines;
use super::relay::{Relay, Security};
use crate::destination::refusal::plain;
use crate::destination::trouble::{Fault, Trouble};
use crate::outbound::{OutboundError, tls_words};
use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::DEFAULT_MECHANISMS;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{Extension, MailParameter};
use lettre::transport::smtp::response::{Response, Severity};
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
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

/// A relay that is reached, and signed in at.
pub struct Session {
    connection: AsyncSmtpConnection,
    place: String,
    is_broken: bool,
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
                Ok(Ok(connection)) => return Ok(Self { connection, place, is_broken: false }),
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
        if let Err(not_sent) = &sent {
            self.is_broken = not_sent.trouble.fault == Fault::Connection || !self.begins_afresh().await;
        }
        sent
    }

    /// Whether nothing more may be sent over it: what an answer that comes late belongs to, nobody could say.
    pub fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// Has the relay forget a letter that it refused; gives whether it did.
    async fn begins_afresh(&mut self) -> bool {
        let done = Severity::PositiveCompletion;
        let said = answered(&self.place, done, self.connection.command(Rset)).await;
        matches!(said, Ok(Ok(())))
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
        let (done, go_on) = (Severity::PositiveCompletion, Severity::PositiveIntermediate);
        let mail = Mail::new(Some(from.clone()), parameters);
        let sender = answered(place, done, self.connection.command(mail));
        sender.await?.map_err(|no| no.of_sender(place, from))?;
        let recipient = answered(place, done, self.connection.command(Rcpt::new(to.clone(), Vec::new())));
        recipient.await?.map_err(|no| no.of_letter(Fault::Recipient, format!("{place} refuses {to}")))?;
        let of_content = |no: No| no.of_letter(Fault::Content, format!("{place} refuses the letter to {to}"));
        answered(place, go_on, self.connection.command(Data)).await?.map_err(of_content)?;
        let said = tokio::time::timeout(LETTER_PATIENCE, self.connection.message(letter)).await;
        let said = said.map_err(|_| late(place, LETTER_PATIENCE))?;
        No::or_broken(place, done, said)?.map_err(of_content)
    }

    /// Takes leave.
    pub async fn close(mut self) {
        if self.is_broken {
            return;
        }
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

    /// What the relay said to a step whose yes begins with `yes`; the outer error is a connection that broke.
    fn or_broken(
        place: &str,
        yes: Severity,
        said: Result<Response, Error>,
    ) -> Result<Result<(), Self>, Trouble> {
        match said {
            Ok(answer) if answer.code().severity == yes => Ok(Ok(())),
            // Another yes belongs to another step, and so would every answer after it.
            Ok(answer) => {
                let said =
                    format!("the connection to {place} broke: {} answers something else", answer.code());
                Err(Trouble::new(Fault::Connection, said))
            }
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

/// Connects, secures the connection and signs in.
async fn reach(relay: &Relay, address: SocketAddr, place: &str) -> Result<AsyncSmtpConnection, Trouble> {
    let connected = match relay.security {
        Security::Tls => {
            let trust = Some(relay.trust.clone());
            AsyncSmtpConnection::connect_tokio1(address, Some(PATIENCE), &relay.hello, trust, None).await
        }
        Security::Plain | Security::Opportunistic | Security::StartTls => {
            let stream = in_time(PATIENCE, TcpStream::connect(address)).await;
            let stream = stream.map_err(|why| Trouble::of_connection(place, &OutboundError::Connect(why)))?;
            AsyncSmtpConnection::connect_with_transport(Box::new(Lines(stream)), &relay.hello).await
        }
    };
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
                Some(TlsError::InvalidMessage(_)) => {
                    let why = "what came behind the answer to STARTTLS is no TLS";
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
    // It may repeat what came.
    let why = plain(&error.to_string());
    Trouble::new(Fault::Connection, format!("the connection to {place} broke: {why}"))
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

async fn answered(
    place: &str,
    yes: Severity,
    step: impl Future<Output = Result<Response, Error>>,
) -> Result<Result<(), No>, Trouble> {
    let said = tokio::time::timeout(ANSWER_PATIENCE, step).await;
    No::or_broken(place, yes, said.map_err(|_| late(place, ANSWER_PATIENCE))?)
}

async fn in_time<T>(patience: Duration, step: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let late =
        |_| io::Error::new(io::ErrorKind::TimedOut, format!("nothing within {} s", patience.as_secs()));
    tokio::time::timeout(patience, step).await.map_err(late).flatten()
}

#[cfg(test)]
mod tests {
    use super::super::{Letter, MailSettings, Mailer, letter_id};
    use super::*;
    use std::path::Path;
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    use tokio::net::TcpListener;
    use tokio::task::JoinHandle;
    use wayfare_model::time::Instant;

    /// The answers to a letter up to its content.
    const TAKEN: [&str; 5] = ["220 relay", "250 relay", "250 ok", "250 ok", "354 go"];

    /// A relay that answers each step of each of its connections with the next answer of a list; gives what it was told.
    async fn relay(connections: Vec<Vec<&'static str>>) -> (String, JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = format!("smtp://{}", listener.local_addr().unwrap());
        let told = tokio::spawn(async move {
            let mut told = Vec::new();
            for answers in connections {
                let (mut stream, _) = listener.accept().await.unwrap();
                let (from, mut to) = stream.split();
                let mut lines = BufReader::new(from).lines();
                let mut is_content = false;
                for answer in answers {
                    to.write_all(format!("{answer}\r\n").as_bytes()).await.unwrap();
                    let mut line = lines.next_line().await.ok().flatten();
                    while is_content && line.as_ref().is_some_and(|line| line != ".") {
                        line = lines.next_line().await.ok().flatten();
                    }
                    let Some(line) = line else { break };
                    is_content = line == "DATA";
                    told.push(line);
                }
            }
            told
        });
        (address, told)
    }

    fn addresses() -> [Address; 2] {
        ["w@b.example", "a@b.example"].map(|address| address.parse().unwrap())
    }

    #[tokio::test]
    async fn only_the_answer_to_its_content_is_a_delivery() {
        let [from, to] = addresses();
        for (at, answer) in [(5, "354 go"), (4, "250 ok"), (3, "354 go"), (2, "334 more")] {
            let mut answers = Vec::from_iter(TAKEN.into_iter().chain(["250 taken", "250 bye"]));
            answers[at] = answer;
            let (address, _) = relay(vec![answers]).await;
            let mut session = Session::open(&Relay::read(&address, None).unwrap()).await.unwrap();
            let not_sent = session.send(&from, &to, b"Subject: x\r\n\r\nx").await.unwrap_err();
            assert_eq!((not_sent.trouble.fault, not_sent.is_final), (Fault::Connection, false), "{not_sent}");
            assert!(not_sent.to_string().contains("answers something else"), "{not_sent}");
            assert!(session.is_broken());
        }
        let (address, told) = relay(vec![Vec::from_iter(TAKEN.into_iter().chain(["250 taken"]))]).await;
        let mut session = Session::open(&Relay::read(&address, None).unwrap()).await.unwrap();
        session.send(&from, &to, b"Subject: x\r\n\r\nx").await.unwrap();
        assert!(!session.is_broken());
        session.close().await;
        assert_eq!(told.await.unwrap().last().unwrap(), "QUIT");
    }

    #[tokio::test]
    async fn a_conversation_that_cannot_begin_afresh_is_not_gone_on_with() {
        let refused = ["220 relay", "250 relay", "250 ok", "550 no such user"];
        let then = |answer: &'static str| Vec::from_iter(refused.into_iter().chain([answer]));
        let [from, to] = addresses();
        for (answer, is_broken) in [("250 flushed", false), ("500 what?", true), ("354 go", true)] {
            let (address, _) = relay(vec![then(answer)]).await;
            let mut session = Session::open(&Relay::read(&address, None).unwrap()).await.unwrap();
            let not_sent = session.send(&from, &to, b"x").await.unwrap_err();
            assert_eq!((not_sent.trouble.fault, not_sent.is_final), (Fault::Recipient, true), "{not_sent}");
            assert_eq!(session.is_broken(), is_broken, "{answer}");
        }

        // The next letter has a connection of its own.
        let second = Vec::from_iter(TAKEN.into_iter().chain(["250 taken"]));
        let (address, told) = relay(vec![then("500 what?"), second]).await;
        let settings = MailSettings { relay: Some(address), ..MailSettings::default() };
        let mailer = Mailer::new(&settings, Path::new("x")).unwrap();
        let now = Instant::from_micros(0).unwrap();
        let letter =
            |to: &str| Letter { to: to.into(), subject: "x".into(), text: "x".into(), html: "x".into() };
        let mut post = mailer.open().await.unwrap();
        assert!(post.send(&letter("a@b.example"), &letter_id(now, "a"), now).await.unwrap_err().is_final);
        post.send(&letter("c@d.example"), &letter_id(now, "c"), now).await.unwrap();
        post.close().await;
        let told = told.await.unwrap();
        assert_eq!(told.iter().filter(|line| line.starts_with("EHLO")).count(), 2, "{told:?}");
    }

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
}
