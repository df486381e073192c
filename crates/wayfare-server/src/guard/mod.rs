//! Who may ask: the host and origin of a request, its caller, sessions, and how often a password may be tried.

mod administrator;
mod caller;
mod exporter;
mod origin;
mod partner;
mod peer;
mod secret;
mod sessions;
mod throttle;

pub(crate) use administrator::Administrator;
pub use caller::Caller;
pub(crate) use caller::{COOKIE, cookie, removed_cookie, session_token};
pub(crate) use exporter::Exporter;
pub(crate) use origin::{Hosts, check};
pub(crate) use partner::Partner;
pub(crate) use peer::Peer;
pub(crate) use secret::Secret;
pub(crate) use sessions::Sessions;
pub(crate) use throttle::{Throttle, source};
