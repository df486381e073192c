//! `wayfare segment`.

use super::Common;
use super::definition::DefinitionFlags;
use crate::configuration::Configuration;
use crate::failure::{Failure, with_causes};
use crate::output::{End, write_json, write_line, written};
use clap::{Args, Subcommand};
use roaring::RoaringBitmap;
use serde_json::json;
use std::io::{BufWriter, Write};
use std::time::{Duration, Instant as Clock};
use wayfare_model::dictionary::IDENTIFIERS;
use wayfare_model::problem::nearest_name;
use wayfare_segment::columns::{Codes, Column, Columns, Values};
use wayfare_segment::evaluate::evaluate;
use wayfare_segment::moment::Moment;
use wayfare_segment::words;
use wayfare_store::{Access, LoadedColumns, Store};

#[derive(Debug, Subcommand)]
pub(crate) enum Segment {
    /// How many profiles a definition means, exactly.
    Count(Count),
    /// Which profiles a definition means: one id a line, in byte order.
    Members(Members),
}

#[derive(Debug, Args)]
pub(crate) struct Count {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    flags: DefinitionFlags,
}

#[derive(Debug, Args)]
pub(crate) struct Members {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    flags: DefinitionFlags,
    /// Which identifier: `profile_id`, `user_id`, `email` or `phone_number`.
    #[arg(long, default_value = "profile_id")]
    id: String,
}

/// An answered definition.
struct Answer {
    columns: LoadedColumns,
    members: RoaringBitmap,
    words: String,
    position: u64,
    moment: Moment,
    took: Duration,
}

impl Segment {
    pub fn common(&self) -> &Common {
        match self {
            Self::Count(command) => &command.common,
            Self::Members(command) => &command.common,
        }
    }

    pub async fn run(self, configuration: Configuration) -> Result<End, Failure> {
        match self {
            Self::Count(command) => command.run(configuration).await,
            Self::Members(command) => command.run(configuration).await,
        }
    }
}

/// Evaluates a definition over what is there now; `and` names an attribute or identifier that is wanted beside it.
async fn answer(
    flags: &DefinitionFlags,
    configuration: &Configuration,
    and: Option<&str>,
) -> Result<Answer, Failure> {
    let definition = flags.read()?;
    let moment = flags.moment.moment()?;
    let store = Store::open(configuration.data(), configuration.store(Access::Read, false)).await?;
    let started = Clock::now();
    let snapshot = store.snapshot().await?;
    let library = snapshot.library(&definition).await?;
    let checked = definition
        .check(snapshot.dictionary(), &library)
        .map_err(|refusal| Failure::from(refusal).in_file(&flags.definition))?;
    let mut needs = checked.needs().clone();
    needs.attributes.extend(and.map(str::to_owned));
    let columns = snapshot.columns(&needs).await?;
    let members =
        evaluate(&checked, &columns, &moment).map_err(|error| Failure::failed(with_causes(&error)))?;
    Ok(Answer {
        columns,
        members,
        words: words::describe(&definition),
        position: snapshot.position(),
        moment,
        took: started.elapsed(),
    })
}

impl Count {
    async fn run(self, configuration: Configuration) -> Result<End, Failure> {
        let answer = answer(&self.flags, &configuration, None).await?;
        let (count, population) = (answer.members.len(), answer.columns.live().len());
        match self.common.json {
            true => write_json(&json!({
                "count": count,
                "population": population,
                "position": answer.position,
                "as_of": answer.moment.as_of,
                "took_ms": answer.took.as_secs_f64() * 1_000.0,
            })),
            false => write_line(&format!("{count} of {population} profiles: {}", answer.words)),
        }?;
        Ok(End::Done)
    }
}

impl Members {
    async fn run(self, configuration: Configuration) -> Result<End, Failure> {
        if !IDENTIFIERS.contains(&self.id.as_str()) {
            let nearest = nearest_name(&self.id, IDENTIFIERS);
            let said = nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
            return Err(Failure::refused(format!(
                "--id {:?}: choose profile_id, user_id, email or phone_number{said}",
                self.id
            )));
        }
        let by_profile = self.id == "profile_id";
        let answer = answer(&self.flags, &configuration, (!by_profile).then_some(&*self.id)).await?;
        let mut ids: Vec<String> = match by_profile {
            true => answer.columns.profile_ids(&answer.members).iter().map(ToString::to_string).collect(),
            false => match answer.columns.attribute(&self.id) {
                Some(column) => {
                    answer.members.iter().filter_map(|ordinal| text_of(column, ordinal)).collect()
                }
                None => Vec::new(),
            },
        };
        ids.sort_unstable();
        let mut out = BufWriter::new(std::io::stdout().lock());
        written(ids.iter().try_for_each(|id| writeln!(out, "{id}")).and_then(|()| out.flush()))?;
        let without_id = answer.members.len() - ids.len() as u64;
        if self.common.json {
            eprintln!(
                "{}",
                json!({
                    "count": answer.members.len(), "without_id": without_id, "position": answer.position,
                    "as_of": answer.moment.as_of,
                })
            );
        } else if without_id > 0 {
            eprintln!("{without_id} more profiles have no {}", self.id);
        }
        Ok(End::Done)
    }
}

/// The text that a profile has in a column of an identifier.
fn text_of(column: &Column, ordinal: u32) -> Option<String> {
    let Column { codes, values: Values::String(values) } = column else { return None };
    let code = Codes::get(codes, ordinal as usize).checked_sub(1)?;
    values.get(code as usize).map(|text| text.to_string())
}
