//! `wayfare key`: named API keys of a server, and what exports of theirs show.

use super::Common;
use super::definition::read_text;
use super::export::{ServerFlags, text};
use crate::configuration::Configuration;
use crate::failure::Failure;
use crate::output::{End, write_json, write_line};
use crate::server::Server;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Makes a key; its secret is told this once.
    Create(Create),
    /// The keys, by name.
    List(All),
    /// One key, with its policy.
    Show(One),
    /// Changes a key; what is not given stays as it is.
    Change(Change),
    /// Takes a key away: its secret lets nobody in any more, and its hashes can never be made again.
    Remove(One),
    /// Gives a key a new secret, told this once; the old one ends at once.
    RotateSecret(One),
}

#[derive(Debug, Args)]
pub(crate) struct All {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    server: ServerFlags,
}

#[derive(Debug, Args)]
pub(crate) struct Create {
    #[command(flatten)]
    all: All,
    /// What people call it.
    #[arg(value_name = "NAME")]
    name: String,
    /// A file with its policy as JSON; `-` reads it from stdin. Without one its exports show everything.
    #[arg(long, value_name = "FILE_OR_-")]
    policy: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct One {
    #[command(flatten)]
    all: All,
    /// The key's id.
    #[arg(value_name = "ID")]
    id: String,
}

#[derive(Debug, Args)]
pub(crate) struct Change {
    #[command(flatten)]
    one: One,
    /// What people call it from now on.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// A file with its policy from now on; `-` reads it from stdin.
    #[arg(long, value_name = "FILE_OR_-", conflicts_with = "no_policy")]
    policy: Option<PathBuf>,
    /// Its exports show everything from now on.
    #[arg(long)]
    no_policy: bool,
    /// It lets nobody in for now.
    #[arg(long, conflicts_with = "enable")]
    disable: bool,
    /// It lets in again.
    #[arg(long)]
    enable: bool,
}

impl Keys {
    fn all(&self) -> &All {
        match self {
            Self::Create(command) => &command.all,
            Self::List(all) => all,
            Self::Show(one) | Self::Remove(one) | Self::RotateSecret(one) => &one.all,
            Self::Change(command) => &command.one.all,
        }
    }

    pub fn common(&self) -> &Common {
        &self.all().common
    }

    pub async fn run(self, configuration: &Configuration) -> Result<End, Failure> {
        let server = self.all().server.needed(configuration)?;
        let as_json = self.common().json;
        let (answer, lines) = self.ask(&server).await?;
        match as_json {
            true => write_json(&answer)?,
            false => lines.iter().try_for_each(|line| write_line(line))?,
        }
        Ok(End::Done)
    }

    /// The answer, and the same in words.
    async fn ask(self, server: &Server) -> Result<(Value, Vec<String>), Failure> {
        match self {
            Self::Create(Create { name, policy, .. }) => {
                let mut body = json!({ "name": name });
                if let Some(file) = policy {
                    body["policy"] = policy_of(&file)?;
                }
                let made = server.post_once(&["keys"], &body.to_string()).await?;
                let lines = with_secret(&made);
                Ok((made, lines))
            }
            Self::List(_) => {
                let answer = server.get(&["keys"], &[]).await?;
                let keys = answer.get("keys").and_then(Value::as_array).cloned().unwrap_or_default();
                if keys.is_empty() {
                    eprintln!("there is no named key; make one with `wayfare key create`");
                }
                Ok((answer, keys.iter().map(said).collect()))
            }
            Self::Show(One { id, .. }) => {
                let key = server.get(&["keys", &id], &[]).await?;
                let lines = in_full(&key);
                Ok((key, lines))
            }
            Self::Change(change) => {
                let key = server.get(&["keys", &change.one.id], &[]).await?;
                let body = change.body(&key)?;
                let changed = server.put_once(&["keys", &change.one.id], &body.to_string()).await?;
                let lines = in_full(&changed);
                Ok((changed, lines))
            }
            Self::Remove(One { id, .. }) => {
                server.delete(&["keys", &id]).await?;
                let line = format!("{id} is gone");
                Ok((json!({ "removed": id }), vec![line]))
            }
            Self::RotateSecret(One { id, .. }) => {
                let key = server.post_once(&["keys", &id, "rotate-secret"], "").await?;
                let lines = with_secret(&key);
                Ok((key, lines))
            }
        }
    }
}

impl Change {
    /// What a key as it stands is to be.
    fn body(&self, key: &Value) -> Result<Value, Failure> {
        let part = |member: &str| key.get(member).cloned().unwrap_or_default();
        let policy = match &self.policy {
            Some(file) => policy_of(file)?,
            None if self.no_policy => Value::Null,
            None => part("policy"),
        };
        let disabled = match (self.disable, self.enable) {
            (true, _) => json!(true),
            (_, true) => json!(false),
            _ => part("disabled"),
        };
        let name = self.name.clone().map_or_else(|| part("name"), Value::from);
        Ok(json!({ "name": name, "policy": policy, "disabled": disabled, "revision": part("revision") }))
    }
}

fn policy_of(file: &Path) -> Result<Value, Failure> {
    let read = serde_json::from_str(&read_text(file)?);
    read.map_err(|error| Failure::refused(format!("--policy {}: is no JSON: {error}", file.display())))
}

/// A key on one line.
fn said(key: &Value) -> String {
    let part = |name: &str| text(key, name).unwrap_or_default();
    let more = [
        (key.get("policy").is_some_and(|policy| !policy.is_null()), ", with a policy"),
        (key.get("disabled") == Some(&json!(true)), ", disabled"),
    ];
    let more: String = more.iter().filter(|(is_so, _)| *is_so).map(|(_, said)| *said).collect();
    format!("{}  {}  {}{more}", part("id"), part("hint"), part("name"))
}

fn in_full(key: &Value) -> Vec<String> {
    let mut lines = vec![said(key)];
    if let (Some(at), Some(by)) = (text(key, "created_at"), text(key, "created_by")) {
        lines.push(format!("made at {at} by {by}"));
    }
    lines.extend(text(key, "last_used_at").map(|at| format!("used last at {at}")));
    let Some(policy) = key.get("policy").filter(|policy| !policy.is_null()) else {
        lines.push("shows everything".into());
        return lines;
    };
    let rules = policy.get("rules").and_then(Value::as_array).cloned().unwrap_or_default();
    lines.extend(rules.iter().map(rule));
    if text(policy, "otherwise").as_deref() == Some("drop") {
        lines.push("everything else: drop".into());
    }
    lines.extend(policy.get("minimum_group").map(|least| format!("rows are of {least} people at the least")));
    lines
}

fn rule(rule: &Value) -> String {
    let part = |name: &str| text(rule, name).unwrap_or_default();
    let more = match part("do").as_str() {
        "mask" => rule.get("keep_last").map(|last| format!(" but the last {last}")),
        "coarsen" => match rule.get("to") {
            Some(Value::String(word)) => Some(format!(" to {word}")),
            to => to.map(|of| format!(" to multiples of {of}")),
        },
        "group" => rule.get("of").map(|of| format!(" of {of} people")),
        _ => None,
    };
    format!("{}: {}{}", part("column"), part("do"), more.unwrap_or_default())
}

fn with_secret(key: &Value) -> Vec<String> {
    let secret = text(key, "secret").unwrap_or_default();
    vec![said(key), format!("secret, told this once: {secret}")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_in_words() {
        let key = json!({
            "id": "key_1", "name": "Partner", "hint": "wfk_ab12…", "disabled": true, "revision": 2,
            "created_at": "2026-09-02T07:00:00Z", "created_by": "web app", "last_used_at": "2026-09-02T08:00:00Z",
            "policy": {"rules": [
                {"column": "email", "do": "hash"}, {"column": "phone", "do": "mask", "keep_last": 2},
                {"column": "birthday", "do": "coarsen", "to": "month"}, {"column": "age", "do": "coarsen", "to": 10},
                {"column": "city", "do": "group", "of": 20},
            ], "otherwise": "drop", "minimum_group": 50},
        });
        assert_eq!(
            in_full(&key),
            [
                "key_1  wfk_ab12…  Partner, with a policy, disabled",
                "made at 2026-09-02T07:00:00Z by web app",
                "used last at 2026-09-02T08:00:00Z",
                "email: hash",
                "phone: mask but the last 2",
                "birthday: coarsen to month",
                "age: coarsen to multiples of 10",
                "city: group of 20 people",
                "everything else: drop",
                "rows are of 50 people at the least",
            ]
        );
        let all = json!({"id": "key_1", "name": "Partner", "hint": "wfk_ab12…", "disabled": false});
        assert_eq!(in_full(&all), ["key_1  wfk_ab12…  Partner", "shows everything"]);
    }
}
