//! `wayfare segment`: a file an action.

mod check;
mod count;
mod derived;
mod explain;
mod members;
mod plan;
mod saved;
mod schema;
mod validate;

use super::Common;
use super::definition::read_definition;
use crate::configuration::Configuration;
use crate::failure::{Failure, with_causes};
use crate::output::End;
use clap::Subcommand;
use std::path::Path;
use std::time::{Duration, Instant as Clock};
use wayfare_segment::bits::Bits;
use wayfare_segment::check::Checked;
use wayfare_segment::definition::Definition;
use wayfare_segment::evaluate::evaluate;
use wayfare_segment::library::Library;
use wayfare_segment::moment::Moment;
use wayfare_store::{Access, LoadedColumns, Snapshot, Store};

#[derive(Debug, Subcommand)]
pub(crate) enum Segment {
    /// How many profiles a definition means, exactly.
    Count(count::Count),
    /// Which profiles a definition means: one id a line, in byte order.
    Members(members::Members),
    /// Why a profile is, or is not, among those that a definition means.
    Explain(explain::Explain),
    /// How definitions are evaluated: what each node means by itself, rows looked at, and time.
    Plan(plan::Plan),
    /// Whether a definition can be evaluated; says what is wrong with it and where.
    Validate(validate::Validate),
    /// The JSON Schema of definitions.
    Schema(schema::Schema),
    /// Holds the fast evaluator against the slow one, on the data that is there.
    Check(check::Check),
    /// The saved segments.
    List(saved::List),
    /// One saved segment.
    Show(saved::Show),
    /// Saves a segment, or the next version of one.
    Save(saved::Save),
    /// What a saved segment was over time.
    Versions(saved::Versions),
    /// Takes a saved segment away, unless others refer to it.
    Remove(saved::Remove),
}

impl Segment {
    pub fn common(&self) -> Option<&Common> {
        Some(match self {
            Self::Count(command) => &command.common,
            Self::Members(command) => &command.common,
            Self::Explain(command) => &command.common,
            Self::Plan(command) => &command.common,
            Self::Validate(command) => &command.common,
            Self::Schema(_) => return None,
            Self::Check(command) => &command.common,
            Self::List(command) => &command.common,
            Self::Show(command) => &command.common,
            Self::Save(command) => &command.common,
            Self::Versions(command) => &command.common,
            Self::Remove(command) => &command.common,
        })
    }

    pub async fn run(self, configuration: Configuration) -> Result<End, Failure> {
        match self {
            Self::Count(command) => command.run(configuration).await,
            Self::Members(command) => command.run(configuration).await,
            Self::Explain(command) => command.run(configuration).await,
            Self::Plan(command) => command.run(configuration).await,
            Self::Validate(command) => command.run(configuration).await,
            Self::Schema(command) => command.run(),
            Self::Check(command) => command.run(configuration).await,
            Self::List(command) => command.run(configuration).await,
            Self::Show(command) => command.run(configuration).await,
            Self::Save(command) => command.run(configuration).await,
            Self::Versions(command) => command.run(configuration).await,
            Self::Remove(command) => command.run(configuration).await,
        }
    }
}

/// Opens the store for reading, beside a process that writes.
async fn read(configuration: &Configuration) -> Result<Store, Failure> {
    Ok(Store::open(configuration.data(), configuration.store(Access::Read, false)).await?)
}

/// A definition that can be evaluated over a snapshot.
struct Asked {
    definition: Definition,
    library: Library,
    checked: Checked,
}

impl Asked {
    /// Reads a definition and holds it against what is there.
    async fn read(file: &Path, snapshot: &Snapshot) -> Result<Self, Failure> {
        Self::new(read_definition(file)?, snapshot).await.map_err(|failure| failure.in_file(file))
    }

    async fn new(definition: Definition, snapshot: &Snapshot) -> Result<Self, Failure> {
        let library = snapshot.library(&definition).await?;
        let checked = definition.check(snapshot.dictionary(), &library)?;
        Ok(Self { definition, library, checked })
    }

    /// Evaluates it; `and` names an attribute or identifier that is wanted beside what it needs.
    async fn answer(self, snapshot: &Snapshot, moment: Moment, and: Option<&str>) -> Result<Answer, Failure> {
        let started = Clock::now();
        let mut needs = self.checked.needs().clone();
        needs.attributes.extend(and.map(str::to_owned));
        let columns = snapshot.columns(&needs).await?;
        let members = evaluate(&self.checked, &columns, &moment)
            .map_err(|error| Failure::failed(with_causes(&error)))?;
        Ok(Answer { asked: self, columns, members, moment, took: started.elapsed() })
    }
}

/// An answered definition.
struct Answer {
    asked: Asked,
    columns: LoadedColumns,
    members: Bits,
    moment: Moment,
    took: Duration,
}

fn milliseconds(took: Duration) -> f64 {
    took.as_secs_f64() * 1_000.0
}
