//! The host and the origin of a request.
//!
//! Without sign-in, what keeps other sites' pages out is that a browser says where a page is from: a name that
//! was made to point at this machine (DNS rebinding) shows in `Host`, a page of another site in `Origin` or
//! `Sec-Fetch-Site`. With sign-in the host may be any name that leads here.

use crate::problem::{Code, Problem};
use axum::http::{HeaderMap, Uri, header};
use std::net::IpAddr;

/// Hosts under which the service answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hosts {
    /// A loopback name or address, with this port.
    Loopback(u16),
    /// Any.
    Any,
}

/// Refuses a request for another host, or from another site's page.
pub(crate) fn check(hosts: Hosts, headers: &HeaderMap, uri: &Uri) -> Result<(), Problem> {
    let host = match headers.get(header::HOST) {
        Some(host) => host.to_str().ok(),
        None => uri.authority().map(|authority| authority.as_str()),
    };
    let Some(host) = host.and_then(Authority::read) else {
        return Err(foreign_host("The request names no host that can be read."));
    };
    if let Hosts::Loopback(port) = hosts
        && !(host.is_loopback() && host.port == port)
    {
        return Err(foreign_host("The request is for another host than the loopback address listened on."));
    }
    if let Some(origin) = headers.get(header::ORIGIN) {
        let same = origin.to_str().ok().and_then(Authority::of_origin).is_some_and(|origin| origin == host);
        if !same {
            return Err(foreign_origin());
        }
    } else if uri.path().starts_with("/api/")
        && headers
            .get("sec-fetch-site")
            .is_some_and(|site| site.as_bytes() != b"same-origin" && site.as_bytes() != b"none")
    {
        return Err(foreign_origin());
    }
    Ok(())
}

fn foreign_host(detail: &str) -> Problem {
    Problem::new(Code::ForeignHost, detail)
}

fn foreign_origin() -> Problem {
    Problem::new(Code::ForeignOrigin, "The request comes from the page of another site.")
}

/// A host and a port, as `Host` and `Origin` name them.
#[derive(Debug, PartialEq, Eq)]
struct Authority {
    name: String,
    port: u16,
}

impl Authority {
    /// Of a `Host` header; without a port it is the one of plain `http`.
    fn read(text: &str) -> Option<Self> {
        Self::with_default_port(text, 80)
    }

    /// Of an `Origin` header. A proxy that speaks `https` may pass a `Host` without port, so both default
    /// ports count as the same.
    fn of_origin(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"))?;
        let origin = Self::with_default_port(rest, 80)?;
        Some(origin)
    }

    fn with_default_port(text: &str, default: u16) -> Option<Self> {
        let (name, port) = match text.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, port.parse().ok()?),
            _ => (text, default),
        };
        let bare = !name.is_empty() && !name.contains(['/', '@', '?', '#', ' ']);
        bare.then(|| Self { name: name.to_ascii_lowercase(), port })
    }

    fn is_loopback(&self) -> bool {
        let address =
            self.name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(&self.name);
        self.name == "localhost"
            || address.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_one(hosts: Hosts, path: &str, headers: &[(&'static str, &str)], expected: Result<(), Code>) {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().expect("a header value"));
        }
        let result = check(hosts, &map, &path.parse().expect("a path")).map_err(|problem| problem.code());
        assert_eq!(result, expected, "{path} {headers:?}");
    }

    #[test]
    fn loopback_hosts() {
        let check = |host, expected| check_one(Hosts::Loopback(8080), "/", &[("host", host)], expected);
        for host in ["127.0.0.1:8080", "localhost:8080", "LocalHost:8080", "[::1]:8080", "127.9.9.9:8080"] {
            check(host, Ok(()));
        }
        for host in [
            "evil.example:8080",
            "evil.example",
            "localhost",
            "localhost:8081",
            "localhost.evil.example:8080",
            "192.0.2.1:8080",
            "127.0.0.1:8080@evil.example:8080",
            "",
            "[::1]",
        ] {
            check(host, Err(Code::ForeignHost));
        }
        check_one(Hosts::Loopback(80), "/", &[("host", "localhost")], Ok(()));
        check_one(Hosts::Loopback(80), "/", &[], Err(Code::ForeignHost));
    }

    #[test]
    fn origins() {
        let check = |origin, expected| {
            let headers = [("host", "localhost:8080"), ("origin", origin)];
            check_one(Hosts::Loopback(8080), "/api/v1/events", &headers, expected);
        };
        check("http://localhost:8080", Ok(()));
        for origin in [
            "http://evil.example",
            "http://localhost:3000",
            "http://127.0.0.1:8080",
            "null",
            "file://localhost:8080",
        ] {
            check(origin, Err(Code::ForeignOrigin));
        }
        let proxied = [("host", "wayfare.example"), ("origin", "https://wayfare.example")];
        check_one(Hosts::Any, "/api/v1/events", &proxied, Ok(()));
        let foreign = [("host", "wayfare.example"), ("origin", "https://evil.example")];
        check_one(Hosts::Any, "/api/v1/events", &foreign, Err(Code::ForeignOrigin));
    }

    #[test]
    fn what_the_browser_says_of_the_site() {
        let check = |path, site, expected| {
            let headers = [("host", "localhost:8080"), ("sec-fetch-site", site)];
            check_one(Hosts::Loopback(8080), path, &headers, expected);
        };
        check("/api/v1/journeys", "same-origin", Ok(()));
        check("/api/v1/journeys", "none", Ok(()));
        check("/api/v1/journeys", "cross-site", Err(Code::ForeignOrigin));
        check("/api/v1/journeys", "same-site", Err(Code::ForeignOrigin));
        check("/journeys", "cross-site", Ok(()));
        check("/download/exp_1/part-00001.csv", "cross-site", Ok(()));
    }
}
