//! What the binary tells the service.

use crate::evaluation::Limits;
use std::net::SocketAddr;

/// How the service is run.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// Who may use it.
    pub access: Access,
    /// The version that `/api/v1/about` tells.
    pub version: &'static str,
    /// What a count may take.
    pub limits: Limits,
    /// The account that clients of the raw surfaces name; any where there is none.
    pub partner: Option<Box<str>>,
}

/// Who may use the service.
#[derive(Clone)]
pub enum Access {
    /// Whoever sits at this machine: no sign-in, and only requests to a loopback name are answered.
    Loopback,
    /// Whoever knows the password (people) or the API key (programs).
    Password {
        /// Opens a session of the web app.
        password: Box<str>,
        /// Sent by programs as `Authorization: Bearer KEY`.
        api_key: Box<str>,
        /// Whether browsers reach the service by `https`, so that they keep its cookie from plain `http`.
        https: bool,
    },
}

/// Never the secrets.
impl std::fmt::Debug for Access {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Loopback => "Loopback",
            Self::Password { .. } => "Password",
        })
    }
}

/// Why a service is not started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// Others could reach it without a secret.
    #[error(
        "{0} can be reached from other machines: set `password` (WAYFARE_PASSWORD) for people and `api_key` (WAYFARE_API_KEY) for programs, or listen on a loopback address such as 127.0.0.1:8080"
    )]
    Open(SocketAddr),
    /// One secret without the other: whoever set it believes the service locked.
    #[error("{given} is set and {missing} is not: set both, or neither on a loopback address")]
    Half {
        /// The one that is set.
        given: &'static str,
        /// The one that is not.
        missing: &'static str,
    },
    /// A secret that is too short to keep anyone out.
    #[error("{0} is shorter than {1} characters")]
    Short(&'static str, usize),
}

/// By both names: which of them it was set by is not known here.
const PASSWORD: &str = "`password` (WAYFARE_PASSWORD)";
const API_KEY: &str = "`api_key` (WAYFARE_API_KEY)";

/// The shortest password.
const SHORTEST_PASSWORD: usize = 8;
/// The shortest API key.
const SHORTEST_KEY: usize = 16;

impl Access {
    /// The access that goes with a listening address and the secrets configured. With both secrets a loopback
    /// address asks for them too: that is how the service stands behind a proxy.
    pub fn decide(
        listen: SocketAddr,
        password: Option<&str>,
        api_key: Option<&str>,
        https: bool,
    ) -> Result<Self, AccessError> {
        let given = |secret: Option<&str>| secret.filter(|secret| !secret.is_empty()).map(Box::<str>::from);
        match (given(password), given(api_key)) {
            (Some(password), _) if password.chars().count() < SHORTEST_PASSWORD => {
                Err(AccessError::Short(PASSWORD, SHORTEST_PASSWORD))
            }
            (_, Some(key)) if key.chars().count() < SHORTEST_KEY => {
                Err(AccessError::Short(API_KEY, SHORTEST_KEY))
            }
            (Some(password), Some(api_key)) => Ok(Self::Password { password, api_key, https }),
            (Some(_), None) => Err(AccessError::Half { given: PASSWORD, missing: API_KEY }),
            (None, Some(_)) => Err(AccessError::Half { given: API_KEY, missing: PASSWORD }),
            (None, None) if listen.ip().to_canonical().is_loopback() => Ok(Self::Loopback),
            (None, None) => Err(AccessError::Open(listen)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(listen: &str, password: Option<&str>, key: Option<&str>, expected: Result<&str, &str>) {
        let decided = Access::decide(listen.parse().expect("an address"), password, key, false)
            .map(|access| format!("{access:?}"))
            .map_err(|error| error.to_string());
        match (decided, expected) {
            (Ok(access), Ok(expected)) => assert_eq!(access, expected),
            (Err(error), Err(part)) => assert!(error.contains(part), "{error}"),
            (decided, expected) => panic!("{listen}: {decided:?} instead of {expected:?}"),
        }
    }

    #[test]
    fn only_a_loopback_address_is_open() {
        let key = Some("0123456789abcdef");
        check("127.0.0.1:8080", None, None, Ok("Loopback"));
        check("[::1]:8080", None, None, Ok("Loopback"));
        check("[::1]:8080", None, key, Err("`password` (WAYFARE_PASSWORD) is not"));
        check("127.0.0.1:8080", Some("long enough"), None, Err("`api_key` (WAYFARE_API_KEY) is not"));
        check("127.0.0.1:8080", Some("long enough"), Some(""), Err("(WAYFARE_API_KEY) is not"));
        check("[::ffff:127.0.0.1]:8080", None, None, Ok("Loopback"));
        check("0.0.0.0:8080", None, None, Err("WAYFARE_PASSWORD"));
        check("[::]:8080", Some("long enough"), None, Err("WAYFARE_API_KEY"));
        check("0.0.0.0:8080", Some("long enough"), Some(""), Err("WAYFARE_API_KEY"));
        check("0.0.0.0:8080", Some("short"), key, Err("`password` (WAYFARE_PASSWORD) is shorter"));
        check(
            "0.0.0.0:8080",
            Some("long enough"),
            Some("short"),
            Err("`api_key` (WAYFARE_API_KEY) is shorter"),
        );
        check("0.0.0.0:8080", Some("long enough"), key, Ok("Password"));
        check("127.0.0.1:8080", Some("long enough"), key, Ok("Password"));
    }
}
