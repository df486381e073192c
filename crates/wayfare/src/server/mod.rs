//! A running server, asked over HTTP: its answers as values, its problem documents as failures.

mod wire;

use crate::failure::Failure;
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{
    ACCEPT, AUTHORIZATION, CONNECTION, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT,
};
use hyper::{Method, Request, StatusCode};
use serde_json::Value;
use std::time::Duration;
use url::Url;
use wayfare_model::problem::Refusal;
use wire::Wire;

pub(crate) use wire::Answer;

/// How often a request that did not get through is sent again, and how long is waited before the first time.
const ATTEMPTS: u32 = 6;
const PAUSE: Duration = Duration::from_millis(250);
/// The longest JSON answer.
const LONGEST: usize = 64 << 20;

/// A server and the key to it.
pub(crate) struct Server {
    base: Url,
    wire: Wire,
    headers: HeaderMap,
}

/// A header of one request.
pub(crate) type Header = (HeaderName, String);

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The server could not be reached, or broke off; the same may work a moment later.
    Passing(String),
    /// It is a failure.
    Lasting(Failure),
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Passing(why) => Self::failed(why),
            Trouble::Lasting(failure) => failure,
        }
    }
}

impl Server {
    /// A server at an address such as `https://wayfare.example`.
    pub fn new(address: &str, key: Option<&str>) -> Result<Self, Failure> {
        let refuse = |why: &str| Failure::refused(format!("--server {why}"));
        let base =
            Url::parse(address).map_err(|error| refuse(&format!("{address:?} is no address: {error}")))?;
        // From here on the address is not repeated: somebody may have written a password into it.
        if !base.username().is_empty() || base.password().is_some() || base.query().is_some() {
            return Err(refuse("must hold no name, password or query; give the key with --key"));
        }
        if !matches!(base.scheme(), "http" | "https") || base.host().is_none() {
            return Err(refuse("must be an address such as https://wayfare.example"));
        }
        let wire = Wire::new(&base).map_err(|why| refuse(&why))?;
        let mut headers = HeaderMap::new();
        let host = &base[url::Position::BeforeHost..url::Position::AfterPort];
        headers.insert(HOST, HeaderValue::from_str(host).map_err(|_| refuse("names no host"))?);
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("wayfare/", env!("CARGO_PKG_VERSION"))));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json, application/problem+json, */*"));
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
        if let Some(key) = key {
            let mut value = HeaderValue::from_str(&format!("Bearer {key}"))
                .map_err(|_| Failure::refused("--key: has characters that no key has"))?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        Ok(Self { base, wire, headers })
    }

    /// The JSON answer to GET.
    pub async fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Value, Failure> {
        self.patiently(|| self.request(Method::GET, path, query, &[], None)).await
    }

    /// The JSON answer to POST; sent again where it did not get through, so that it must mean the same twice.
    pub async fn post(
        &self,
        path: &[&str],
        body: Option<&str>,
        headers: &[Header],
    ) -> Result<Value, Failure> {
        self.patiently(|| self.request(Method::POST, path, &[], headers, body)).await
    }

    /// The JSON answer to POST, sent once: for what must not happen twice.
    pub async fn post_once(&self, path: &[&str], body: &str) -> Result<Value, Failure> {
        Ok(self.json(self.request(Method::POST, path, &[], &[], Some(body))?).await?)
    }

    /// The JSON answer to PUT, sent once: sent again after it got through, it would come too late.
    pub async fn put_once(&self, path: &[&str], body: &str) -> Result<Value, Failure> {
        Ok(self.json(self.request(Method::PUT, path, &[], &[], Some(body))?).await?)
    }

    /// Asks for DELETE, once: sent again after it got through, it would find nothing and say so.
    pub async fn delete(&self, path: &[&str]) -> Result<(), Failure> {
        let request = self.request(Method::DELETE, path, &[], &[], None)?;
        self.send(request).await?;
        Ok(())
    }

    /// The answer to GET, whose body is still to come.
    pub async fn open(&self, path: &[&str], headers: &[Header]) -> Result<Answer, Trouble> {
        let request = self.request(Method::GET, path, &[], headers, None);
        self.send(request.map_err(Trouble::Lasting)?).await
    }

    /// A request to an address below the server's, given by its segments.
    fn request(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        headers: &[Header],
        body: Option<&str>,
    ) -> Result<Request<Full<Bytes>>, Failure> {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["api", "v1"]).extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let target = url[url::Position::BeforePath..url::Position::AfterQuery].to_owned();
        let mut request = Request::builder().method(method).uri(target);
        if let Some(known) = request.headers_mut() {
            known.extend(self.headers.clone());
            if body.is_some() {
                known.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            }
        }
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let body = Full::new(Bytes::from(body.unwrap_or_default().to_owned()));
        request.body(body).map_err(|error| Failure::refused(format!("the request cannot be sent: {error}")))
    }

    async fn patiently(
        &self,
        request: impl Fn() -> Result<Request<Full<Bytes>>, Failure>,
    ) -> Result<Value, Failure> {
        let mut pause = PAUSE;
        for _ in 1..ATTEMPTS {
            match self.json(request()?).await {
                Err(Trouble::Passing(_)) => tokio::time::sleep(pause).await,
                other => return Ok(other?),
            }
            pause *= 2;
        }
        Ok(self.json(request()?).await?)
    }

    async fn json(&self, request: Request<Full<Bytes>>) -> Result<Value, Trouble> {
        let mut answer = self.send(request).await?;
        let bytes = answer.whole(LONGEST).await.map_err(|why| self.unreached(&why))?;
        serde_json::from_slice(&bytes).map_err(|error| {
            Trouble::Lasting(Failure::failed(format!("the answer of {} is no JSON: {error}", self.name())))
        })
    }

    /// Sends a request; an answer that is no success is told as what the server says of it.
    async fn send(&self, request: Request<Full<Bytes>>) -> Result<Answer, Trouble> {
        let mut answer = self.wire.send(request).await.map_err(|why| self.unreached(&why))?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let status = answer.status();
        let body = answer.whole(LONGEST).await.unwrap_or_default();
        Err(told(&self.name(), status, &serde_json::from_slice(&body).unwrap_or_default()))
    }

    /// What became of a connection.
    pub fn unreached(&self, why: &str) -> Trouble {
        Trouble::Passing(format!("{} cannot be reached: {why}", self.name()))
    }

    fn name(&self) -> String {
        self.base.origin().ascii_serialization()
    }
}

/// A problem document as a failure: what was asked wrongly is refused, what the server could not do has failed.
fn told(server: &str, status: StatusCode, problem: &Value) -> Trouble {
    let text = |member: &str| problem.get(member).and_then(Value::as_str).map(str::to_owned);
    let said = text("message").or_else(|| text("detail")).or_else(|| text("title"));
    let said = said.unwrap_or_else(|| format!("{server} answers {status}; is a Wayfare server there?"));
    match status {
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            Trouble::Passing(said)
        }
        StatusCode::UNAUTHORIZED => Trouble::Lasting(Failure::refused(format!(
            "{server} refuses the key: give its API key with --key or WAYFARE_API_KEY"
        ))),
        status if status.is_client_error() => {
            let refusal = Refusal::new(text("path").unwrap_or_default(), said);
            Trouble::Lasting(refusal.nearest(text("nearest")).into())
        }
        _ => Trouble::Lasting(Failure::failed(said)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn addresses() {
        for (good, target, host) in [
            ("http://127.0.0.1:8080", "/api/v1/exports/a%2Fb?limit=1", "127.0.0.1:8080"),
            ("https://wayfare.example", "/api/v1/exports/a%2Fb?limit=1", "wayfare.example"),
            ("http://[::1]:80/below/", "/below/api/v1/exports/a%2Fb?limit=1", "[::1]"),
        ] {
            let server = Server::new(good, Some("secret")).expect("an address");
            let request =
                server.request(Method::GET, &["exports", "a/b"], &[("limit", "1")], &[], None).unwrap();
            assert_eq!(
                (request.uri().to_string().as_str(), &request.headers()[HOST]),
                (target, &host.parse().unwrap())
            );
        }
        for bad in ["", "x.example", "ftp://x.example", "http://a:b@x.example", "http://x.example?key=1"] {
            assert!(Server::new(bad, None).is_err(), "{bad}");
        }
        assert!(Server::new("http://x.example", Some("a\nb")).is_err());
    }

    #[test]
    fn a_key_is_never_told() {
        let server = Server::new("http://x.example", Some("hush-hush")).expect("an address");
        let request = server.request(Method::GET, &[], &[], &[], None).unwrap();
        assert_eq!(request.headers()[AUTHORIZATION], "Bearer hush-hush");
        assert!(!format!("{request:?}").contains("hush"));
        let failure = Server::new("http://x.example", Some("hush\n")).err().expect("no key");
        assert!(!failure.to_string().contains("hush"));
    }

    #[test]
    fn problems_as_failures() {
        let check = |status: u16, problem: Value, refused: bool, said: &str| {
            let failure = Failure::from(told("http://x", StatusCode::from_u16(status).unwrap(), &problem));
            assert_eq!((failure.to_string().as_str(), failure.is_refused()), (said, refused));
        };
        let place = json!({"path": "computed[0].event", "message": "is not known", "nearest": "purchase"});
        check(422, place, true, "computed[0].event: is not known; did you mean `purchase`?");
        check(404, json!({"detail": "There is no export."}), true, "There is no export.");
        check(507, json!({"detail": "The disk is full."}), false, "The disk is full.");
        check(
            500,
            json!(null),
            false,
            "http://x answers 500 Internal Server Error; is a Wayfare server there?",
        );
        check(301, json!(null), false, "http://x answers 301 Moved Permanently; is a Wayfare server there?");
        let key = "http://x refuses the key: give its API key with --key or WAYFARE_API_KEY";
        check(401, json!({}), true, key);
    }
}
