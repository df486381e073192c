//! Requests that this service makes of others: hooks that are called, files of values that are fetched.
//!
//! Where they may lead is decided in [`address`]; [`connect`] holds each connection against it. A client follows few
//! redirects, each checked like the first address, never from https to http, and waits for so long and no longer.

pub mod address;
mod connect;
pub mod target;

pub(crate) use connect::tls_words;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use connect::{Connector, Resolve};
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::{
    AUTHORIZATION, CONNECTION, CONTENT_TYPE, HOST, HeaderMap, HeaderValue, LOCATION, USER_AGENT,
};
use hyper::http::uri::PathAndQuery;
use hyper::{Method, Request, Response, StatusCode, body::Incoming};
use hyper_util::rt::TokioIo;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use url::{Host, Url};

/// How long one request may take, its redirects included.
const PATIENCE: Duration = Duration::from_secs(30);
/// The most redirects that are followed.
const MOST_REDIRECTS: usize = 3;

/// Why a request came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    /// The address has no host, or its name leads nowhere.
    #[error("the address leads to no host")]
    NoHost,
    /// The name could not be looked up.
    #[error("the name could not be looked up: {0}")]
    Resolve(io::Error),
    /// It leads to this machine or its network.
    #[error("the address leads to a private one, which is refused unless `allow_private_hooks` allows it")]
    Private,
    /// Nobody takes connections there.
    #[error("no connection: {0}")]
    Connect(io::Error),
    /// TLS failed.
    #[error("no secure connection: {0}")]
    Tls(String),
    /// HTTP failed.
    #[error("the connection broke: {0}")]
    Http(#[from] hyper::Error),
    /// The answer was no success.
    #[error("the answer was {0}")]
    Status(StatusCode),
    /// It led on too often, nowhere, or out of https.
    #[error("{0}")]
    Redirect(&'static str),
    /// The answer is larger than it may be.
    #[error("the answer is larger than {0} bytes")]
    TooLarge(usize),
    /// It took too long.
    #[error("there was no answer within {} seconds", PATIENCE.as_secs())]
    TooSlow,
    /// It took longer than so many seconds.
    #[error("there was no answer within {0} seconds")]
    Late(u64),
}

/// Makes requests of others. Clones share what it needs.
#[derive(Clone)]
pub struct Outbound {
    connector: Connector,
    allow_private: bool,
}

impl Outbound {
    /// Requests to public addresses, and to private ones where they are allowed.
    pub fn new(allow_private: bool) -> Result<Self, OutboundError> {
        let is_allowed: fn(IpAddr) -> bool = if allow_private { |_| true } else { address::is_public };
        Self::over(connect::system_resolve(), is_allowed, allow_private)
    }

    fn over(
        resolve: Resolve,
        is_allowed: fn(IpAddr) -> bool,
        allow_private: bool,
    ) -> Result<Self, OutboundError> {
        Ok(Self { connector: Connector::new(resolve, is_allowed)?, allow_private })
    }

    /// Reads an address that somebody wrote down; see [`target::read`].
    pub fn target(&self, text: &str) -> Result<Url, target::TargetError> {
        target::read(text, self.allow_private)
    }

    /// Sends JSON; any answer of success will do.
    pub async fn post(
        &self,
        url: &Url,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<StatusCode, OutboundError> {
        let mut headers = headers.clone();
        headers.entry(CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
        let sent = async {
            let response = self.follow(Method::POST, url, &headers, body).await?;
            Ok(response.status())
        };
        tokio::time::timeout(PATIENCE, sent).await.unwrap_or(Err(OutboundError::TooSlow))
    }

    /// Fetches what lies at an address, `most` bytes at the most.
    pub async fn get(&self, url: &Url, most: usize) -> Result<Bytes, OutboundError> {
        let fetched = async {
            let response = self.follow(Method::GET, url, &HeaderMap::new(), Bytes::new()).await?;
            let body = Limited::new(response.into_body(), most).collect().await;
            body.map(|body| body.to_bytes()).map_err(|error| match error.downcast::<hyper::Error>() {
                Ok(error) => OutboundError::Http(*error),
                Err(_) => OutboundError::TooLarge(most),
            })
        };
        tokio::time::timeout(PATIENCE, fetched).await.unwrap_or(Err(OutboundError::TooSlow))
    }

    /// The same, which trusts certificates of one more issuer, given as PEM.
    pub(crate) fn trusting(&self, issuer: &str) -> Result<Self, OutboundError> {
        Ok(Self { connector: self.connector.trusting(issuer)?, ..self.clone() })
    }

    /// The addresses of a host to which connections may be made.
    pub(crate) async fn addresses(
        &self,
        host: &Host<&str>,
        port: u16,
    ) -> Result<Vec<SocketAddr>, OutboundError> {
        self.connector.addresses(host, port).await
    }

    /// Makes one request and follows no redirect; any answer will do, whose body has `most` bytes at the most.
    pub(crate) async fn exchange(
        &self,
        method: &Method,
        url: &Url,
        headers: &HeaderMap,
        body: Bytes,
        most: usize,
        patience: Duration,
    ) -> Result<(StatusCode, HeaderMap, Bytes), OutboundError> {
        let exchanged = async {
            let (head, body) = self.ask(method, url, headers, body).await?.into_parts();
            let body = Limited::new(body, most).collect().await;
            let body = body.map_err(|error| match error.downcast::<hyper::Error>() {
                Ok(error) => OutboundError::Http(*error),
                Err(_) => OutboundError::TooLarge(most),
            })?;
            Ok((head.status, head.headers, body.to_bytes()))
        };
        let late = |_| OutboundError::Late(patience.as_secs());
        tokio::time::timeout(patience, exchanged).await.map_err(late)?
    }

    /// Asks, and asks again where the answer says to; a request keeps its method and body on the way.
    async fn follow(
        &self,
        method: Method,
        url: &Url,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<Response<Incoming>, OutboundError> {
        let mut url = url.clone();
        for _ in 0..=MOST_REDIRECTS {
            let response = self.ask(&method, &url, headers, body.clone()).await?;
            let status = response.status();
            let leads_on = match status {
                StatusCode::MOVED_PERMANENTLY
                | StatusCode::FOUND
                | StatusCode::TEMPORARY_REDIRECT
                | StatusCode::PERMANENT_REDIRECT => true,
                // It says to fetch something else, which delivers nothing.
                StatusCode::SEE_OTHER => method == Method::GET,
                _ => false,
            };
            match leads_on {
                true => url = next(&url, response.headers())?,
                false if status.is_success() => return Ok(response),
                false => return Err(OutboundError::Status(status)),
            }
        }
        Err(OutboundError::Redirect("the address leads on too often"))
    }

    async fn ask(
        &self,
        method: &Method,
        url: &Url,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<Response<Incoming>, OutboundError> {
        let stream = self.connector.connect(url).await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        // It ends with the answer's body, or where both ends are dropped.
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended");
            }
        });
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method.clone();
        *request.uri_mut() = path_and_query(url)?.into();
        let to = request.headers_mut();
        to.extend(headers.clone());
        to.insert(HOST, value(&host(url))?);
        to.insert(USER_AGENT, value(concat!("wayfare/", env!("CARGO_PKG_VERSION")))?);
        to.insert(CONNECTION, value("close")?);
        if let Some(authorization) = authorization(url) {
            to.insert(AUTHORIZATION, value(&authorization)?);
        }
        Ok(sender.send_request(request).await?)
    }
}

fn next(url: &Url, headers: &HeaderMap) -> Result<Url, OutboundError> {
    let to = headers.get(LOCATION).and_then(|to| url.join(to.to_str().ok()?).ok());
    let to = to.ok_or(OutboundError::Redirect("the answer leads on to nowhere"))?;
    match (url.scheme(), to.scheme()) {
        ("https", "http") => Err(OutboundError::Redirect("the answer leads from https to http")),
        (_, "http" | "https") => Ok(to),
        _ => Err(OutboundError::Redirect("the answer leads on to something other than http")),
    }
}

fn path_and_query(url: &Url) -> Result<PathAndQuery, OutboundError> {
    let text = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    text.parse().map_err(|_| OutboundError::NoHost)
}

/// A host, and its port where that is not the usual one: what requests name in `Host`.
pub(crate) fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// What an address says of a user and a password.
fn authorization(url: &Url) -> Option<String> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let mut pair = percent_decoded(url.username());
    pair.push(b':');
    pair.extend(percent_decoded(url.password().unwrap_or_default()));
    Some(format!("Basic {}", STANDARD.encode(pair)))
}

/// A user or a password as it was before it was written into an address.
pub(crate) fn percent_decoded(text: &str) -> Vec<u8> {
    form_urlencoded::parse(format!("x={}", text.replace('+', "%2B").replace('&', "%26")).as_bytes())
        .flat_map(|(_, value)| value.into_owned().into_bytes())
        .collect()
}

fn value(text: &str) -> Result<HeaderValue, OutboundError> {
    text.parse().map_err(|_| OutboundError::NoHost)
}

#[cfg(test)]
mod tests;
