//! A connection to where an address leads: the name is looked up, each result is held against the rule, and the very
//! address that passed is connected to, so that a name that changes in between changes nothing.

use super::OutboundError;
use futures::future::BoxFuture;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use url::{Host, Url};

/// How long a name, a connection or a handshake is waited for, each: what hangs there is told apart from an answer that
/// does not come.
const PATIENCE: Duration = Duration::from_secs(10);

/// Looks names up.
pub type Resolve = Arc<dyn Fn(String, u16) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync>;

/// What bytes go over.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Makes connections.
#[derive(Clone)]
pub struct Connector {
    resolve: Resolve,
    is_allowed: fn(IpAddr) -> bool,
    tls: TlsConnector,
}

/// The system's own way.
pub fn system_resolve() -> Resolve {
    Arc::new(|name, port| Box::pin(async move { Ok(tokio::net::lookup_host((name, port)).await?.collect()) }))
}

impl Connector {
    /// Connections to addresses that `is_allowed` lets through.
    pub fn new(resolve: Resolve, is_allowed: fn(IpAddr) -> bool) -> Result<Self, OutboundError> {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| OutboundError::Tls(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { resolve, is_allowed, tls: TlsConnector::from(Arc::new(config)) })
    }

    /// Connects to the host of an address.
    pub async fn connect(&self, url: &Url) -> Result<Box<dyn Stream>, OutboundError> {
        let host = url.host().ok_or(OutboundError::NoHost)?;
        let port = url.port_or_known_default().ok_or(OutboundError::NoHost)?;
        let found = match &host {
            Host::Ipv4(address) => vec![SocketAddr::from((*address, port))],
            Host::Ipv6(address) => vec![SocketAddr::from((*address, port))],
            Host::Domain(name) => {
                in_time((self.resolve)((*name).to_owned(), port)).await.map_err(OutboundError::Resolve)?
            }
        };
        let some = !found.is_empty();
        let allowed: Vec<_> = found.into_iter().filter(|to| (self.is_allowed)(to.ip())).collect();
        let mut last = match some {
            true => OutboundError::Private,
            false => OutboundError::NoHost,
        };
        for address in allowed {
            match in_time(TcpStream::connect(address)).await {
                Ok(stream) if url.scheme() == "https" => return self.secure(stream, &host).await,
                Ok(stream) => return Ok(Box::new(stream)),
                Err(error) => last = OutboundError::Connect(error),
            }
        }
        Err(last)
    }

    async fn secure(&self, stream: TcpStream, host: &Host<&str>) -> Result<Box<dyn Stream>, OutboundError> {
        let name = match host {
            Host::Domain(name) => ServerName::try_from((*name).to_owned())
                .map_err(|error| OutboundError::Tls(error.to_string()))?,
            Host::Ipv4(address) => ServerName::from(IpAddr::V4(*address)),
            Host::Ipv6(address) => ServerName::from(IpAddr::V6(*address)),
        };
        let stream = in_time(self.tls.connect(name, stream)).await;
        Ok(Box::new(stream.map_err(|error| OutboundError::Tls(error.to_string()))?))
    }
}

async fn in_time<T>(step: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let late =
        |_| io::Error::new(io::ErrorKind::TimedOut, format!("nothing within {} s", PATIENCE.as_secs()));
    tokio::time::timeout(PATIENCE, step).await.map_err(late).flatten()
}
