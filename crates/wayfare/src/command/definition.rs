//! What a definition is evaluated with: its text, the time and the zone.

use crate::failure::Failure;
use clap::Args;
use std::io::Read;
use std::path::{Path, PathBuf};
use wayfare_model::time::Instant;
use wayfare_segment::definition::Definition;
use wayfare_segment::moment::Moment;

/// The longest definition that is read.
const LONGEST: u64 = 16 << 20;

/// The flags of a definition.
#[derive(Debug, Clone, Args)]
pub(super) struct DefinitionFlags {
    /// A file with the definition; `-` reads it from stdin.
    #[arg(long, value_name = "FILE_OR_-")]
    pub definition: PathBuf,
    #[command(flatten)]
    pub moment: MomentFlags,
}

/// The flags of a moment.
#[derive(Debug, Clone, Args)]
pub(super) struct MomentFlags {
    /// No event at or after this time is seen; now, where it is not given.
    #[arg(long, value_name = "RFC3339")]
    pub as_of: Option<String>,
    /// The time zone of months and local days.
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    pub timezone: String,
}

impl DefinitionFlags {
    /// Reads and parses the definition.
    pub fn read(&self) -> Result<Definition, Failure> {
        read_definition(&self.definition)
    }
}

/// Reads and parses a definition; `-` reads it from stdin.
pub(super) fn read_definition(file: &Path) -> Result<Definition, Failure> {
    let text = read_text(file)?;
    Definition::parse(&text).map_err(|refusal| Failure::from(refusal).in_file(file))
}

impl MomentFlags {
    /// The instant given, checked.
    pub fn as_of(&self) -> Result<Option<Instant>, Failure> {
        let read = |text: &String| {
            Instant::parse_truncating(text).map_err(|why| Failure::refused(format!("--as-of {text:?} {why}")))
        };
        self.as_of.as_ref().map(read).transpose()
    }

    /// The moment of an evaluation; without `--as-of`, now.
    pub fn moment(&self) -> Result<Moment, Failure> {
        let as_of = match self.as_of()? {
            Some(as_of) => as_of,
            None => now()?,
        };
        let zone = jiff::tz::TimeZone::get(&self.timezone).map_err(|_| {
            Failure::refused(format!(
                "--timezone {:?} is no zone of the time zone database: write for example Europe/Berlin",
                self.timezone
            ))
        })?;
        Ok(Moment { as_of, zone })
    }
}

/// The time now.
pub(super) fn now() -> Result<Instant, Failure> {
    Instant::from_micros(jiff::Timestamp::now().as_microsecond())
        .ok_or_else(|| Failure::failed("the clock of this machine is outside the years 0001 to 9999"))
}

/// The text of a file, or of stdin for `-`; without the byte order mark that some editors put before it.
pub(super) fn read_text(path: &Path) -> Result<String, Failure> {
    let refuse = |why: &dyn std::fmt::Display| Failure::refused(format!("{}: {why}", path.display()));
    let mut bytes = Vec::new();
    let read = match path.as_os_str() == "-" {
        true => std::io::stdin().lock().take(LONGEST + 1).read_to_end(&mut bytes),
        false if path.is_dir() => return Err(refuse(&"is a directory")),
        false => std::fs::File::open(path).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes)),
    };
    read.map_err(|error| refuse(&error))?;
    if bytes.len() as u64 > LONGEST {
        return Err(refuse(&"is longer than 16 MiB"));
    }
    let mut text = String::from_utf8(bytes).map_err(|_| refuse(&"is not UTF-8"))?;
    if text.starts_with('\u{feff}') {
        text.remove(0);
    }
    Ok(text)
}
