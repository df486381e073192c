//! How often a password may be tried from one address: a few times at once, then once every few seconds.

use axum::http::HeaderMap;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Attempts that may be made at once.
const BURST: u32 = 10;
/// After that, one attempt in this time.
const PAUSE: Duration = Duration::from_secs(6);
/// The most addresses remembered.
const MOST: usize = 10_000;

/// Failed attempts, by address.
#[derive(Default)]
pub(crate) struct Throttle(Mutex<HashMap<IpAddr, Instant>>);

impl Throttle {
    /// Counts an attempt, or says how long to wait for the next.
    ///
    /// For each address it keeps the instant at which all its attempts are forgiven; an attempt moves it on.
    pub fn attempt(&self, from: IpAddr, now: Instant) -> Result<(), Duration> {
        let mut forgiven = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if forgiven.len() >= MOST {
            forgiven.retain(|_, until| *until > now);
        }
        let until = forgiven.get(&from).copied().filter(|until| *until > now).unwrap_or(now);
        let next = until + PAUSE;
        let allowed = now + PAUSE * BURST;
        if next > allowed || (forgiven.len() >= MOST && !forgiven.contains_key(&from)) {
            return Err(next.saturating_duration_since(allowed).max(Duration::from_secs(1)));
        }
        forgiven.insert(from, next);
        Ok(())
    }

    /// Forgets the attempts of an address that gave the right password.
    pub fn forgive(&self, from: IpAddr) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&from);
    }
}

/// Whose attempts are counted together: an IPv4 address, or the /64 that one customer has of IPv6. At a proxy of this
/// machine it is the address that the proxy adds last; those before it are whatever the client wrote.
pub(crate) fn source(peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let peer = peer.to_canonical();
    let told = headers.get_all("x-forwarded-for").iter().next_back();
    let told = told.and_then(|told| told.to_str().ok()?.rsplit(',').next()?.trim().parse::<IpAddr>().ok());
    match told.filter(|_| peer.is_loopback()).map_or(peer, |told| told.to_canonical()) {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_attempts() {
        let check = |peer: &str, forwarded: &[&'static str], expected: &str| {
            let mut headers = HeaderMap::new();
            for value in forwarded {
                headers.append("x-forwarded-for", axum::http::HeaderValue::from_static(value));
            }
            let source = source(peer.parse().expect("an address"), &headers);
            assert_eq!(source, expected.parse::<IpAddr>().expect("an address"), "{peer} {forwarded:?}");
        };
        check("192.0.2.1", &[], "192.0.2.1");
        check("::ffff:192.0.2.1", &[], "192.0.2.1");
        check("2001:db8:1:2:3:4:5:6", &[], "2001:db8:1:2::");
        check("192.0.2.1", &["198.51.100.7"], "192.0.2.1");
        check("127.0.0.1", &["10.0.0.1, 198.51.100.7"], "198.51.100.7");
        check("::1", &["10.0.0.1", "2001:db8:1:2:3:4:5:6"], "2001:db8:1:2::");
        check("127.0.0.1", &["10.0.0.1, unknown"], "127.0.0.1");
    }

    #[test]
    fn a_few_at_once_then_slowly() {
        let throttle = Throttle::default();
        let start = Instant::now();
        let (one, other) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        for _ in 0..BURST {
            assert_eq!(throttle.attempt(one, start), Ok(()));
        }
        assert_eq!(throttle.attempt(one, start), Err(PAUSE));
        assert_eq!(throttle.attempt(other, start), Ok(()));
        assert_eq!(throttle.attempt(one, start + PAUSE), Ok(()));
        assert!(throttle.attempt(one, start + PAUSE).is_err());
        throttle.forgive(one);
        assert_eq!(throttle.attempt(one, start + PAUSE), Ok(()));
    }
}
