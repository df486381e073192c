//! `wayfare segment plan`.

use super::{Asked, milliseconds, read};
use crate::command::Common;
use crate::command::definition::MomentFlags;
use crate::configuration::Configuration;
use crate::failure::{Failure, with_causes};
use crate::output::{End, write_json, write_line};
use clap::Args;
use indicatif::HumanCount;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant as Clock};
use wayfare_segment::columns::Columns;
use wayfare_segment::evaluate::{EvaluateError, TracedNode, evaluate, evaluate_traced};
use wayfare_segment::moment::Moment;
use wayfare_segment::words;
use wayfare_store::Snapshot;

#[derive(Debug, Args)]
pub(crate) struct Plan {
    #[command(flatten)]
    pub common: Common,
    /// A file with a definition; `-` reads it from stdin. May be given again: all are evaluated over one snapshot.
    #[arg(long, value_name = "FILE_OR_-", required = true)]
    definition: Vec<PathBuf>,
    #[command(flatten)]
    moment: MomentFlags,
    /// How often each definition is evaluated for the time that is told: the median.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    repeat: u32,
}

/// What the evaluation of one definition did.
struct Planned {
    root: TracedNode,
    words: BTreeMap<String, String>,
    count: u64,
    population: u64,
    /// How long the columns took to load, the first time.
    load: Duration,
    /// How long each evaluation took, over columns that were there.
    runs: Vec<Duration>,
    from_lake: Vec<String>,
}

impl Plan {
    pub async fn run(self, configuration: Configuration) -> Result<End, Failure> {
        let moment = self.moment.moment()?;
        let snapshot = read(&configuration).await?.snapshot().await?;
        let mut plans = Vec::new();
        for file in &self.definition {
            let asked = Asked::read(file, &snapshot).await?;
            plans.push((file, planned(asked, &snapshot, &moment, self.repeat).await?));
        }
        if self.common.json {
            let told = plans.iter().map(|(file, planned)| planned.json(file, &snapshot, &moment));
            let mut told: Vec<Value> = told.collect();
            match told.len() {
                1 => write_json(&told.remove(0))?,
                _ => write_json(&json!({ "plans": told }))?,
            }
            return Ok(End::Done);
        }
        for (file, planned) in &plans {
            write_line(&planned.said(file))?;
        }
        Ok(End::Done)
    }
}

async fn planned(
    asked: Asked,
    snapshot: &Snapshot,
    moment: &Moment,
    repeat: u32,
) -> Result<Planned, Failure> {
    let failed = |error: EvaluateError| Failure::failed(with_causes(&error));
    let started = Clock::now();
    let columns = snapshot.columns(asked.checked.needs()).await?;
    let load = started.elapsed();
    let traced =
        evaluate_traced(&asked.checked, &columns, moment, &AtomicBool::new(false)).map_err(failed)?;
    let mut runs = Vec::with_capacity(repeat as usize);
    for _ in 0..repeat {
        let started = Clock::now();
        let members = evaluate(&asked.checked, &columns, moment).map_err(failed)?;
        runs.push(started.elapsed());
        if members != traced.members {
            return Err(Failure::failed(
                "two evaluations of one definition over one snapshot gave two answers; please report it",
            ));
        }
    }
    runs.sort_unstable();
    Ok(Planned {
        root: traced.root,
        words: words::by_path(&asked.definition),
        count: traced.members.len(),
        population: columns.live().len(),
        load,
        runs,
        from_lake: columns.read_from_lake().iter().cloned().collect(),
    })
}

impl Planned {
    fn median(&self) -> Duration {
        self.runs.get(self.runs.len() / 2).copied().unwrap_or_default()
    }

    fn words_of<'p>(&'p self, node: &'p TracedNode) -> &'p str {
        self.words.get(&node.path).map_or(node.kind, String::as_str)
    }

    fn json(&self, file: &Path, snapshot: &Snapshot, moment: &Moment) -> Value {
        json!({
            "definition": file,
            "plan": self.node(&self.root),
            "count": self.count,
            "population": self.population,
            "position": snapshot.position(),
            "as_of": moment.as_of,
            "took_ms": milliseconds(self.median()),
            "fastest_ms": self.runs.first().copied().map(milliseconds),
            "slowest_ms": self.runs.last().copied().map(milliseconds),
            "repeat": self.runs.len(),
            "load_ms": milliseconds(self.load),
            "read_from_lake": self.from_lake,
        })
    }

    fn node(&self, node: &TracedNode) -> Value {
        json!({
            "path": node.path,
            "kind": node.kind,
            "words": self.words_of(node),
            "count": node.count,
            "rows": node.rows,
            "took_ms": milliseconds(node.took),
            "parts": node.parts.iter().map(|part| self.node(part)).collect::<Vec<_>>(),
        })
    }

    fn said(&self, file: &Path) -> String {
        let mut said = format!(
            "{}: {} of {} profiles, evaluated in {:.3} ms{}, columns loaded in {:.1} ms",
            file.display(),
            HumanCount(self.count),
            HumanCount(self.population),
            milliseconds(self.median()),
            if self.runs.len() > 1 { format!(" (median of {})", self.runs.len()) } else { String::new() },
            milliseconds(self.load),
        );
        self.tell(&self.root, &mut said, 1);
        said
    }

    fn tell(&self, node: &TracedNode, said: &mut String, depth: usize) {
        // Writing to a string cannot fail.
        let _ = write!(
            said,
            "\n{:>14} profiles {:>14} rows {:>10.3} ms {:indent$}{}",
            HumanCount(node.count).to_string(),
            HumanCount(node.rows).to_string(),
            milliseconds(node.took),
            "",
            self.words_of(node),
            indent = depth * 2,
        );
        node.parts.iter().for_each(|part| self.tell(part, said, depth + 1));
    }
}
