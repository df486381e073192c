//! Where the relay is and how it is spoken to, read from one address such as `smtps://user:password@relay.example`.

use crate::error::ExportError;
use crate::outbound::percent_decoded;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use std::net::IpAddr;
use url::Url;

/// How a connection is made secure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// Not at all: for a relay on this machine.
    Plain,
    /// With STARTTLS where the relay offers it.
    Opportunistic,
    /// With STARTTLS, or nothing is sent.
    StartTls,
    /// From the first byte on.
    Tls,
}

/// A relay.
pub struct Relay {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is made secure.
    pub security: Security,
    /// Whose certificates are trusted, and for which name.
    pub trust: TlsParameters,
    /// What it is greeted with.
    pub hello: ClientId,
    /// User and password.
    pub credentials: Option<Credentials>,
}

impl Relay {
    /// Reads the address of a relay; `issuer` is one more issuer of certificates to trust, as PEM. No refusal repeats the
    /// address, which may hold a password.
    pub fn read(address: &str, issuer: Option<&str>) -> Result<Self, ExportError> {
        let refuse = |why: &str| Err(ExportError::refused("smtp_url", why));
        const FORM: &str = "must be an address such as smtps://user:password@relay.example";
        let Ok(url) = Url::parse(address) else { return refuse(FORM) };
        let Some(host) = url.host_str().filter(|host| !host.is_empty()) else { return refuse(FORM) };
        // IPv6 stands in brackets in an address, and without them in a certificate.
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let parameters: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        let tls = match parameters.as_slice() {
            [] => None,
            [(name, value)] if name == "tls" => Some(value.as_str()),
            _ => return refuse("takes no other parameter than tls"),
        };
        let (security, usual_port) = match (url.scheme(), tls) {
            ("smtp", None) => (Security::Plain, 25),
            ("smtp", Some("required")) => (Security::StartTls, 587),
            ("smtp", Some("opportunistic")) => (Security::Opportunistic, 587),
            ("smtps", None | Some("required")) => (Security::Tls, 465),
            ("smtp", _) => return refuse("takes tls=required or tls=opportunistic, nothing else"),
            ("smtps", _) => return refuse("is secure from the first byte on: leave tls out"),
            _ => return refuse("must start with smtp:// or smtps://"),
        };
        if url.fragment().is_some() {
            return refuse("holds a #, which ends an address: a password has it as %23");
        }
        let text = |part: &str| String::from_utf8_lossy(&percent_decoded(part)).into_owned();
        let credentials = match (text(url.username()), url.password()) {
            (user, None) if user.is_empty() => None,
            (_, None) => return refuse("names a user without a password"),
            (user, Some(password)) => Some(Credentials::new(user, text(password))),
        };
        if credentials.is_some() && security == Security::Plain && !is_this_machine(&host) {
            return refuse(
                "holds a password, and nothing would keep it secret on the way: write smtps://, or add ?tls=required; only a relay on this machine (localhost, 127.0.0.1) is given one without TLS",
            );
        }
        let hello = match url.path().trim_matches('/') {
            "" => ClientId::default(),
            name => ClientId::Domain(name.to_owned()),
        };
        let port = url.port().unwrap_or(usual_port);
        Ok(Self { trust: trust(&host, issuer)?, host, port, security, hello, credentials })
    }

    /// Whether letters go to another machine without TLS, whatever that offers.
    pub fn is_in_the_clear(&self) -> bool {
        self.security == Security::Plain && !is_this_machine(&self.host)
    }

    /// Host and port, for people.
    pub fn place(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }
}

fn trust(host: &str, issuer: Option<&str>) -> Result<TlsParameters, ExportError> {
    let refuse = |why: &dyn std::fmt::Display| {
        ExportError::refused("smtp_ca_certificate", format!("is no certificate as PEM: {why}"))
    };
    let mut builder = TlsParameters::builder(host.to_owned());
    if let Some(issuer) = issuer {
        if !issuer.contains("-----BEGIN CERTIFICATE-----") {
            return Err(refuse(&"there is none in the file"));
        }
        let certificate = Certificate::from_pem(issuer.as_bytes()).map_err(|error| refuse(&error))?;
        builder = builder.add_root_certificate(certificate);
    }
    builder.build().map_err(|error| refuse(&error))
}

fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let told = [
            "smtp://relay.example",
            "smtp://localhost:2525",
            "smtp://relay.example?tls=required",
            "smtp://user:pass@relay.example?tls=opportunistic",
            "smtps://us%40er:p%23a%2Bs%3As+@relay.example/mail.example",
            "smtps://user:hush@[2001:db8::1]:4650",
            "smtp://user:hush@localhost",
            "smtp://user:hush@127.0.0.1:2525",
            "smtp://user:hush@[::1]",
            "smtp://user:hush@relay.example",
            "smtp://user:hush@127.0.0.1.example",
            "smtp://user@relay.example?tls=required",
            "smtp://relay.example?tls=yes",
            "smtp://relay.example?tls=required&timeout=3",
            "smtps://user:hu#sh@relay.example",
            "smtps://user:hush@relay.example?tls=none",
            "gopher://user:hush@relay.example",
            "relay.example",
            "smtp://",
            "",
        ]
        .map(|address| match Relay::read(address, None) {
            Ok(relay) => {
                let signs_in = if relay.credentials.is_some() { ", signs in" } else { "" };
                format!("{address}\n  {:?} {} as {}{signs_in}", relay.security, relay.place(), relay.hello)
            }
            Err(error) => {
                assert!(!error.to_string().contains("hush"), "{error}");
                format!("{address}\n  {error}")
            }
        });
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn in_the_clear_to_another_machine() {
        let check = |address: &str, expected: bool| {
            assert_eq!(Relay::read(address, None).unwrap().is_in_the_clear(), expected, "{address}");
        };
        for clear in ["smtp://relay.example", "smtp://10.0.0.7:2525", "smtp://127.0.0.1.example"] {
            check(clear, true);
        }
        for covered in [
            "smtps://relay.example",
            "smtp://relay.example?tls=required",
            "smtp://relay.example?tls=opportunistic",
            "smtp://localhost",
            "smtp://[::1]:2525",
        ] {
            check(covered, false);
        }
    }

    #[test]
    fn what_was_escaped_is_read() {
        let relay =
            Relay::read("smtps://us%40er:p%23a%2Bs%3As+%C3%BC@relay.example/mail.example", None).unwrap();
        assert_eq!(relay.credentials, Some(Credentials::new("us@er".into(), "p#a+s:s+ü".into())));
    }

    #[test]
    fn issuers() {
        for bad in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            let told = Relay::read("smtps://relay.example", Some(bad)).err().unwrap().to_string();
            assert!(told.starts_with("smtp_ca_certificate"), "{told}");
        }
    }
}
