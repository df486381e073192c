//! Who asks for exports: every caller, and named keys with a policy, which see nothing but their own jobs.

use crate::guard::Caller;
use crate::problem::Problem;
use crate::state::AppState;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use wayfare_export::{AppliedPolicy, ExportError, Job, Policy};

/// Someone who may ask for exports.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Exporter(Caller);

impl Exporter {
    /// A caller as one.
    pub fn new(caller: Caller) -> Self {
        Self(caller)
    }

    /// In words, as jobs remember who asked.
    pub fn name(&self) -> &str {
        self.0.name()
    }

    /// What exports may show.
    pub fn policy(&self) -> Option<&Policy> {
        self.0.narrowed()?.policy.as_ref()
    }

    /// The same as exports have it.
    pub fn applied(&self) -> Option<AppliedPolicy> {
        self.0.narrowed()?.applied()
    }

    /// What tells answers of one policy from those of another, or of none.
    pub fn view(&self) -> String {
        self.0.narrowed().map(|key| format!("-{}-{}", key.id, key.revision)).unwrap_or_default()
    }

    /// Whether a job is one of those that it sees.
    pub fn sees(&self, job: &Job) -> bool {
        self.0.narrowed().is_none_or(|key| job.api_key.as_ref() == Some(&key.id))
    }

    /// Refuses the jobs of others as if they were not there.
    pub async fn check(&self, state: &AppState, id: &str) -> Result<(), ExportError> {
        match self.0.narrowed() {
            None => Ok(()),
            Some(_) => match self.sees(&state.exports.get(id).await?) {
                true => Ok(()),
                false => Err(ExportError::Unknown { id: id.to_owned() }),
            },
        }
    }

    /// One page of the jobs that it sees, newest first, among those that `is_wanted`.
    pub async fn jobs(
        &self,
        state: &AppState,
        limit: usize,
        cursor: Option<&str>,
        is_wanted: impl Fn(&Job) -> bool,
    ) -> Result<(Vec<Job>, Option<String>), ExportError> {
        if let Some(cursor) = cursor {
            self.check(state, cursor).await?;
        }
        let is_seen = |job: &Job| self.sees(job) && is_wanted(job);
        state.exports.list_where(limit, cursor, is_seen).await
    }
}

impl FromRequestParts<AppState> for Exporter {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        Ok(Self(Caller::from_parts(parts, state)?))
    }
}
