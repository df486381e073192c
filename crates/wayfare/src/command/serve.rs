//! `wayfare serve`.

use super::Common;
use super::export_key::signing_key;
use super::place::within;
use super::vault::vault;
use crate::configuration::Configuration;
use crate::failure::{Failure, with_causes};
use crate::interrupt::asked_to_stop;
use crate::output::{End, print, print_json};
use clap::Args;
use serde_json::json;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;
use tokio::net::{TcpListener, lookup_host};
use tokio::sync::oneshot;
use wayfare_export::{ErrorKind, Exports, MailSettings, Settings};
use wayfare_server::{Access as Who, ServerConfig};
use wayfare_store::{Access, Store};

/// How long what has begun is waited for once the process is asked to stop.
const PATIENCE: Duration = Duration::from_secs(10);

/// Serves the API and the web app.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub common: Common,
    /// The address and port; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,
}

impl Serve {
    pub async fn run(self, configuration: Configuration) -> Result<End, Failure> {
        // Refused before the store is made: a typing error leaves nothing behind.
        let listener = listen(&configuration).await?;
        let store = Store::open(configuration.data(), configuration.store(Access::Write, true)).await?;
        serve(configuration, listener, store, self.common.json).await
    }
}

/// Who may use a service at an address, and the socket it listens on.
pub(super) async fn listen(configuration: &Configuration) -> Result<(TcpListener, Who), Failure> {
    let refuse = |error: &dyn std::fmt::Display| {
        Failure::refused(format!("--listen {}: {error}", configuration.listen))
    };
    let addresses: Vec<SocketAddr> = lookup_host(&configuration.listen)
        .await
        .map_err(|error| refuse(&format!("{error}; write an address and a port, such as 127.0.0.1:8080")))?
        .collect();
    let address = *addresses.first().ok_or_else(|| refuse(&"is no address"))?;
    let (password, api_key) = (configuration.password.as_deref(), configuration.api_key.as_deref());
    let https = configuration.public_url.as_deref().is_some_and(|url| url.starts_with("https:"));
    let who = Who::decide(address, password, api_key, https).map_err(Failure::refused)?;
    check_folder_root(configuration)?;
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| Failure::failed(format!("--listen {}: {error}", configuration.listen)))?;
    Ok((listener, who))
}

/// Refuses a folder for exports that none could ever be sent to.
fn check_folder_root(configuration: &Configuration) -> Result<(), Failure> {
    let Some(root) = configuration.destination_folder_root.as_deref() else { return Ok(()) };
    let refuse = |why: &str| {
        let root = root.display();
        Err(Failure::refused(format!("configuration: `destination_folder_root` {root}: {why}")))
    };
    if !root.is_dir() {
        return refuse("there is no such directory; make it, or name one that is there");
    }
    match within(configuration.data(), root)? {
        Some(_) => {
            let data = configuration.data().display();
            refuse(&format!(
                "lies in the data directory {data}, which belongs to the store; name one elsewhere"
            ))
        }
        None => Ok(()),
    }
}

/// Serves a store until the process is asked to stop.
pub(super) async fn serve(
    configuration: Configuration,
    (listener, who): (TcpListener, Who),
    store: Store,
    json: bool,
) -> Result<End, Failure> {
    let address = listener.local_addr().map_err(Failure::failed)?;
    let own_url = format!("http://{address}");
    let settings = Settings {
        at_once: NonZeroUsize::new(configuration.exports_at_once).unwrap_or(NonZeroUsize::MIN),
        retry_for: Duration::from_secs(u64::from(configuration.retry_hours) * 3_600),
        signing_key: signing_key(&configuration)?,
        vault: vault(&configuration)?,
        keep: Duration::from_secs(u64::from(configuration.export_days) * 86_400),
        link_life: Duration::from_secs(u64::from(configuration.link_hours) * 3_600),
        public_url: configuration.public_url.clone().unwrap_or_else(|| own_url.clone()),
        allow_private_hooks: configuration.allow_private_hooks,
        hook_retry: Duration::from_secs(configuration.hook_retry_seconds),
        destination_folder_root: configuration.destination_folder_root.clone(),
        raw_exports_a_day: configuration.raw_exports_a_day,
        mail: mail(&configuration)?,
        ..Settings::default()
    };
    // Schedules look for missed runs at once, which count.
    wayfare_server::start_measuring();
    let exports = Exports::start(store.clone(), settings).await.map_err(|error| match error.kind() {
        ErrorKind::Refused => Failure::refused(with_causes(&error)),
        _ => Failure::failed(with_causes(&error)),
    })?;
    let config = ServerConfig {
        access: who,
        version: env!("CARGO_PKG_VERSION"),
        limits: configuration.limits(),
        partner: configuration.partner_name.as_deref().map(Box::from),
    };
    if address.ip().is_unspecified() && configuration.public_url.is_none() {
        tracing::warn!(
            "links in mail and on the Exports page start with {own_url}, which leads nowhere from other machines: set WAYFARE_PUBLIC_URL"
        );
    }
    match json {
        true => print_json(&json!({ "url": own_url, "data": store.data_dir() })),
        false => print(&format!("Wayfare is at {own_url} (data in {})", store.data_dir().display())),
    }
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async {
        // Dropped or sent, it says the same.
        let _ = stopped.await;
    };
    let mut server = pin!(wayfare_server::serve(listener, config, store.clone(), exports.clone(), shutdown));
    let ended = tokio::select! {
        served = &mut server => Some(served),
        () = told_to_stop() => None,
    };
    drop(stop);
    let served = match ended {
        Some(served) => {
            exports.stop().await;
            served
        }
        // Neither a slow client nor a slow relay holds the process: what is not done by then is cut off.
        None => tokio::select! {
            (served, ()) = async { tokio::join!(&mut server, exports.stop()) } => served,
            () = tokio::time::sleep(PATIENCE) => Ok(()),
            () = told_to_stop() => Ok(()),
        },
    };
    served.map_err(Failure::failed)?;
    Ok(End::Done)
}

/// How e-mail leaves.
fn mail(configuration: &Configuration) -> Result<MailSettings, Failure> {
    let read = |file: &PathBuf| {
        std::fs::read_to_string(file).map_err(|error| {
            let file = file.display();
            Failure::refused(format!("configuration: `smtp_ca_certificate` {file}: {error}"))
        })
    };
    Ok(MailSettings {
        relay: configuration.smtp_url.clone(),
        ca_certificate: configuration.smtp_ca_certificate.as_ref().map(read).transpose()?,
        from: configuration.mail_from.clone(),
    })
}

async fn told_to_stop() {
    if let Err(failure) = asked_to_stop().await {
        failure.report(false);
    }
}
