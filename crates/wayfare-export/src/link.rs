//! Signed links that expire: whoever has one may download, until then, and nothing else.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::time::Duration;
use wayfare_model::time::Instant;

/// A link that was given out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The whole address.
    pub url: String,
    /// Until when it works.
    pub expires_at: Instant,
}

/// Why a link does not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// The signature is not ours, or something was changed.
    #[error("this link is not valid: copy it again, whole")]
    Invalid,
    /// Its time is over.
    #[error("this link expired at {0}: open Exports in Wayfare and ask for a new one")]
    Expired(Instant),
    /// Somebody took it back.
    #[error("this link was taken back: open Exports in Wayfare and ask for a new one")]
    Revoked,
    /// The files are not there yet.
    #[error("the export is still being written: ask again in a while")]
    NotYet,
    /// The files are not there any more, and never will be.
    #[error("the files of this export are not there any more: run the export again")]
    Gone,
}

/// Signs links and checks signatures.
#[derive(Clone)]
pub struct Links {
    secret: [u8; 32],
    base_url: String,
    life: Duration,
}

impl Links {
    /// Links under `base_url` that live so long.
    pub fn new(secret: [u8; 32], base_url: &str, life: Duration) -> Self {
        Self { secret, base_url: base_url.trim_end_matches('/').into(), life }
    }

    /// A link to a file of an export, or to the list of its files. Links of one generation are taken back together.
    pub fn make(&self, id: &str, file: Option<&str>, generation: u32, now: Instant) -> Link {
        let life = i64::try_from(self.life.as_micros()).unwrap_or(i64::MAX);
        // Whole seconds, so that what is signed is what is told.
        let seconds = now.micros().saturating_add(life).min(*Instant::RANGE.end()).div_euclid(1_000_000);
        let expires_at = Instant::from_micros(seconds * 1_000_000).unwrap_or(now);
        Link { url: self.url(id, file, generation, seconds), expires_at }
    }

    /// The address of a file, or of the list, that expires at the given second.
    pub fn url(&self, id: &str, file: Option<&str>, generation: u32, expires: i64) -> String {
        let signature =
            URL_SAFE_NO_PAD.encode(self.mac(id, file, generation, expires).finalize().into_bytes());
        // Names are plain, apart from the times of the v1 surface.
        let file = file.map(|file| format!("/{}", file.replace(':', "%3A"))).unwrap_or_default();
        format!("{}/download/{id}{file}?expires={expires}&signature={signature}", self.base_url)
    }

    /// Whether a link is ours and still works; those before `generation` were taken back.
    pub fn check(
        &self,
        id: &str,
        file: Option<&str>,
        generation: u32,
        expires: i64,
        signature: &str,
        now: Instant,
    ) -> Result<(), LinkError> {
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| LinkError::Invalid)?;
        // Compares in constant time.
        let is_of = |generation| self.mac(id, file, generation, expires).verify_slice(&signature).is_ok();
        if !is_of(generation) {
            return Err(if (0..generation).rev().any(is_of) {
                LinkError::Revoked
            } else {
                LinkError::Invalid
            });
        }
        let until = expires.checked_mul(1_000_000).and_then(Instant::from_micros);
        match until.ok_or(LinkError::Invalid)? {
            until if now >= until => Err(LinkError::Expired(until)),
            _ => Ok(()),
        }
    }

    #[allow(clippy::expect_used, reason = "HMAC takes keys of any length")]
    fn mac(&self, id: &str, file: Option<&str>, generation: u32, expires: i64) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("a key of 32 bytes");
        mac.update(format!("download\n{id}\n{}\n{expires}", file.unwrap_or_default()).as_bytes());
        if generation > 0 {
            mac.update(format!("\n{generation}").as_bytes());
        }
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_works_and_what_does_not() {
        let links = Links::new([7; 32], "http://127.0.0.1:8080/", Duration::from_secs(60));
        let now = Instant::parse("2026-09-02T07:00:00.5Z").unwrap();
        let link = links.make("exp_1", Some("part-00001.csv"), 0, now);
        assert_eq!(link.expires_at.to_string(), "2026-09-02T07:01:00Z");
        let (head, query) = link.url.split_once("?expires=").unwrap();
        assert_eq!(head, "http://127.0.0.1:8080/download/exp_1/part-00001.csv");
        let (expires, signature) = query.split_once("&signature=").unwrap();
        let expires: i64 = expires.parse().unwrap();
        let check =
            |id, file, expires, signature: &str, now| links.check(id, file, 0, expires, signature, now);
        let file = Some("part-00001.csv");
        assert_eq!(check("exp_1", file, expires, signature, now), Ok(()));
        assert_eq!(check("exp_2", file, expires, signature, now), Err(LinkError::Invalid));
        assert_eq!(check("exp_1", None, expires, signature, now), Err(LinkError::Invalid));
        assert_eq!(check("exp_1", file, expires + 1, signature, now), Err(LinkError::Invalid));
        assert_eq!(check("exp_1", file, expires, "", now), Err(LinkError::Invalid));
        assert_eq!(check("exp_1", file, expires, &signature[1..], now), Err(LinkError::Invalid));
        assert_eq!(
            check("exp_1", file, expires, signature, link.expires_at),
            Err(LinkError::Expired(link.expires_at))
        );
        let others = Links::new([8; 32], "http://127.0.0.1:8080", Duration::from_secs(60));
        assert_eq!(others.check("exp_1", file, 0, expires, signature, now), Err(LinkError::Invalid));
        // Taken back, it says so; what was never a link of an earlier generation does not.
        assert_eq!(links.check("exp_1", file, 2, expires, signature, now), Err(LinkError::Revoked));
        assert_eq!(links.check("exp_2", file, 2, expires, signature, now), Err(LinkError::Invalid));
        let newer = links.make("exp_1", file, 2, now).url;
        let (_, newer) = newer.split_once("&signature=").unwrap();
        assert_eq!(links.check("exp_1", file, 2, expires, newer, now), Ok(()));
        assert_eq!(links.check("exp_1", file, 0, expires, newer, now), Err(LinkError::Invalid));
    }
}
