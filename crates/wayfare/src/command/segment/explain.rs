//! `wayfare segment explain`.

use super::{Asked, read};
use crate::command::Common;
use crate::command::definition::DefinitionFlags;
use crate::configuration::Configuration;
use crate::failure::Failure;
use crate::output::{End, write_json, write_line};
use clap::Args;
use serde_json::json;
use std::fmt::Write;
use wayfare_model::id::ProfileId;
use wayfare_model::record::Identity;
use wayfare_segment::reference::{self, Because, Explanation, ShownEvent};
use wayfare_store::{IdentifierKind, Snapshot};

#[derive(Debug, Args)]
pub(crate) struct Explain {
    #[command(flatten)]
    pub common: Common,
    #[command(flatten)]
    flags: DefinitionFlags,
    #[command(flatten)]
    who: Who,
}

/// Who is asked about.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Who {
    /// The profile, by its own id.
    #[arg(long, value_name = "ID")]
    profile_id: Option<String>,
    /// The profile, by its user id.
    #[arg(long, value_name = "ID")]
    user_id: Option<String>,
    /// The profile, by its e-mail address; case does not matter.
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// The profile, by its phone number.
    #[arg(long, value_name = "NUMBER")]
    phone_number: Option<String>,
}

/// The most profiles whose identifier starts with the one that is looked for.
const MOST_FOUND: usize = 10_000;

impl Who {
    /// The one profile that is meant.
    async fn find(&self, snapshot: &Snapshot) -> Result<ProfileId, Failure> {
        let unknown = |flag: &str, value: &str| {
            Failure::refused(format!("--{flag} {value:?}: there is no such profile; write it as it was sent"))
        };
        if let Some(id) = &self.profile_id {
            return id.parse().map_err(|_| unknown("profile-id", id));
        }
        if let Some(id) = &self.user_id {
            let found = snapshot.profiles_of_users(std::slice::from_ref(id)).await?;
            return found.first().copied().ok_or_else(|| unknown("user-id", id));
        }
        let (flag, wanted, kind) = match (&self.email, &self.phone_number) {
            (Some(email), _) => ("email", email, IdentifierKind::Email),
            (_, Some(phone)) => ("phone-number", phone, IdentifierKind::PhoneNumber),
            _ => return Err(Failure::refused("name the profile, for example with --user-id")),
        };
        // A search finds whatever starts so; here it is the whole of it.
        let is_meant = |identity: &Identity| match kind {
            IdentifierKind::Email => identity
                .email
                .as_deref()
                .is_some_and(|email| Identity::email_key(email) == Identity::email_key(wanted)),
            _ => identity.phone_number.as_deref().is_some_and(|phone| phone.trim() == wanted.trim()),
        };
        let found = snapshot.find_profiles(wanted, Some(kind), None, MOST_FOUND).await?;
        let meant = found.into_iter().find(|state| is_meant(&state.identity));
        meant.map(|state| state.id).ok_or_else(|| unknown(flag, wanted))
    }
}

impl Explain {
    pub async fn run(self, configuration: Configuration) -> Result<End, Failure> {
        let definition = self.flags.read()?;
        let moment = self.flags.moment.moment()?;
        let snapshot = read(&configuration).await?.snapshot().await?;
        let asked = Asked::new(definition, &snapshot).await;
        let Asked { definition, library, .. } =
            asked.map_err(|failure| failure.in_file(&self.flags.definition))?;
        let id = self.who.find(&snapshot).await?;
        let profile = snapshot.reference_profile(id).await?;
        let profile =
            profile.ok_or_else(|| Failure::refused(format!("there is no profile {id} in this data")))?;
        let explanation =
            reference::explain(&definition, snapshot.dictionary(), &library, &profile, &moment)?;
        match self.common.json {
            true => write_json(&json!({
                "profile_id": id,
                "explanation": explanation,
                "position": snapshot.position(),
                "as_of": moment.as_of,
            })),
            false => {
                let verdict = if explanation.holds { "is meant" } else { "is not meant" };
                let mut said = format!("{id} {verdict} as of {}", moment.as_of);
                tell(&explanation, 1, &mut said);
                write_line(&said)
            }
        }?;
        Ok(End::Done)
    }
}

/// A node, then its parts, each on a line of its own.
fn tell(explanation: &Explanation, depth: usize, said: &mut String) {
    let holds = if explanation.holds { "yes" } else { "no " };
    let why = why(&explanation.because);
    let why = if why.is_empty() { why } else { format!(": {why}") };
    // Writing to a string cannot fail.
    let _ = write!(said, "\n{:1$}{holds}  {2}{why}", "", depth * 2, explanation.words);
    for part in &explanation.parts {
        tell(part, depth + 1, said);
    }
}

/// What decided, in words.
fn why(because: &Because) -> String {
    match because {
        Because::Parts | Because::Segment | Because::List => String::new(),
        Because::Value { value: Some(value) } => format!("it is {value:?}"),
        Because::Value { value: None } => "it is missing".to_owned(),
        Because::Events { found, from, until, newest, aggregate } => {
            let since = from.map_or_else(String::new, |from| format!(" from {from}"));
            let last =
                newest.first().map_or_else(String::new, |event| format!(", the last at {}", event.timestamp));
            let told = aggregate.as_ref().map_or_else(String::new, |value| format!(", which give {value}"));
            format!("{found} such events{since} until before {until}{last}{told}")
        }
        Because::Steps { found, chain } => {
            let steps: Vec<String> = found
                .iter()
                .enumerate()
                .map(|(index, found)| format!("{found} of step {}", index + 1))
                .collect();
            let times: Vec<String> = chain.iter().map(|event| event.timestamp.to_string()).collect();
            let chain = if times.is_empty() {
                String::new()
            } else {
                format!("; one after the other at {}", times.join(", "))
            };
            format!("events: {}{chain}", steps.join(", "))
        }
        Because::Journey { state, entries, exits } => {
            let last = |what: &str, events: &[ShownEvent]| {
                events
                    .first()
                    .map_or_else(String::new, |event| format!(", last {what} at {}", event.timestamp))
            };
            format!("the state is {state}{}{}", last("entered", entries), last("left", exits))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wayfare_model::time::Instant;

    #[test]
    fn reasons_in_words() {
        assert_eq!(why(&Because::Value { value: Some("F".into()) }), "it is \"F\"");
        assert_eq!(
            why(&Because::Steps { found: vec![2, 0], chain: Vec::new() }),
            "events: 2 of step 1, 0 of step 2"
        );
        let until = Instant::parse("2026-09-02T07:00:00Z").unwrap();
        let none = Because::Events { found: 0, from: None, until, newest: Vec::new(), aggregate: None };
        assert_eq!(why(&none), "0 such events until before 2026-09-02T07:00:00Z");
    }

    #[test]
    fn parts_stand_below_what_they_make() {
        let part = |words: &str, holds, parts| Explanation {
            path: String::new(),
            words: words.to_owned(),
            holds,
            because: Because::Parts,
            parts,
        };
        let mut said = String::new();
        tell(&part("a or b", true, vec![part("a", true, vec![]), part("b", false, vec![])]), 1, &mut said);
        assert_eq!(said, "\n  yes  a or b\n    yes  a\n    no   b");
    }
}
