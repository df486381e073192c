//! How a command ends when it does not do what was asked: exit code 1 (failed) or 2 (refused), and what it says.

use serde_json::json;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use wayfare_model::problem::Refusal;
use wayfare_store::StoreError;

/// Why a command did not do what was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    refused: bool,
    /// The file that the place below is in; said to a person, who may have named several.
    file: Option<PathBuf>,
    path: String,
    message: String,
    nearest: Option<String>,
}

impl Failure {
    /// It was tried and did not work: exit code 1.
    pub fn failed(error: impl fmt::Display) -> Self {
        Self { refused: false, file: None, path: String::new(), message: error.to_string(), nearest: None }
    }

    /// It was not tried: exit code 2.
    pub fn refused(error: impl fmt::Display) -> Self {
        Self { refused: true, ..Self::failed(error) }
    }

    /// Names the file that cannot be read; stdin, named `-`, needs no name.
    pub fn in_file(self, file: &Path) -> Self {
        Self { file: (file.as_os_str() != "-").then(|| file.to_owned()), ..self }
    }

    /// Says more behind what it says.
    pub fn and(self, more: &str) -> Self {
        Self { message: format!("{}; {more}", self.message), ..self }
    }

    /// Whether it was not tried.
    #[cfg(test)]
    pub fn is_refused(&self) -> bool {
        self.refused
    }

    pub fn code(&self) -> ExitCode {
        ExitCode::from(if self.refused { 2 } else { 1 })
    }

    /// Says it: as one JSON object on stdout where JSON was asked for, and to a person on stderr.
    pub fn report(&self, json: bool) {
        if json {
            let Self { path, message, nearest, .. } = self;
            crate::output::print_json(
                &json!({"error": {"path": path, "message": message, "nearest": nearest}}),
            );
        }
        eprintln!("wayfare: {self}");
    }
}

/// As a person reads it.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}: ", file.display())?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)?;
        match &self.nearest {
            Some(name) => write!(f, "; did you mean `{name}`?"),
            None => Ok(()),
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let Refusal { path, message, nearest } = refusal;
        Self { refused: true, file: None, path, message, nearest }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Missing { .. }
            | StoreError::InUse { .. }
            | StoreError::BadPath { .. }
            | StoreError::NotADirectory { .. } => Self::refused(error),
            _ => Self::failed(error),
        }
    }
}

/// An error with its causes, on one line.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !said.contains(&text) {
            said = format!("{said}: {text}");
        }
        cause = error.source();
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_reads() {
        let refusal = || Refusal::new("all[0].attribute", "is not known").nearest(Some("gender".into()));
        let said = |file: &str| Failure::from(refusal()).in_file(Path::new(file)).to_string();
        assert_eq!(said("a.json"), "a.json: all[0].attribute: is not known; did you mean `gender`?");
        assert_eq!(said("-"), "all[0].attribute: is not known; did you mean `gender`?");
        assert_eq!(Failure::refused("no").to_string(), "no");
    }
}
