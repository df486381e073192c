//! Sessions of the web app: a random token in a cookie, its hash in memory. They end with the process.

use crate::guard::Secret;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a session lasts after its last use.
pub(crate) const IDLE: Duration = Duration::from_secs(12 * 60 * 60);
/// The most sessions; beyond it the one used longest ago ends.
const MOST: usize = 1_000;

/// All sessions.
#[derive(Default)]
pub(crate) struct Sessions(Mutex<HashMap<Secret, Instant>>);

impl Sessions {
    /// Opens a session and gives its token.
    pub fn open(&self, now: Instant) -> Result<String, getrandom::Error> {
        let mut bytes = [0u8; 32];
        getrandom::fill(&mut bytes)?;
        let token = URL_SAFE_NO_PAD.encode(bytes);
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|_, used| now.saturating_duration_since(*used) < IDLE);
        if sessions.len() >= MOST
            && let Some(oldest) = sessions.iter().min_by_key(|(_, used)| **used).map(|(token, _)| *token)
        {
            sessions.remove(&oldest);
        }
        sessions.insert(Secret::of(&token), now);
        Ok(token)
    }

    /// Whether the token's session is open; it then lasts on.
    pub fn is_open(&self, token: &str, now: Instant) -> bool {
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match sessions.get_mut(&Secret::of(token)) {
            Some(used) if now.saturating_duration_since(*used) < IDLE => {
                *used = now;
                true
            }
            _ => false,
        }
    }

    /// Ends the token's session.
    pub fn close(&self, token: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&Secret::of(token));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_end() {
        let sessions = Sessions::default();
        let start = Instant::now();
        let token = sessions.open(start).expect("random bytes");
        assert!(sessions.is_open(&token, start + IDLE / 2));
        assert!(sessions.is_open(&token, start + IDLE), "used half-way, so still open");
        assert!(!sessions.is_open(&token, start + IDLE * 3));
        assert!(!sessions.is_open("made up", start));
        sessions.close(&token);
        assert!(!sessions.is_open(&token, start));
    }

    #[test]
    fn their_number_is_bounded() {
        let sessions = Sessions::default();
        let start = Instant::now();
        let first = sessions.open(start).expect("random bytes");
        for index in 0..MOST {
            sessions.open(start + Duration::from_millis(1 + index as u64)).expect("random bytes");
        }
        assert!(!sessions.is_open(&first, start));
    }
}
