//! The headers of the Standard Webhooks, version 1: an id by which a repetition is known, the time of the attempt, and a
//! signature for each secret that is live.

use super::secret::Secret;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use sha2::Sha256;
use wayfare_model::time::Instant;

/// The headers of an attempt at `now`: one signature for each secret, the newest first.
pub fn headers(id: &str, now: Instant, body: &str, secrets: &[Secret]) -> HeaderMap {
    let seconds = now.micros().div_euclid(1_000_000);
    let signatures: Vec<String> = secrets.iter().map(|secret| sign(secret, id, seconds, body)).collect();
    let pairs = [
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", seconds.to_string()),
        ("webhook-signature", signatures.join(" ")),
    ];
    let valid = pairs.into_iter().filter_map(|(name, value)| {
        Some((HeaderName::from_static(name), HeaderValue::from_str(&value).ok()?))
    });
    valid.collect()
}

/// `v1,` and the base64 of the HMAC-SHA256 over `id.seconds.body`.
fn sign(secret: &Secret, id: &str, seconds: i64, body: &str) -> String {
    // A key of any length will do; the type says otherwise.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.bytes()) else { return String::new() };
    mac.update(format!("{id}.{seconds}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example that the specification's own libraries are tested with.
    #[test]
    fn the_known_example() {
        let secret = Secret::read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "secret").unwrap();
        let now = Instant::from_micros(1_614_265_330 * 1_000_000 + 999_999).unwrap();
        let headers =
            headers("msg_p5jXN8AQM9LWM0D4loKWxJek", now, "{\"test\": 2432232314}", &[secret.clone(), secret]);
        let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(headers["webhook-id"], "msg_p5jXN8AQM9LWM0D4loKWxJek");
        assert_eq!(headers["webhook-timestamp"], "1614265330");
        assert_eq!(headers["webhook-signature"], format!("{signature} {signature}"));
    }
}
