//! What every handler may reach.

use crate::changes::Changes;
use crate::config::{Access, ServerConfig};
use crate::evaluation::Evaluations;
use crate::guard::{Hosts, Secret, Sessions, Throttle};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use wayfare_export::Exports;
use wayfare_store::Store;

/// Shared by all requests.
#[derive(Clone)]
pub struct AppState(Arc<Shared>);

impl std::ops::Deref for AppState {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// See [`AppState`].
pub struct Shared {
    /// What was acknowledged.
    pub store: Store,
    /// The export jobs.
    pub exports: Exports,
    /// Where questions about segments are asked.
    pub evaluations: Evaluations,
    /// Who listens to what saved segments mean.
    pub(crate) changes: Changes,
    /// Cancelled when the service closes: what would go on for ever ends then.
    pub(crate) closing: CancellationToken,
    /// The product's version.
    pub(crate) version: &'static str,
    pub(crate) gate: Gate,
    /// The account that the raw surfaces answer; any where there is none.
    pub(crate) partner: Option<Box<str>>,
    pub(crate) hosts: Hosts,
    pub(crate) sessions: Sessions,
    pub(crate) throttle: Throttle,
    /// The OpenAPI document, as it is sent.
    pub(crate) openapi: bytes::Bytes,
}

/// Whether a caller must show something.
pub(crate) enum Gate {
    /// No.
    Open,
    /// The password or the key; both are kept only as hashes.
    Closed { password: Secret, api_key: Secret, https: bool },
}

impl AppState {
    /// The state of a service that listens on `address`.
    pub(crate) fn new(
        address: SocketAddr,
        config: ServerConfig,
        store: Store,
        exports: Exports,
        openapi: bytes::Bytes,
    ) -> Self {
        // The plain secrets go no further than here.
        let (gate, hosts) = match &config.access {
            Access::Loopback => (Gate::Open, Hosts::Loopback(address.port())),
            Access::Password { password, api_key, https } => {
                let closed = Gate::Closed {
                    password: Secret::of(password),
                    api_key: Secret::of(api_key),
                    https: *https,
                };
                (closed, Hosts::Any)
            }
        };
        Self(Arc::new(Shared {
            store,
            exports,
            evaluations: Evaluations::new(config.limits),
            changes: Changes::default(),
            closing: CancellationToken::new(),
            version: config.version,
            gate,
            partner: config.partner,
            hosts,
            sessions: Sessions::default(),
            throttle: Throttle::default(),
            openapi,
        }))
    }
}
