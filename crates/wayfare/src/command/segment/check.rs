//! `wayfare segment check`.

use super::{Asked, derived, read, saved};
use crate::command::Common;
use crate::command::definition::{MomentFlags, read_definition};
use crate::configuration::Configuration;
use crate::failure::{Failure, with_causes};
use crate::output::{End, write_json, write_line};
use clap::Args;
use indicatif::{HumanCount, ProgressBar, ProgressStyle};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeSet;
use std::path::PathBuf;
use wayfare_model::id::ProfileId;
use wayfare_segment::columns::{Columns, Needs};
use wayfare_segment::definition::Definition;
use wayfare_segment::evaluate::evaluate;
use wayfare_segment::moment::Moment;
use wayfare_segment::reference::{self, ReferenceProfile};
use wayfare_segment::words;
use wayfare_store::{Snapshot, Store};

/// Differences that are told of one definition at most.
const MOST_TOLD: usize = 10;

#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub common: Common,
    /// How many profiles are looked at, taken at random.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    sample: u32,
    /// A file with a definition. May be given again; all saved segments, and simple questions after each attribute
    /// and event, where none is given.
    #[arg(long, value_name = "FILE_OR_-")]
    definition: Vec<PathBuf>,
    #[command(flatten)]
    moment: MomentFlags,
    /// Which profiles are taken: the same number takes the same ones again.
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
}

/// A definition to check, and where it comes from.
struct Case {
    from: String,
    definition: Definition,
}

/// A profile of which the two evaluators say different things.
#[derive(Debug, Serialize)]
struct Difference {
    from: String,
    words: String,
    definition: Definition,
    profile_id: ProfileId,
    /// Whether the fast evaluator takes it in.
    fast: bool,
    /// Whether the slow one does.
    reference: bool,
}

#[derive(Debug, Default, Serialize)]
struct Report {
    agree: bool,
    definitions: u64,
    profiles: u64,
    comparisons: u64,
    /// Profiles that a service changed while they were looked at: of these nothing can be said.
    changed_meanwhile: u64,
    /// What could not be evaluated at all, with why.
    not_evaluated: Vec<String>,
    differences: Vec<Difference>,
    /// Differences found, told or not.
    differing: u64,
}

impl Check {
    pub async fn run(self, configuration: Configuration) -> Result<End, Failure> {
        let moment = self.moment.moment()?;
        let given: Vec<Case> = self
            .definition
            .iter()
            .map(|file| Ok(Case { from: file.display().to_string(), definition: read_definition(file)? }))
            .collect::<Result<_, Failure>>()?;
        let store = read(&configuration).await?;
        let snapshot = store.snapshot().await?;
        for (case, file) in given.iter().zip(&self.definition) {
            // What was asked for and cannot be evaluated is refused, as everywhere else.
            Asked::new(case.definition.clone(), &snapshot).await.map_err(|failure| failure.in_file(file))?;
        }
        let seed = self.seed.unwrap_or_else(|| moment.as_of.micros() as u64);
        let mut report = Report::default();
        let profiles = sampled(&snapshot, self.sample, seed, &mut report).await?;
        let cases =
            if given.is_empty() { own(&store, &snapshot, &profiles, &mut report).await? } else { given };
        let bar = bar(cases.len(), "definitions");
        for case in cases {
            compare(case, &snapshot, &profiles, &moment, &mut report).await?;
            bar.inc(1);
        }
        bar.finish_and_clear();
        report.agree = report.differing == 0;
        match self.common.json {
            true => {
                let mut told = json!(report);
                told["seed"] = json!(seed);
                told["position"] = json!(snapshot.position());
                told["as_of"] = json!(moment.as_of);
                write_json(&told)
            }
            false => write_line(&said(&report, seed)),
        }?;
        Ok(if report.agree { End::Done } else { End::Failed })
    }
}

/// All saved segments, and what the dictionary gives.
async fn own(
    store: &Store,
    snapshot: &Snapshot,
    profiles: &[ReferenceProfile],
    report: &mut Report,
) -> Result<Vec<Case>, Failure> {
    let mut cases = Vec::new();
    for row in saved::present(store).await? {
        let from = format!("segment {} ({})", row.id, row.name);
        match Definition::parse(&row.definition) {
            Ok(definition) => cases.push(Case { from, definition }),
            Err(refusal) => report.not_evaluated.push(format!("{from}: {refusal}")),
        }
    }
    let derived = derived::definitions(snapshot.dictionary(), profiles).into_iter();
    cases.extend(derived.map(|definition| Case { from: "the dictionary".to_owned(), definition }));
    Ok(cases)
}

/// Profiles taken at random, with everything that is known of them.
async fn sampled(
    snapshot: &Snapshot,
    sample: u32,
    seed: u64,
    report: &mut Report,
) -> Result<Vec<ReferenceProfile>, Failure> {
    let columns = snapshot.columns(&Needs::default()).await?;
    let taken = taken(columns.live().len() as u32, sample, seed);
    let bar = bar(taken.len(), "profiles read");
    let mut profiles = Vec::with_capacity(taken.len());
    for place in taken {
        bar.inc(1);
        let Some(ordinal) = columns.live().select(place) else { continue };
        let id = columns.profile_id(ordinal);
        let profile = snapshot.reference_profile(id).await?;
        // States are kept once, as they are now: behind the snapshot's back a service may have changed this one.
        let unchanged = snapshot.profile(id).await?.is_some_and(|now| now.position < snapshot.position());
        match profile.filter(|_| unchanged) {
            Some(profile) => profiles.push(profile),
            None => report.changed_meanwhile += 1,
        }
    }
    bar.finish_and_clear();
    report.profiles = profiles.len() as u64;
    Ok(profiles)
}

/// `sample` distinct numbers below `of`, the same for the same seed.
fn taken(of: u32, sample: u32, seed: u64) -> BTreeSet<u32> {
    if sample >= of {
        return (0..of).collect();
    }
    let mut state = seed;
    // SplitMix64: any seed is as good as any other.
    let mut next = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    };
    // Floyd's way: each set of that size is as likely as any other.
    let mut taken = BTreeSet::new();
    for last in of - sample..of {
        let one = (next() % (u64::from(last) + 1)) as u32;
        if !taken.insert(one) {
            taken.insert(last);
        }
    }
    taken
}

/// Asks both evaluators, and keeps where they differ.
async fn compare(
    Case { from, definition }: Case,
    snapshot: &Snapshot,
    profiles: &[ReferenceProfile],
    moment: &Moment,
    report: &mut Report,
) -> Result<(), Failure> {
    let library = snapshot.library(&definition).await?;
    let checked = match definition.check(snapshot.dictionary(), &library) {
        Ok(checked) => checked,
        Err(refusal) => {
            report.not_evaluated.push(format!("{from}: {}: {refusal}", words::describe(&definition)));
            return Ok(());
        }
    };
    let columns = snapshot.columns(checked.needs()).await?;
    let fast = evaluate(&checked, &columns, moment).map_err(|error| Failure::failed(with_causes(&error)))?;
    let slow = reference::evaluate(&definition, snapshot.dictionary(), &library, profiles, moment);
    let slow = slow.map_err(|refusal| {
        let words = words::describe(&definition);
        Failure::failed(format!(
            "{from}: {words}: the slow evaluator refuses what the fast one takes: {refusal}"
        ))
    })?;
    report.definitions += 1;
    let mut told = 0;
    for profile in profiles {
        report.comparisons += 1;
        let is_member = columns.ordinal(profile.id).is_some_and(|ordinal| fast.contains(ordinal));
        let is_meant = slow.contains(&profile.id);
        if is_member == is_meant {
            continue;
        }
        report.differing += 1;
        if told < MOST_TOLD {
            told += 1;
            report.differences.push(Difference {
                from: from.clone(),
                words: words::describe(&definition),
                definition: definition.clone(),
                profile_id: profile.id,
                fast: is_member,
                reference: is_meant,
            });
        }
    }
    Ok(())
}

fn said(report: &Report, seed: u64) -> String {
    let answer = |holds: bool| if holds { "meant" } else { "not meant" };
    let mut lines = Vec::new();
    for Difference { from, words, definition, profile_id, fast, reference } in &report.differences {
        lines.push(format!(
            "{from}: {words}\n  {profile_id}: {} by the fast evaluator, {} by the slow one\n  {}",
            answer(*fast),
            answer(*reference),
            definition.to_json()
        ));
    }
    lines.extend(report.not_evaluated.iter().map(|what| format!("not evaluated: {what}")));
    let verdict = match report.differing {
        0 => "the two evaluators agree".to_owned(),
        differing => format!("the two evaluators differ {} times; please report it", HumanCount(differing)),
    };
    let changed = match report.changed_meanwhile {
        0 => String::new(),
        changed => format!(", {} more profiles changed meanwhile", HumanCount(changed)),
    };
    lines.push(format!(
        "{verdict}: {} comparisons, {} definitions over {} profiles (--seed {seed}){changed}",
        HumanCount(report.comparisons),
        HumanCount(report.definitions),
        HumanCount(report.profiles),
    ));
    lines.join("\n")
}

fn bar(length: usize, what: &str) -> ProgressBar {
    let template = format!("{{bar:30}} {{percent:>3}} %  {{human_pos}} of {{human_len}} {what}");
    ProgressBar::new(length as u64)
        .with_style(ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_come_from_their_seed() {
        assert_eq!(taken(1_000, 10, 7), taken(1_000, 10, 7));
        assert_ne!(taken(1_000, 10, 7), taken(1_000, 10, 8));
        assert_eq!(taken(1_000, 10, 7).len(), 10);
        assert_eq!(taken(3, 10, 7), (0..3).collect());
        assert_eq!(taken(0, 10, 7).len(), 0);
    }

    #[test]
    fn a_verdict_names_what_differs() {
        let mut report = Report { definitions: 2, profiles: 5, comparisons: 10, ..Report::default() };
        assert_eq!(
            said(&report, 7),
            "the two evaluators agree: 10 comparisons, 2 definitions over 5 profiles (--seed 7)"
        );
        report.differing = 1;
        report.differences.push(Difference {
            from: "a.json".to_owned(),
            words: "everyone".to_owned(),
            definition: Definition::everyone(),
            profile_id: ProfileId::from_first_position(0),
            fast: false,
            reference: true,
        });
        let said = said(&report, 7);
        assert!(said.starts_with("a.json: everyone\n  pro_0000000000000: not meant by the fast"), "{said}");
        assert!(said.contains("differ 1 times"), "{said}");
    }
}
