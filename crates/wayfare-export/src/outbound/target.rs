//! The address that somebody wrote down for a hook or a file of values, checked before anything is sent to it.

use super::address::is_public;
use std::net::IpAddr;
use url::{Host, ParseError, Url};
use wayfare_model::name::line_fault;

/// Why an address is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// It is none of http and https.
    #[error("must be an address that starts with http:// or https://")]
    NotHttp,
    /// It has characters that a reader of addresses would pass over.
    #[error("{0}")]
    Line(&'static str),
    /// Nothing stands where the host should.
    #[error("names no host: write one behind ://, as in https://receiver.example/in")]
    NoHost,
    /// What stands there is none.
    #[error("has a host that is no name or address of a machine")]
    Host,
    /// The port is none.
    #[error("has a port that is no number from 1 to 65535")]
    Port,
    /// It leads to this machine or its network.
    #[error(
        "leads to a private address, which is refused unless the setting `allow_private_hooks` allows it"
    )]
    Private,
}

/// Reads an address. What it names by number is held against the rule for private ones at once; a name is looked at
/// when it is connected to.
pub fn read(text: &str, allow_private: bool) -> Result<Url, TargetError> {
    if let Some(fault) = line_fault(text) {
        return Err(TargetError::Line(fault));
    }
    let scheme = text.trim_start_matches(' ').split_once(':').map_or("", |(scheme, _)| scheme);
    if !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return Err(TargetError::NotHttp);
    }
    let url = Url::parse(text).map_err(|error| match error {
        ParseError::EmptyHost => TargetError::NoHost,
        ParseError::InvalidPort => TargetError::Port,
        _ => TargetError::Host,
    })?;
    if url.port() == Some(0) {
        return Err(TargetError::Port);
    }
    let private = match url.host().ok_or(TargetError::NoHost)? {
        Host::Ipv4(address) => !is_public(IpAddr::V4(address)),
        Host::Ipv6(address) => !is_public(IpAddr::V6(address)),
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
    };
    match private && !allow_private {
        true => Err(TargetError::Private),
        false => Ok(url),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let check = |text: &str, expected: Option<TargetError>| {
            assert_eq!(read(text, false).err(), expected, "{text}");
        };
        for good in
            ["https://x.example", "http://x.example:8080/a?b=c", "HTTPS://8.8.8.8/", "http://[2606:4700::1]/"]
        {
            check(good, None);
        }
        for bad in ["", "x.example", "xyz.test.com", "ftp://x.example", "ftp://", "file:///etc/passwd"] {
            check(bad, Some(TargetError::NotHttp));
        }
        for bad in ["http://", "https:///", "http://:80/", "HTTP://"] {
            check(bad, Some(TargetError::NoHost));
        }
        for bad in ["http://ex ample/", "http://256.0.0.1/", "http://[::1/", "http://a^b/"] {
            check(bad, Some(TargetError::Host));
        }
        for bad in ["http://127.0.0.1:99999/", "http://x.example:0/", "http://x.example:-1/", "http://x:y/"] {
            check(bad, Some(TargetError::Port));
        }
        for bad in ["https://x.example/\n", "https://x.exam\tple/", "https://x.example/\u{1b}", "\0"] {
            check(bad, Some(TargetError::Line("has a control character")));
        }
        // However the number is written.
        for private in [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://0177.0.0.1/",
            "http://[::1]/",
            "http://[::ffff:10.0.0.1]/",
            "http://169.254.169.254/latest/",
            "http://LOCALHOST:8080/",
            "http://a.localhost./",
        ] {
            check(private, Some(TargetError::Private));
            assert!(read(private, true).is_ok(), "{private}");
        }
    }
}
