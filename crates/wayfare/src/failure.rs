//! How a command ends when it does not do what was asked: exit code 1 (failed) or 2 (refused), and what it says.

use serde_json::json;
use std::fmt;
use std::process::ExitCode;
use wayfare_model::problem::Refusal;
use wayfare_store::StoreError;

/// Why a command did not do what was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    refused: bool,
    path: String,
    message: String,
    nearest: Option<String>,
}

impl Failure {
    /// It was tried and did not work: exit code 1.
    pub fn failed(error: impl fmt::Display) -> Self {
        Self { refused: false, path: String::new(), message: error.to_string(), nearest: None }
    }

    /// It was not tried: exit code 2.
    pub fn refused(error: impl fmt::Display) -> Self {
        Self { refused: true, ..Self::failed(error) }
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
        let place = if self.path.is_empty() { String::new() } else { format!("{}: ", self.path) };
        let nearest =
            self.nearest.as_ref().map_or_else(String::new, |name| format!("; did you mean `{name}`?"));
        eprintln!("wayfare: {place}{}{nearest}", self.message);
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let Refusal { path, message, nearest } = refusal;
        Self { refused: true, path, message, nearest }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Missing { .. } | StoreError::InUse { .. } | StoreError::BadPath { .. } => {
                Self::refused(error)
            }
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
