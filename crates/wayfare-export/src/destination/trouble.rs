//! What went wrong at a destination, as something that a person can act on.

use crate::outbound::OutboundError;
use std::fmt;
use std::io;

/// What failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The name leads nowhere.
    Name,
    /// It leads to this machine or its network, which is not allowed.
    PrivateAddress,
    /// Nobody takes connections there.
    Port,
    /// The certificate, or the server's key, is not one to trust.
    Certificate,
    /// The user, key or password is not known there.
    Credentials,
    /// It is known, and may not do this.
    Rights,
    /// The bucket, container or folder is not there.
    Bucket,
    /// There is no room.
    Quota,
    /// What lies there is not what was sent; or a relay refuses a letter for what is in it.
    Content,
    /// It asked to be left alone, or has a fault of its own.
    Unavailable,
    /// The connection broke off, or nothing came in time.
    Connection,
    /// The settings lead to nothing that could be tried.
    Settings,
    /// The files to send could not be read here.
    Files,
    /// The relay refuses the recipient.
    Recipient,
    /// The answer was no success.
    Answer,
}

impl Fault {
    /// The name used in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::PrivateAddress => "private_address",
            Self::Port => "port",
            Self::Certificate => "certificate",
            Self::Credentials => "credentials",
            Self::Rights => "rights",
            Self::Bucket => "bucket",
            Self::Quota => "quota",
            Self::Content => "content",
            Self::Unavailable => "unavailable",
            Self::Connection => "connection",
            Self::Settings => "settings",
            Self::Files => "files",
            Self::Recipient => "recipient",
            Self::Answer => "answer",
        }
    }
}

/// Why something came to nothing. Its words never hold a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What failed.
    pub fault: Fault,
    /// The same in words.
    pub said: String,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said)
    }
}

impl std::error::Error for Trouble {}

impl Trouble {
    /// A fault and its words.
    pub fn new(fault: Fault, said: impl Into<String>) -> Self {
        Self { fault, said: said.into() }
    }

    /// Whether the same request may go better a moment later.
    pub fn is_passing(&self) -> bool {
        matches!(self.fault, Fault::Unavailable | Fault::Connection)
    }

    /// A file of this machine that could not be read.
    pub fn file(path: &std::path::Path, error: &io::Error) -> Self {
        Self::new(Fault::Files, format!("{}: {error}", path.display()))
    }

    /// What became of a connection to `place`, which is a host, and a port where it is not the usual one.
    pub fn of_connection(place: &str, error: &OutboundError) -> Self {
        match error {
            OutboundError::NoHost => Self::new(Fault::Name, format!("{place} leads to no host")),
            OutboundError::Resolve(why) => {
                Self::new(Fault::Name, format!("the name of {place} could not be looked up: {why}"))
            }
            OutboundError::Private => Self::new(
                Fault::PrivateAddress,
                format!(
                    "{place} lies at a private address, which is refused unless the setting `allow_private_hooks` allows it"
                ),
            ),
            OutboundError::Connect(why) => {
                let said = match why.kind() {
                    io::ErrorKind::ConnectionRefused => {
                        format!("nobody takes connections at {place}: is the port right, and the server up?")
                    }
                    _ => format!("{place} cannot be reached: {why}"),
                };
                Self::new(Fault::Port, said)
            }
            OutboundError::Tls(why) => {
                Self::new(Fault::Certificate, format!("no secure connection to {place}: {why}"))
            }
            OutboundError::Status(status) => {
                let fault = match status.as_u16() {
                    401 => Fault::Credentials,
                    403 => Fault::Rights,
                    408 | 429 | 500.. => Fault::Unavailable,
                    _ => Fault::Answer,
                };
                Self::new(fault, format!("{place} answered {status}"))
            }
            OutboundError::Redirect(why) => Self::new(Fault::Answer, format!("{place}: {why}")),
            other => Self::new(Fault::Connection, format!("{place}: {other}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_in_words() {
        let check = |error: OutboundError, fault: Fault, words: &str| {
            let trouble = Trouble::of_connection("store.example", &error);
            assert_eq!(trouble.fault, fault);
            assert!(trouble.said.contains(words) && trouble.said.contains("store.example"), "{trouble}");
        };
        check(OutboundError::Resolve(io::Error::other("no such name")), Fault::Name, "no such name");
        check(
            OutboundError::Connect(io::ErrorKind::ConnectionRefused.into()),
            Fault::Port,
            "nobody takes connections",
        );
        check(OutboundError::Tls("the certificate has expired".into()), Fault::Certificate, "expired");
        check(OutboundError::Private, Fault::PrivateAddress, "allow_private_hooks");
        check(OutboundError::TooSlow, Fault::Connection, "seconds");
        check(OutboundError::Redirect("the answer leads on to nowhere"), Fault::Answer, "nowhere");
        let status = |code: u16| OutboundError::Status(code.try_into().unwrap());
        check(status(401), Fault::Credentials, "401 Unauthorized");
        check(status(403), Fault::Rights, "403");
        check(status(404), Fault::Answer, "404");
        check(status(503), Fault::Unavailable, "503");
    }
}
