//! Where a request comes from, for the audit.

use crate::guard::source;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

/// The address of who asks, where it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Peer(Option<IpAddr>);

impl Peer {
    /// In words.
    pub fn address(self) -> Option<String> {
        self.0.map(|address| address.to_string())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self(peer.map(|peer| source(peer.0.ip(), &parts.headers))))
    }
}
