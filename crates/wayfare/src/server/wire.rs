//! One request over one connection, plain or by TLS.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use url::{Host, Url};

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);
/// How long a server may be silent before it answers, or in the middle of an answer.
const SILENT: Duration = Duration::from_secs(60);

/// Where a server listens, and how it is spoken to.
pub(super) struct Wire {
    host: String,
    port: u16,
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

/// An answer whose body is still to come.
pub(crate) struct Answer {
    response: Response<Incoming>,
}

impl Wire {
    /// A server at an `http` or `https` address.
    pub fn new(address: &Url) -> Result<Self, String> {
        let host = match address.host() {
            Some(Host::Domain(name)) => name.to_owned(),
            Some(Host::Ipv4(ip)) => ip.to_string(),
            Some(Host::Ipv6(ip)) => ip.to_string(),
            None => return Err("names no host".to_owned()),
        };
        let port = address.port_or_known_default().ok_or("names no port")?;
        let tls = match address.scheme() {
            "https" => {
                let name = ServerName::try_from(host.clone()).map_err(|error| error.to_string())?;
                let config = ClientConfig::builder().with_root_certificates(roots()).with_no_client_auth();
                Some((TlsConnector::from(Arc::new(config)), name))
            }
            _ => None,
        };
        Ok(Self { host, port, tls })
    }

    /// Sends a request and waits for the head of its answer.
    pub async fn send(&self, request: Request<Full<Bytes>>) -> Result<Answer, String> {
        let connected = timeout(CONNECT, async {
            let stream = TcpStream::connect((self.host.as_str(), self.port)).await.map_err(said)?;
            // Requests are small, and each waits for its answer.
            stream.set_nodelay(true).map_err(said)?;
            match &self.tls {
                Some((tls, name)) => {
                    let stream = tls.connect(name.clone(), stream).await.map_err(said)?;
                    Ok::<_, String>(Connection::Tls(Box::new(stream)))
                }
                None => Ok(Connection::Plain(stream)),
            }
        });
        let late = |_| format!("no connection within {} seconds", CONNECT.as_secs());
        let response = match connected.await.map_err(late)?? {
            Connection::Plain(stream) => exchange(stream, request).await,
            Connection::Tls(stream) => exchange(stream, request).await,
        };
        response.map(|response| Answer { response })
    }
}

enum Connection {
    Plain(TcpStream),
    Tls(Box<tokio_rustls::client::TlsStream<TcpStream>>),
}

/// The certificates that this machine trusts; those of the web where it has none of its own.
fn roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    roots
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    request: Request<Full<Bytes>>,
) -> Result<Response<Incoming>, String> {
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(said)?;
    // What goes wrong with the connection is told by the answer too, to whoever waits for that.
    tokio::spawn(connection);
    let answered = timeout(SILENT, sender.send_request(request)).await;
    answered.map_err(|_| silent())?.map_err(said)
}

impl Answer {
    /// Whether the head of the answer has a field.
    pub fn has(&self, field: &str) -> bool {
        self.response.headers().contains_key(field)
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// The next bytes of the body; `None` at its end. An end before the length that was announced is an error.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, String> {
        loop {
            let frame = timeout(SILENT, self.response.body_mut().frame()).await.map_err(|_| silent())?;
            let Some(frame) = frame.transpose().map_err(said)? else { return Ok(None) };
            // Frames that are no data are trailers, which say nothing here.
            if let Ok(data) = frame.into_data() {
                return Ok(Some(data));
            }
        }
    }

    /// The whole body, of at most so many bytes.
    pub async fn whole(&mut self, most: usize) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > most {
                return Err(format!("the answer is longer than {most} bytes"));
            }
        }
        Ok(bytes)
    }
}

fn said(error: impl std::error::Error) -> String {
    crate::failure::with_causes(&error)
}

fn silent() -> String {
    format!("nothing came for {} seconds", SILENT.as_secs())
}
