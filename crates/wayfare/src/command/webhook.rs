//! `wayfare webhook`: endpoints of a server, and their messages.

mod words;

use super::Common;
use super::export::ServerFlags;
use crate::configuration::Configuration;
use crate::failure::Failure;
use crate::output::{End, write_json, write_line};
use crate::server::Server;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

/// The most messages of a page.
const PAGE: usize = 500;

#[derive(Debug, Subcommand)]
pub(crate) enum Webhook {
    /// The endpoints, each with the state of its queue.
    List(All),
    /// Makes an endpoint; its secret is told this once.
    New(New),
    /// An endpoint, with the state of its queue.
    Show(One),
    /// Sends a test now, and tells step by step what came of it.
    Test(One),
    /// Makes a new secret, told this once; the old one stays live until the next call or a given time.
    RotateSecret(RotateSecret),
    /// Takes an endpoint away, with its messages.
    Delete(One),
    /// Messages and what came of them, newest first.
    Messages(Messages),
    /// Sends a message once more, or those of an endpoint that were given up or written in a time.
    Replay(Replay),
}

#[derive(Debug, Args)]
pub(crate) struct All {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    server: ServerFlags,
}

#[derive(Debug, Args)]
pub(crate) struct New {
    #[command(flatten)]
    all: All,
    /// Where messages go.
    #[arg(long, value_name = "ADDRESS")]
    url: String,
    /// What it is for.
    #[arg(long, value_name = "TEXT", default_value = "")]
    description: String,
    /// What it wants to be told of, separated by commas; everything where it is not given.
    #[arg(long, value_name = "TYPES", value_delimiter = ',')]
    events: Vec<String>,
}

/// One endpoint.
#[derive(Debug, Args)]
pub(crate) struct One {
    #[command(flatten)]
    all: All,
    /// The endpoint's id.
    #[arg(value_name = "ID")]
    id: String,
}

#[derive(Debug, Args)]
pub(crate) struct RotateSecret {
    #[command(flatten)]
    one: One,
    /// Until when the old secret stays live; until the next call where it is not given.
    #[arg(long, value_name = "INSTANT")]
    old_until: Option<String>,
}

/// Where a message stands.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum State {
    Waiting,
    Delivered,
    Dead,
}

#[derive(Debug, Args)]
pub(crate) struct Messages {
    #[command(flatten)]
    all: All,
    /// Only those of this endpoint.
    #[arg(long, value_name = "ID")]
    endpoint: Option<String>,
    /// Only those in this state.
    #[arg(long, value_enum)]
    state: Option<State>,
    /// Only those of this type.
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// How many at most, from the newest.
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
}

#[derive(Debug, Args)]
pub(crate) struct Replay {
    #[command(flatten)]
    one: One,
    /// All messages of the endpoint that were given up.
    #[arg(long, conflicts_with_all = ["from", "to"])]
    dead: bool,
    /// Messages of the endpoint that were written from here on.
    #[arg(long, value_name = "INSTANT", requires = "to")]
    from: Option<String>,
    /// The first instant that is out again.
    #[arg(long, value_name = "INSTANT", requires = "from")]
    to: Option<String>,
}

impl Webhook {
    fn all(&self) -> &All {
        match self {
            Self::List(all) => all,
            Self::New(command) => &command.all,
            Self::Show(one) | Self::Test(one) | Self::Delete(one) => &one.all,
            Self::RotateSecret(command) => &command.one.all,
            Self::Messages(command) => &command.all,
            Self::Replay(command) => &command.one.all,
        }
    }

    pub fn common(&self) -> &Common {
        &self.all().common
    }

    pub async fn run(self, configuration: Configuration) -> Result<End, Failure> {
        let server = self.all().server.needed(&configuration)?;
        let as_json = self.common().json;
        let (answer, lines, end) = self.ask(&server).await?;
        match as_json {
            true => write_json(&answer)?,
            false => lines.iter().try_for_each(|line| write_line(line))?,
        }
        Ok(end)
    }

    /// The answer, the same in words, and how the command ends.
    async fn ask(self, server: &Server) -> Result<(Value, Vec<String>, End), Failure> {
        let done = |answer: Value, lines: Vec<String>| Ok((answer, lines, End::Done));
        let endpoints = ["webhooks", "endpoints"];
        match self {
            Self::List(_) => {
                let answer = server.get(&endpoints, &[]).await?;
                let lines = words::each(&answer, "endpoints", words::endpoint);
                done(answer, lines)
            }
            Self::New(New { url, description, events, .. }) => {
                let body = json!({ "url": url, "description": description, "events": events }).to_string();
                let answer = server.post_once(&endpoints, &body).await?;
                let lines = words::with_secret(&answer);
                done(answer, lines)
            }
            Self::Show(One { id, .. }) => {
                let answer = server.get(&["webhooks", "endpoints", &id], &[]).await?;
                let lines = words::endpoint_in_full(&answer);
                done(answer, lines)
            }
            Self::Test(One { id, .. }) => {
                let answer = server.post_once(&["webhooks", "endpoints", &id, "test"], "").await?;
                let delivered = answer.get("delivered").and_then(Value::as_bool).unwrap_or(false);
                let end = if delivered { End::Done } else { End::Failed };
                let lines = words::each(&answer, "steps", words::step);
                Ok((answer, lines, end))
            }
            Self::RotateSecret(RotateSecret { one, old_until }) => {
                let body = old_until.map_or_else(|| json!({}), |until| json!({ "old_until": until }));
                let path = ["webhooks", "endpoints", &one.id, "rotate-secret"];
                let answer = server.post_once(&path, &body.to_string()).await?;
                let lines = words::with_secret(&answer);
                done(answer, lines)
            }
            Self::Delete(One { id, .. }) => {
                server.delete(&["webhooks", "endpoints", &id]).await?;
                done(json!({ "removed": id }), vec![format!("{id} is gone")])
            }
            Self::Messages(asked) => {
                let messages = asked.list(server).await?;
                let answer = json!({ "messages": messages });
                let lines = words::each(&answer, "messages", words::message);
                done(answer, lines)
            }
            Self::Replay(replay) => {
                let answer = replay.ask(server).await?;
                let lines = words::replayed(&answer);
                done(answer, lines)
            }
        }
    }
}

impl Messages {
    async fn list(&self, server: &Server) -> Result<Vec<Value>, Failure> {
        let state = self.state.and_then(|state| state.to_possible_value());
        let mut messages: Vec<Value> = Vec::new();
        let mut cursor: Option<String> = None;
        while messages.len() < self.limit {
            let size = (self.limit - messages.len()).min(PAGE).to_string();
            let mut query = vec![("limit", size.as_str())];
            query.extend(self.endpoint.as_deref().map(|endpoint| ("endpoint", endpoint)));
            query.extend(state.as_ref().map(|state| ("state", state.get_name())));
            query.extend(self.kind.as_deref().map(|kind| ("type", kind)));
            query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
            let mut page = server.get(&["webhooks", "messages"], &query).await?;
            match page.get_mut("messages").map(Value::take) {
                Some(Value::Array(more)) => messages.extend(more),
                _ => return Err(Failure::failed("the server's answer lists no messages")),
            }
            cursor = page.get("next_cursor").and_then(Value::as_str).map(str::to_owned);
            if cursor.is_none() {
                break;
            }
        }
        Ok(messages)
    }
}

impl Replay {
    /// A message by its id; or, with the id of an endpoint, several of its messages.
    async fn ask(&self, server: &Server) -> Result<Value, Failure> {
        let id = self.one.id.as_str();
        let body = match (self.dead, &self.from, &self.to) {
            (true, ..) => json!({ "dead": true }),
            (false, Some(from), Some(to)) => json!({ "from": from, "to": to }),
            _ if id.starts_with("ep_") => {
                return Err(Failure::refused(
                    "give --dead, or --from and --to, beside the id of an endpoint",
                ));
            }
            _ => return server.post(&["webhooks", "messages", id, "replay"], None, &[]).await,
        };
        server.post(&["webhooks", "endpoints", id, "replay"], Some(&body.to_string()), &[]).await
    }
}
