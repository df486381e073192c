//! Flags of `wayfare export` that say how the files look.

use crate::failure::Failure;
use clap::{Args, ValueEnum};
use std::num::{IntErrorKind, NonZeroU64};
use wayfare_export::ExportRequest;
use wayfare_export::form::{Arrays, ChosenColumn, Quotes, Renamed, TimeForm};
use wayfare_export::request::{Compression, Format, Formulas};
use wayfare_model::problem::Refusal;

#[derive(Debug, Clone, Args)]
pub(super) struct FormFlags {
    /// Which columns the files have, in which order; `NAME=OTHER` gives one another name.
    #[arg(long, value_delimiter = ',', value_name = "NAME[=OTHER],…")]
    columns: Vec<String>,
    /// What happens to text that a spreadsheet would run as a formula (CSV).
    #[arg(long, value_enum)]
    formulas: Option<FormulasFlag>,
    /// Which cells stand in quotes (CSV).
    #[arg(long, value_enum)]
    quotes: Option<QuotesFlag>,
    /// Between cells (CSV): a character, or `tab`.
    #[arg(long, value_name = "CHARACTER", value_parser = one_character)]
    delimiter: Option<char>,
    /// Start files with a byte order mark (CSV).
    #[arg(long)]
    bom: bool,
    /// End rows in CR LF (CSV).
    #[arg(long)]
    crlf: bool,
    /// What stands for null (CSV).
    #[arg(long, value_name = "TEXT")]
    null: Option<String>,
    /// How instants are written; each format has its own way where it is not given.
    #[arg(long, value_enum)]
    times: Option<TimesFlag>,
    /// The time zone in which instants are written [default: UTC].
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
    /// How arrays are written; each format has its own way where it is not given.
    #[arg(long, value_enum)]
    arrays: Option<ArraysFlag>,
    /// Between the elements of joined arrays [default: |].
    #[arg(long, value_name = "TEXT")]
    array_separator: Option<String>,
    /// The most rows of a part.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    max_rows: Option<NonZeroU64>,
    /// The most bytes of a part.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    max_bytes: Option<NonZeroU64>,
    /// How text files are compressed; zstd also inside Arrow files.
    #[arg(long, value_enum)]
    compression: Option<CompressionFlag>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum FormatFlag {
    Csv,
    Ndjson,
    Parquet,
    Arrow,
    Xlsx,
}

impl From<FormatFlag> for Format {
    fn from(flag: FormatFlag) -> Self {
        match flag {
            FormatFlag::Csv => Self::Csv,
            FormatFlag::Ndjson => Self::Ndjson,
            FormatFlag::Parquet => Self::Parquet,
            FormatFlag::Arrow => Self::Arrow,
            FormatFlag::Xlsx => Self::Xlsx,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FormulasFlag {
    Escape,
    Raw,
    Refuse,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum QuotesFlag {
    Needed,
    All,
    Text,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
enum TimesFlag {
    Rfc3339,
    Space,
    EpochSeconds,
    EpochMilliseconds,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ArraysFlag {
    Json,
    Joined,
    Refuse,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum CompressionFlag {
    Gzip,
    Zstd,
}

impl FormFlags {
    /// Puts what was given into a request; the rest stays as the request has it.
    pub fn apply(self, request: &mut ExportRequest) -> Result<(), Failure> {
        if !self.columns.is_empty() {
            request.columns = Some(self.columns.iter().map(|text| chosen(text)).collect::<Result<_, _>>()?);
        }
        if let Some(formulas) = self.formulas {
            request.formulas = match formulas {
                FormulasFlag::Escape => Formulas::Escape,
                FormulasFlag::Raw => Formulas::Raw,
                FormulasFlag::Refuse => Formulas::Refuse,
            };
        }
        let quotes = self.quotes.map(|quotes| match quotes {
            QuotesFlag::Needed => Quotes::Needed,
            QuotesFlag::All => Quotes::All,
            QuotesFlag::Text => Quotes::Text,
        });
        let times = self.times.map(|times| match times {
            TimesFlag::Rfc3339 => TimeForm::Rfc3339,
            TimesFlag::Space => TimeForm::Space,
            TimesFlag::EpochSeconds => TimeForm::EpochSeconds,
            TimesFlag::EpochMilliseconds => TimeForm::EpochMilliseconds,
        });
        let arrays = self.arrays.map(|arrays| match arrays {
            ArraysFlag::Json => Arrays::Json,
            ArraysFlag::Joined => Arrays::Joined,
            ArraysFlag::Refuse => Arrays::Refuse,
        });
        let compression = self.compression.map(|compression| match compression {
            CompressionFlag::Gzip => Compression::Gzip,
            CompressionFlag::Zstd => Compression::Zstd,
        });
        request.quotes = quotes.or(request.quotes);
        request.delimiter = self.delimiter.or(request.delimiter);
        request.bom |= self.bom;
        request.crlf |= self.crlf;
        request.null_text = self.null.or(request.null_text.take());
        request.times = times.or(request.times);
        request.time_zone = self.time_zone.or(request.time_zone.take());
        request.arrays = arrays.or(request.arrays);
        request.array_separator = self.array_separator.or(request.array_separator.take());
        request.compression = compression.or(request.compression);
        request.max_rows = self.max_rows.or(request.max_rows);
        request.max_bytes = self.max_bytes.or(request.max_bytes);
        Ok(())
    }
}

/// `NAME` or `NAME=OTHER`.
fn chosen(text: &str) -> Result<ChosenColumn, Refusal> {
    match text.split_once('=') {
        None if text.is_empty() => Err(Refusal::new("--columns", "has an empty name")),
        None => Ok(ChosenColumn::Own(text.into())),
        Some((column, name)) => {
            Ok(ChosenColumn::Renamed(Renamed { column: column.into(), name: name.into() }))
        }
    }
}

fn one_character(text: &str) -> Result<char, String> {
    let mut characters = text.chars();
    match (text, characters.next(), characters.next()) {
        ("tab" | "\\t", _, _) => Ok('\t'),
        (_, Some(character), None) => Ok(character),
        _ => Err("must be one character, or `tab`".into()),
    }
}

fn at_least_one(text: &str) -> Result<NonZeroU64, String> {
    text.parse::<NonZeroU64>().map_err(|error| match error.kind() {
        IntErrorKind::Zero => "must be at least 1".to_owned(),
        _ => error.to_string(),
    })
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
    fn columns_and_delimiters() {
        let names = |text: &str| chosen(text).map(|column| format!("{:?}", column.names())).ok();
        assert_eq!(names("email").as_deref(), Some("(\"email\", \"email\")"));
        assert_eq!(names("profile_id=id").as_deref(), Some("(\"profile_id\", \"id\")"));
        assert_eq!(names(""), None);
        assert_eq!(one_character(";"), Ok(';'));
        assert_eq!(one_character("tab"), Ok('\t'));
        assert!(one_character(";;").is_err() && one_character("").is_err());
    }
}
