//! `wayfare export`.

mod journeys;

use super::Common;
use super::definition::{MomentFlags, now, read_text};
use super::place::within;
use crate::configuration::Configuration;
use crate::failure::{Failure, with_causes};
use crate::interrupt::asked_to_stop;
use crate::output::{End, write_json, write_line};
use clap::{Args, Subcommand, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::value::RawValue;
use std::num::{IntErrorKind, NonZeroU64};
use std::path::{Path, PathBuf};
use std::time::Duration;
use wayfare_export::request::{Compression, Format, Formulas, Kind};
use wayfare_export::{Control, ErrorKind, ExportError, ExportRequest, Manifest};
use wayfare_model::problem::Refusal;
use wayfare_segment::definition::Definition;
use wayfare_store::{Access, OpenOptions, Store};

#[derive(Debug, Subcommand)]
pub(crate) enum Export {
    /// Profiles with chosen attributes, a row a profile.
    Profiles(Profiles),
    /// Raw events as a version 1 request asks for them.
    Events(Events),
    /// Passes through journeys, a row a pass: entry, path, messages, exit.
    Passes(journeys::Journeys),
    /// Messages of journeys, a row a message with everything that happened with it.
    Messages(journeys::Journeys),
}

#[derive(Debug, Args)]
pub(crate) struct Profiles {
    #[command(flatten)]
    common: Common,
    /// A file with the definition; `-` reads it from stdin; everyone where it is not given.
    #[arg(long, value_name = "FILE_OR_-")]
    definition: Option<PathBuf>,
    #[command(flatten)]
    moment: MomentFlags,
    /// Attributes and identifiers that become columns, in this order; `*` means all.
    #[arg(long, value_delimiter = ',', value_name = "NAME,…")]
    attributes: Vec<String>,
    /// The form of the files.
    #[arg(long, value_enum, default_value = "csv")]
    format: FormatFlag,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct Events {
    #[command(flatten)]
    common: Common,
    /// A file with the request's body; `-` reads it from stdin. Its `hook` is ignored.
    #[arg(long, value_name = "FILE_OR_-")]
    request: PathBuf,
    #[command(flatten)]
    moment: MomentFlags,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
struct Output {
    /// The directory for the files; missing or empty.
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
    /// What happens to text that a spreadsheet would run as a formula (CSV).
    #[arg(long, value_enum)]
    formulas: Option<FormulasFlag>,
    /// The most rows of a part.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    max_rows: Option<NonZeroU64>,
    /// The most bytes of a part.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    max_bytes: Option<NonZeroU64>,
    /// How text files are compressed.
    #[arg(long, value_enum)]
    compression: Option<CompressionFlag>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FormatFlag {
    Csv,
    Ndjson,
    Parquet,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FormulasFlag {
    Escape,
    Raw,
    Refuse,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum CompressionFlag {
    Gzip,
    Zstd,
}

impl Export {
    pub fn common(&self) -> &Common {
        match self {
            Self::Profiles(command) => &command.common,
            Self::Events(command) => &command.common,
            Self::Passes(command) | Self::Messages(command) => &command.common,
        }
    }

    pub async fn run(self, configuration: Configuration) -> Result<End, Failure> {
        let json = self.common().json;
        let (request, output) = match self {
            Self::Profiles(command) => command.request()?,
            Self::Events(command) => command.request()?,
            Self::Passes(command) => command.request(Kind::Passes)?,
            Self::Messages(command) => command.request(Kind::Messages)?,
        };
        super::must_exist(configuration.data())?;
        check_output(configuration.data(), &output)?;
        // What an export flushes is little, and asks of few ids whether they are new.
        let options = OpenOptions { id_filter_bytes: 0, ..configuration.store(Access::Write, false) };
        let store = Store::open(configuration.data(), options).await?;
        let manifest = write(&store, &request, &output).await?;
        match json {
            true => write_json(&manifest),
            false => write_line(&format!(
                "{} rows in {} files, as of position {}: {}",
                manifest.rows,
                manifest.parts.len(),
                manifest.position_to,
                output.display()
            )),
        }?;
        for warning in &manifest.warnings {
            eprintln!("wayfare: {warning}");
        }
        Ok(End::Done)
    }
}

impl Profiles {
    fn request(self) -> Result<(ExportRequest, PathBuf), Failure> {
        let definition = self.definition.as_deref().map(raw_definition).transpose()?;
        let mut request = ExportRequest::profiles(definition, self.attributes, self.format.format());
        at_moment(&mut request, &self.moment)?;
        self.output.apply(&mut request);
        Ok((request, self.output.output))
    }
}

impl Events {
    fn request(self) -> Result<(ExportRequest, PathBuf), Failure> {
        let body = read_text(&self.request)?;
        let mut request = wayfare_export::request_v1::read(&body).map_err(failure)?;
        at_moment(&mut request, &self.moment)?;
        self.output.apply(&mut request);
        Ok((request, self.output.output))
    }
}

impl FormatFlag {
    fn format(self) -> Format {
        match self {
            Self::Csv => Format::Csv,
            Self::Ndjson => Format::Ndjson,
            Self::Parquet => Format::Parquet,
        }
    }
}

impl Output {
    fn apply(&self, request: &mut ExportRequest) {
        if let Some(formulas) = self.formulas {
            request.formulas = match formulas {
                FormulasFlag::Escape => Formulas::Escape,
                FormulasFlag::Raw => Formulas::Raw,
                FormulasFlag::Refuse => Formulas::Refuse,
            };
        }
        if let Some(compression) = self.compression {
            request.compression = Some(match compression {
                CompressionFlag::Gzip => Compression::Gzip,
                CompressionFlag::Zstd => Compression::Zstd,
            });
        }
        request.max_rows = self.max_rows.or(request.max_rows);
        request.max_bytes = self.max_bytes.or(request.max_bytes);
    }
}

fn at_least_one(text: &str) -> Result<NonZeroU64, String> {
    text.parse::<NonZeroU64>().map_err(|error| match error.kind() {
        IntErrorKind::Zero => "must be at least 1".to_owned(),
        _ => error.to_string(),
    })
}

/// Refuses a directory among the store's own files.
fn check_output(data: &Path, output: &Path) -> Result<(), Failure> {
    match within(data, output)? {
        Some(_) => Err(Failure::refused(format!(
            "--output {}: lies in the data directory {}; name a directory elsewhere",
            output.display(),
            data.display()
        ))),
        None => Ok(()),
    }
}

/// Reads a definition and keeps its text; what is wrong with it is told before a store is opened.
fn raw_definition(path: &Path) -> Result<Box<RawValue>, Failure> {
    let text = read_text(path)?;
    Definition::parse(&text).map_err(|refusal| Failure::from(refusal).in_file(path))?;
    RawValue::from_string(text).map_err(|error| Refusal::new("", error.to_string()).into())
}

fn at_moment(request: &mut ExportRequest, flags: &MomentFlags) -> Result<(), Failure> {
    flags.moment()?;
    request.as_of = match flags.as_of()? {
        Some(as_of) => Some(as_of),
        None => Some(now()?),
    };
    request.timezone = Some(flags.timezone.clone());
    Ok(())
}

async fn write(store: &Store, request: &ExportRequest, output: &Path) -> Result<Manifest, Failure> {
    let control = Control::new();
    let bar = ProgressBar::new_spinner();
    if let Ok(style) =
        ProgressStyle::with_template("{bar:30} {human_pos} of {human_len} rows, {per_sec}, {eta} left")
    {
        bar.set_style(style);
    }
    let export = wayfare_export::run(store, request, output, &control);
    tokio::pin!(export);
    let mut tick = tokio::time::interval(Duration::from_millis(200));
    let result = loop {
        tokio::select! {
            result = &mut export => break result,
            stopped = asked_to_stop(), if !control.cancel_token().is_cancelled() => {
                stopped?;
                control.cancel();
            }
            _ = tick.tick() => {
                let progress = control.progress();
                if let Some(expected) = progress.rows_expected {
                    bar.set_length(expected);
                }
                bar.set_position(progress.rows);
            }
        }
    };
    bar.finish_and_clear();
    result.map_err(failure)
}

fn failure(error: ExportError) -> Failure {
    match error {
        ExportError::Refused(refusal) => refusal.into(),
        error if error.kind() == ErrorKind::Refused => Failure::refused(with_causes(&error)),
        error => Failure::failed(with_causes(&error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_holds_at_least_one() {
        assert_eq!(at_least_one("7"), Ok(NonZeroU64::MIN.saturating_add(6)));
        assert_eq!(at_least_one("0"), Err("must be at least 1".to_owned()));
        assert!(at_least_one("many").is_err());
    }

    #[test]
    fn the_output_stays_out_of_the_store() {
        let data = std::env::temp_dir().join("wayfare-no-such-data");
        for inside in ["", "out", "exports/mine"] {
            assert!(check_output(&data, &data.join(inside)).is_err(), "{inside:?}");
        }
        assert!(check_output(&data, &data.join("../out")).is_ok());
    }
}
