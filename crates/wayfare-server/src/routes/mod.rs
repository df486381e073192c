//! Every address, in one table. Folders mirror the addresses; a file is an action.

mod about;
mod audit;
mod destinations;
mod dictionary;
mod docs;
mod download;
mod events;
mod exports;
mod health;
mod journeys;
mod keys;
mod lists;
mod mail;
mod metrics;
pub(crate) mod openapi;
mod profiles;
mod raw;
mod schedules;
mod segments;
mod sign_in;
mod sign_out;
mod user;
mod webhooks;

use crate::state::AppState;
use axum::extract::DefaultBodyLimit;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

/// The largest body of records.
const RECORDS_LIMIT: usize = 5_000_000;
/// The largest body of anything else.
const BODY_LIMIT: usize = 1_000_000;

/// The largest body that an address takes, in bytes.
pub(crate) fn largest_body(path: &str) -> usize {
    match path {
        "/api/v1/profiles" | "/api/v1/events" | "/api/v1/lists" => RECORDS_LIMIT,
        _ => BODY_LIMIT,
    }
}

/// Whether an address only tells, though its question is a body: what it works out is given up with whoever asked.
pub(crate) fn only_tells(path: &str) -> bool {
    let questions =
        ["/search", "/breakdown", "/count", "/explain", "/members", "/plan", "/preview", "/verify"];
    questions.iter().any(|question| path.ends_with(question))
}

/// Addresses whose answers may be compressed.
pub(crate) fn api() -> OpenApiRouter<AppState> {
    let records = || DefaultBodyLimit::max(RECORDS_LIMIT);
    OpenApiRouter::default()
        .routes(routes!(about::about))
        .routes(routes!(sign_in::sign_in))
        .routes(routes!(sign_out::sign_out))
        .routes(routes!(profiles::ingest::ingest).layer(records()))
        .routes(routes!(profiles::search::search))
        .routes(routes!(profiles::show::show))
        .routes(routes!(profiles::events::events))
        .routes(routes!(profiles::exports::exports))
        .routes(routes!(events::ingest::ingest).layer(records()))
        .routes(routes!(dictionary::show::show))
        .routes(routes!(dictionary::values::values))
        .routes(routes!(segments::count::count))
        .routes(routes!(segments::members::members))
        .routes(routes!(segments::plan::plan))
        .routes(routes!(segments::breakdown::breakdown))
        .routes(routes!(segments::changes::changes))
        .routes(routes!(segments::schema::schema))
        .routes(routes!(segments::explain::explain))
        .routes(routes!(segments::list::list, segments::create::create))
        .routes(routes!(segments::show::show, segments::change::change, segments::remove::remove))
        .routes(routes!(segments::versions::versions))
        .routes(routes!(lists::list::list, lists::create::create).layer(records()))
        .routes(routes!(lists::remove::remove))
        .routes(routes!(keys::list::list, keys::create::create))
        .routes(routes!(keys::show::show, keys::change::change, keys::remove::remove))
        .routes(routes!(keys::rotate_secret::rotate_secret))
        .routes(routes!(destinations::list::list, destinations::create::create))
        .routes(routes!(destinations::test_settings::test_settings))
        .routes(routes!(destinations::show::show, destinations::change::change, destinations::remove::remove))
        .routes(routes!(destinations::test::test))
        .routes(routes!(journeys::list))
        .routes(routes!(exports::list::list, exports::create::create))
        .routes(routes!(exports::preview::preview))
        .routes(routes!(exports::show::show))
        .routes(routes!(exports::cancel::cancel))
        .routes(routes!(exports::retry::retry))
        .routes(routes!(exports::verify::verify))
        .routes(routes!(exports::deliver::deliver))
        .routes(routes!(exports::link::link))
        .routes(routes!(exports::revoke_links::revoke_links))
        .routes(routes!(exports::manifest::manifest))
        .routes(routes!(schedules::list::list, schedules::create::create))
        .routes(routes!(schedules::due::due))
        .routes(routes!(schedules::show::show, schedules::change::change, schedules::remove::remove))
        .routes(routes!(schedules::pause::pause))
        .routes(routes!(schedules::resume::resume))
        .routes(routes!(schedules::run::run))
        .routes(routes!(schedules::runs::runs))
        .routes(routes!(raw::create_v1::create_v1))
        .routes(routes!(raw::create_v2::create_v2))
        .routes(routes!(raw::show_v2::show_v2))
        .routes(routes!(raw::cancel_v2::cancel_v2))
        .routes(routes!(raw::list_v2::list_v2))
        .routes(routes!(user::columns::columns))
        .routes(routes!(exports::dictionary::dictionary))
        .routes(routes!(audit::list::list))
        .routes(routes!(webhooks::endpoints::list::list, webhooks::endpoints::create::create))
        .routes(routes!(
            webhooks::endpoints::show::show,
            webhooks::endpoints::change::change,
            webhooks::endpoints::remove::remove
        ))
        .routes(routes!(webhooks::endpoints::test::test))
        .routes(routes!(webhooks::endpoints::rotate_secret::rotate_secret))
        .routes(routes!(webhooks::endpoints::replay::replay))
        .routes(routes!(webhooks::messages::list::list))
        .routes(routes!(webhooks::messages::show::show))
        .routes(routes!(webhooks::messages::replay::replay))
        .routes(routes!(webhooks::watches::list::list, webhooks::watches::create::create))
        .routes(routes!(
            webhooks::watches::show::show,
            webhooks::watches::change::change,
            webhooks::watches::remove::remove
        ))
        .routes(routes!(mail::list::list))
        .routes(routes!(mail::test::test))
        .routes(routes!(mail::show::show))
        .routes(routes!(openapi::openapi))
        .routes(routes!(docs::error))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
        .routes(routes!(metrics::metrics))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
}

/// Addresses that send files as they are, so that ranges count bytes of the file.
pub(crate) fn downloads() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(download::parts::parts))
        .routes(routes!(download::file::file))
        .routes(routes!(exports::file::file))
}
