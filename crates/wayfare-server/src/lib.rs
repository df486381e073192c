//! HTTP: the native API, operations, the embedded web app.
//!
//! Holds every address, the forms on the wire, who may ask, and how an error becomes a problem document. It never
//! writes SQL, reads Parquet or decides whom a segment means; handlers extract, call one function of a lower room
//! and map its result. Open [`routes`] first: the API as one table. The contract is `docs/openapi.json`, made
//! from the annotations on the handlers.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod assets;
mod changes;
mod config;
mod cursor;
mod evaluation;
mod extract;
mod file_answer;
mod guard;
mod ingest;
mod layers;
mod metrics;
mod problem;
mod raw_error;
mod revision;
mod routes;
mod state;
mod watches;
mod wire;

pub use config::{Access, AccessError, ServerConfig};
pub use evaluation::Limits;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use state::AppState;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;
use wayfare_export::Exports;
use wayfare_store::Store;

/// How long the next part of a body is waited for.
const IDLE_BODY: Duration = Duration::from_secs(30);

/// Starts to count what `/metrics` tells, once a process. What happens before is not counted: called first, ahead of
/// whatever runs by itself, such as the schedules that [`Exports::start`] follows.
pub fn start_measuring() {
    metrics::handle();
}

/// Serves until `shutdown` resolves, then answers what has begun and ends. However slow a client is, it is waited
/// for; whoever will not wait drops the future.
pub async fn serve(
    listener: TcpListener,
    config: ServerConfig,
    store: Store,
    exports: Exports,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let address = listener.local_addr()?;
    let (router, state) = build(address, config, store, exports);
    let closing = state.closing.clone();
    let watching = tokio::spawn(watches::run(state));
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let shutdown = async move {
        shutdown.await;
        // Answers that go on for as long as somebody listens would never end by themselves.
        closing.cancel();
    };
    let served = axum::serve(listener, service).with_graceful_shutdown(shutdown).await;
    watching.abort();
    served
}

/// All addresses of a service that listens on `address`.
pub fn router(address: SocketAddr, config: ServerConfig, store: Store, exports: Exports) -> Router {
    build(address, config, store, exports).0
}

/// All addresses, and what they share.
fn build(address: SocketAddr, config: ServerConfig, store: Store, exports: Exports) -> (Router, AppState) {
    start_measuring();
    let (api, document) = routes::api().split_for_parts();
    let (downloads, downloads_document) = routes::downloads().split_for_parts();
    let openapi = routes::openapi::document(document, downloads_document).to_string();
    let state = AppState::new(address, config, store, exports, openapi.into());
    // The app is compressed too; downloads are not, since ranges count the bytes of the file.
    let compressed = api.fallback(assets::serve).layer(CompressionLayer::new());
    let router = Router::new()
        .merge(compressed)
        .merge(downloads)
        .method_not_allowed_fallback(layers::method_not_allowed)
        .layer(RequestBodyTimeoutLayer::new(IDLE_BODY))
        .layer(from_fn(layers::limit_bodies))
        .layer(from_fn(layers::observe))
        .layer(from_fn(layers::finish))
        .layer(CatchPanicLayer::custom(layers::panicked))
        .layer(from_fn_with_state(state.clone(), layers::guard))
        .with_state(state.clone());
    (router, state)
}

/// The OpenAPI document, as `/api/openapi.json` sends it.
pub fn openapi() -> serde_json::Value {
    let document = routes::api().into_openapi();
    routes::openapi::document(document, routes::downloads().into_openapi())
}

/// The codes of problem documents; each has a page.
pub fn problem_codes() -> impl Iterator<Item = &'static str> {
    problem::Code::ALL.iter().map(|code| code.name())
}
