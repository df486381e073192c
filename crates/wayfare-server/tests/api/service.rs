//! A service with a little data, and requests to it.

use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::response::Response;
use futures::StreamExt;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tower::ServiceExt;
use wayfare_export::vault::Vault;
use wayfare_export::{Exports, Settings};
use wayfare_server::{Access, Limits, ServerConfig};
use wayfare_store::{OpenOptions, Store};

pub const PASSWORD: &str = "a long password";
pub const KEY: &str = "0123456789abcdef0123456789abcdef";
const PORT: u16 = 8080;

/// A running service; its data vanishes with it.
pub struct Service {
    pub router: Router,
    /// Sent with every request unless a request says otherwise.
    key: Option<&'static str>,
    pub store: Store,
    exports: Exports,
    _data: TempDir,
    /// Below which exports may be sent.
    pub destinations: TempDir,
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The problem's code; panics where the answer is no problem document.
    pub fn code(&self) -> String {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text());
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16());
        assert_eq!(problem["type"], format!("/docs/errors/{}", problem["code"].as_str().unwrap()));
        problem["code"].as_str().unwrap().to_owned()
    }
}

/// Server-sent events.
pub struct Events(BodyDataStream, String);

impl Events {
    /// The next event as it was sent; comments are passed over.
    pub async fn next(&mut self) -> String {
        loop {
            if let Some((event, rest)) = self.1.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.1 = rest;
                if event.starts_with(':') {
                    continue;
                }
                return event;
            }
            let more = tokio::time::timeout(Duration::from_secs(10), self.0.next()).await;
            let more = more.expect("an event within ten seconds").expect("the stream goes on").unwrap();
            self.1.push_str(std::str::from_utf8(&more).unwrap());
        }
    }

    /// The data of the next event, which has that name.
    pub async fn expect(&mut self, name: &str) -> Value {
        let event = self.next().await;
        let data = event.strip_prefix(&format!("event: {name}\ndata: ")).unwrap_or_else(|| panic!("{event}"));
        serde_json::from_str(data).unwrap()
    }
}

impl Service {
    /// On a loopback address, empty.
    pub async fn empty() -> Self {
        Self::start(Access::Loopback, None, Settings::default()).await
    }

    /// On a loopback address, with data and exports that are kept so.
    pub async fn with_exports(settings: Settings) -> Self {
        let service = Self::start(Access::Loopback, None, settings).await;
        service.load().await;
        service
    }

    /// On a loopback address, with data.
    pub async fn with_data() -> Self {
        Self::with_exports(Settings::default()).await
    }

    /// With sign-in and data; requests carry the API key.
    pub async fn closed() -> Self {
        let access = Access::Password { password: PASSWORD.into(), api_key: KEY.into(), https: false };
        let service = Self::start(access, Some(KEY), Settings::default()).await;
        service.load().await;
        service
    }

    /// On a loopback address, with data and other limits of counts.
    pub async fn with_limits(limits: Limits) -> Self {
        let service = Self::limited(Access::Loopback, None, Settings::default(), limits).await;
        service.load().await;
        service
    }

    async fn start(access: Access, key: Option<&'static str>, settings: Settings) -> Self {
        Self::limited(access, key, settings, Limits::default()).await
    }

    async fn limited(access: Access, key: Option<&'static str>, settings: Settings, limits: Limits) -> Self {
        let data = tempfile::tempdir().unwrap();
        let destinations = tempfile::tempdir().unwrap();
        let settings = Settings { destination_folder_root: Some(destinations.path().into()), ..settings };
        let store = Store::open(data.path(), OpenOptions::default()).await.unwrap();
        // Read once, so the file need not stay.
        let folder = tempfile::tempdir().unwrap();
        let keys = folder.path().join("keys");
        Vault::make(&keys).unwrap();
        let settings = Settings { vault: Vault::read(&keys).unwrap(), ..settings };
        let exports = Exports::start(store.clone(), settings).await.unwrap();
        let kept = exports.clone();
        let config = ServerConfig { access, version: "0.0.0-test", limits, partner: None };
        let address = ([127, 0, 0, 1], PORT).into();
        let router = wayfare_server::router(address, config, store.clone(), exports);
        Self { router, key, store, exports: kept, _data: data, destinations }
    }

    /// The same data over a socket, until `shutdown`.
    pub async fn serve(
        &self,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> (SocketAddr, JoinHandle<std::io::Result<()>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let config = ServerConfig {
            access: Access::Loopback,
            version: "0.0.0-test",
            limits: Limits::default(),
            partner: None,
        };
        let (store, exports) = (self.store.clone(), self.exports.clone());
        (address, tokio::spawn(wayfare_server::serve(listener, config, store, exports, shutdown)))
    }

    async fn load(&self) {
        let profiles = json!([
            {"user_id": "u1", "identifiers": {"email": "Ann@example.com", "phone_number": "+901", "custom": {"card": "7"}},
             "attributes": {"gender": "F", "income": 80000, "vip": true, "tags": ["a", "b"], "since": "2026-01-31"}},
            {"user_id": "u2", "identifiers": {"email": "bob@example.com"}, "attributes": {"gender": "M", "income": 40000.5}},
            {"user_id": "u3", "attributes": {"gender": "F", "income": 10}},
            {"identifiers": {"email": "nobody@example.com"}, "attributes": {"gender": "F"}},
        ]);
        self.accepted("/api/v1/profiles", &profiles).await;
        let action = |id: &str, user: &str, code: u8, at: &str| {
            json!({"event_id": id, "user_id": user, "event": "journey_product_action", "timestamp": at, "params":
                {"journey_id": 1004, "journey_name": "Welcome", "campaign_id": 10041, "channel_code": "EM", "action_code": code}})
        };
        let events = json!([
            {"event_id": "e1", "user_id": "u1", "event": "journey_enter", "timestamp": "2026-09-01T00:00:00Z",
             "params": {"journey_id": 1004, "journey_name": "Welcome"}},
            {"event_id": "e2", "user_id": "u2", "event": "journey_enter", "timestamp": "2026-09-01T00:00:00Z",
             "params": {"journey_id": 1004, "journey_name": "Welcome"}},
            action("e3", "u1", 1, "2026-09-01T00:01:00Z"),
            action("e4", "u2", 1, "2026-09-01T00:01:00Z"),
            action("e5", "u1", 4, "2026-09-01T00:02:00Z"),
            {"event_id": "e6", "user_id": "u1", "event": "purchase", "timestamp": "2026-09-01T01:00:00Z",
             "params": {"amount": 12.5, "item": "tea"}},
            {"event_id": "e7", "user_id": "u1", "event": "purchase", "timestamp": "2026-09-01T02:00:00Z",
             "params": {"amount": 30, "item": "cup"}},
        ]);
        self.accepted("/api/v1/events", &events).await;
    }

    pub async fn accepted(&self, path: &str, records: &Value) {
        let answer = self.post(path, records).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        for result in answer.json()["results"].as_array().unwrap() {
            assert_eq!(result["status"], "accepted", "{result}");
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, &[], "").await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::POST, path, &[], &body.to_string()).await
    }

    /// A request with the headers of an ordinary program, then `headers` instead of or beside them; one with an
    /// empty value is not sent.
    pub async fn call(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let response = self.ask(method, path, headers, body).await;
        let (parts, body) = response.into_parts();
        let body = match parts.headers.get("content-type").is_some_and(|of| of == "text/event-stream") {
            // It has no end.
            true => Events(body.into_data_stream(), String::new()).next().await.into_bytes(),
            false => axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec(),
        };
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// The events of a stream that goes on.
    pub async fn listen(&self, path: &str) -> Events {
        let response = self.ask(Method::GET, path, &[], "").await;
        assert_eq!(response.status(), StatusCode::OK);
        Events(response.into_body().into_data_stream(), String::new())
    }

    async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Response {
        let mut request =
            Request::builder().method(method).uri(path).body(Body::from(body.to_owned())).unwrap();
        let map = request.headers_mut();
        map.insert("host", format!("127.0.0.1:{PORT}").parse().unwrap());
        if let Some(key) = self.key {
            map.insert("authorization", format!("Bearer {key}").parse().unwrap());
        }
        for (name, value) in headers {
            let name: axum::http::HeaderName = name.parse().unwrap();
            match value.is_empty() {
                true => drop(map.remove(name)),
                false => drop(map.insert(name, value.parse().unwrap())),
            }
        }
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Makes an API key with a policy, where it is not null; gives its id and its secret.
    pub async fn key(&self, name: &str, policy: Value) -> (String, String) {
        let answer = self.post("/api/v1/keys", &json!({"name": name, "policy": policy})).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        let key = answer.json();
        (key["id"].as_str().unwrap().to_owned(), key["secret"].as_str().unwrap().to_owned())
    }

    /// Asks for an export of all profiles and waits until it is complete.
    pub async fn export(&self, request: &Value) -> Value {
        let answer = self.post("/api/v1/exports", request).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
        let id = answer.json()["id"].as_str().unwrap().to_owned();
        for _ in 0..600 {
            let job = self.get(&format!("/api/v1/exports/{id}")).await.json();
            match job["status"].as_str().unwrap() {
                "queued" | "running" => tokio::time::sleep(Duration::from_millis(50)).await,
                // Letters are sent once it is complete.
                "complete"
                    if job["deliveries"].as_array().unwrap().iter().any(|of| of["status"] == "waiting") =>
                {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                "complete" => return job,
                _ => panic!("{job}"),
            }
        }
        panic!("the export is not done within half a minute")
    }
}

/// An export of all profiles with their gender.
pub fn all_profiles() -> Value {
    json!({"kind": "profiles", "attributes": ["user_id", "gender"], "format": "csv"})
}
