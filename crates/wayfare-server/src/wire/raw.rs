//! The raw surfaces. Their bodies are read by the export room, whose form of them is the same on the command line; the
//! types of bodies here describe them.

use super::export::FilterOperator;
use super::job::{HookProgress, JobProgress, JobStatus};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wayfare_export::{Exports, Job, Status, metadata};

/// A raw export of version 1.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only its description is used")]
pub struct RawExportV1 {
    /// Who is meant; everyone where it is left out.
    #[schema(required = false)]
    segment: Option<RawSegment>,
    /// Who is meant, in the form that came before saved segments: groups of conditions on attributes.
    #[schema(value_type = Option<Object>, required = false)]
    vertical: Option<serde_json::Value>,
    /// Attributes: public names, short codes, `c_…`; `["*"]` means all.
    #[schema(required = false)]
    attributes: Vec<String>,
    /// Events; a row each, with the attributes on it.
    #[schema(required = false)]
    events: Option<RawEventsV1>,
    /// The form of the file; `json` is one object a line.
    format: RawFormatV1,
    /// Gets `{"url": …}` when the file is there.
    #[schema(example = "https://client.example/hook")]
    hook: String,
}

/// Whose rows.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only its description is used")]
pub struct RawSegment {
    /// The id of a saved segment or list, or the number of a saved segment.
    #[schema(value_type = Option<RawSegmentId>, required = false)]
    segment_id: Option<serde_json::Value>,
    /// A definition, in place of an id.
    #[schema(value_type = Option<Object>, required = false)]
    definition: Option<serde_json::Value>,
}

/// An id, or a number.
#[derive(ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its description is used")]
pub enum RawSegmentId {
    /// `seg_…` or `lst_…`
    Id(String),
    /// A number.
    Number(u64),
}

/// Which events.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only its description is used")]
pub struct RawEventsV1 {
    /// The first instant that is in, in epoch seconds.
    start_date: u64,
    /// The first instant that is out again, in epoch seconds.
    end_date: u64,
    /// The events, each once.
    #[schema(min_items = 1)]
    wanted: Vec<RawWanted>,
}

/// One event that is wanted.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only its description is used")]
pub struct RawWanted {
    /// Its name.
    event_name: String,
    /// Parameters wanted as columns.
    #[schema(required = false)]
    params: Vec<String>,
    /// One filter at the most.
    #[schema(required = false, max_items = 1)]
    filters: Vec<RawFilter>,
}

/// A filter on an event; it has either `values` or `values_url`.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only its description is used")]
pub struct RawFilter {
    /// A parameter's name.
    key: String,
    /// How it compares.
    operator: FilterOperator,
    /// With what: strings or numbers.
    #[schema(required = false)]
    values: Option<Vec<serde_json::Value>>,
    /// The address of a file with one value a line, without a header.
    #[schema(required = false)]
    values_url: Option<String>,
}

/// The form of the file.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[allow(dead_code, reason = "only its description is used")]
pub enum RawFormatV1 {
    /// Comma-separated values.
    Csv,
    /// Apache Parquet.
    Parquet,
    /// One JSON object a line.
    Json,
}

/// A raw export of version 1 that was taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct RawExportV1Accepted {
    /// The job, which `/api/v1/exports/{id}` tells of.
    pub id: String,
    /// Where it stands.
    pub status: String,
    /// Where the file will be; until it is, the answer there is 503 with `Retry-After`.
    pub url: String,
}

/// A raw export of version 2.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only its description is used")]
pub struct RawExportV2 {
    /// Who is meant; everyone where neither this nor `events_query` is given.
    #[schema(required = false)]
    segment: Option<RawSegment>,
    /// Who is meant, by what they did: `from`, `to` and `wanted`, one of which they did; or a definition.
    #[schema(value_type = Option<Object>, required = false)]
    events_query: Option<serde_json::Value>,
    /// Attributes: public names, and `custom.<name>` for those of the customer's own; `["*"]` means all.
    #[schema(required = false)]
    attributes: Vec<String>,
    /// Events.
    #[schema(required = false)]
    events: Option<RawEventsV2>,
    /// The form of the files.
    format: RawFormatV2,
    /// Is told when the export is over.
    #[schema(required = false)]
    webhook: Option<String>,
}

/// Which events.
#[derive(ToSchema)]
#[allow(dead_code, reason = "only its description is used")]
pub struct RawEventsV2 {
    /// The first instant that is in; RFC 3339 or epoch seconds.
    #[schema(value_type = RawInstant)]
    from: serde_json::Value,
    /// The first instant that is out again; RFC 3339 or epoch seconds.
    #[schema(value_type = RawInstant)]
    to: serde_json::Value,
    /// The events, each once.
    #[schema(min_items = 1)]
    wanted: Vec<RawWanted>,
}

/// An instant.
#[derive(ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its description is used")]
pub enum RawInstant {
    /// RFC 3339.
    #[schema(format = DateTime)]
    Text(String),
    /// Epoch seconds.
    Seconds(u64),
}

/// The form of the files.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[allow(dead_code, reason = "only its description is used")]
pub enum RawFormatV2 {
    /// Comma-separated values.
    Csv,
    /// Apache Parquet.
    Parquet,
}

/// A raw export of version 2 that was taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct RawExportV2Accepted {
    /// Its id.
    pub export_id: String,
    /// Where it stands.
    pub status: JobStatus,
}

/// A raw export of version 2.
#[derive(Debug, Serialize, ToSchema)]
pub struct RawExportV2Status {
    /// Its id.
    pub export_id: String,
    /// Where it stands.
    pub status: JobStatus,
    /// When it was asked for.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When it was complete, failed or cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    pub finished_at: Option<String>,
    /// What is written so far, all files together.
    pub progress: JobProgress,
    /// The files, once it is complete.
    pub files: Vec<RawFile>,
    /// A link to the manifest, once it is complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub manifest: Option<String>,
    /// When the links end; ask again for new ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    pub links_expire_at: Option<String>,
    /// Until when the files are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    pub files_kept_until: Option<String>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub error: Option<String>,
    /// What the reader should know, in words.
    pub warnings: Vec<String>,
    /// What became of the webhook.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub webhook: Option<HookProgress>,
}

/// A file of a raw export.
#[derive(Debug, Serialize, ToSchema)]
pub struct RawFile {
    /// Its name, in the folder of its table: `attributes/part-00001.csv`.
    pub file: String,
    /// `attributes` or `events`
    pub table: String,
    /// Its rows.
    pub rows: u64,
    /// Its bytes.
    pub bytes: u64,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// The link to it.
    pub url: String,
}

/// Raw exports of version 2, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct RawExportsV2 {
    /// The exports.
    pub exports: Vec<RawExportV2Status>,
    /// Leads to the next page, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next_cursor: Option<String>,
}

impl RawExportV2Status {
    /// A job as this surface tells of it.
    pub fn of(job: Job, exports: &Exports) -> Self {
        let time = |at: wayfare_model::time::Instant| at.to_string();
        let links = (job.status == Status::Complete && !job.files_gone).then(|| exports.links(&job));
        let (listed, manifest) = links.map_or((Vec::new(), None), |(files, link)| (files, Some(link)));
        let files = job.parts.iter().zip(listed).map(|(part, listed)| RawFile {
            table: part.file.split('/').next().unwrap_or_default().to_owned(),
            file: part.file.clone(),
            rows: part.rows,
            bytes: part.bytes,
            sha256: part.sha256.clone(),
            url: listed.url,
        });
        Self {
            files: files.collect(),
            links_expire_at: manifest.as_ref().map(|link| time(link.expires_at)),
            manifest: manifest.map(|link| link.url),
            webhook: HookProgress::of(&job),
            export_id: job.id,
            status: job.status.into(),
            created_at: time(job.created_at),
            finished_at: job.finished_at.map(time),
            progress: job.progress.into(),
            files_kept_until: job.files_kept_until.map(time),
            error: job.error,
            warnings: job.warnings,
        }
    }
}

/// What names are asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MetadataColumns {
    /// Of what.
    pub table: ColumnsTable,
}

/// What has names.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ColumnsTable {
    /// Attributes of profiles.
    Contacts,
    /// Events and their parameters.
    Events,
}

/// An attribute, or an event with its parameters.
#[derive(Debug, Serialize, ToSchema)]
pub struct MetadataColumn {
    /// The name to write into a request; those of the customer's own start with `c_`.
    pub key: String,
    /// The same for people.
    pub display_name: String,
    /// `string`, `number`, `boolean`, `date`, `array`; `event` for an event.
    pub r#type: String,
    /// The parameters of an event.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub params: Option<Vec<MetadataParameter>>,
}

/// A parameter of an event.
#[derive(Debug, Serialize, ToSchema)]
pub struct MetadataParameter {
    /// The name to write into a request; those of the customer's own start with `c_`.
    pub key: String,
    /// The same for people.
    pub display_name: String,
    /// `string`, `number`, `boolean`, `date`, `array`
    pub r#type: String,
}

impl From<metadata::MetadataColumn> for MetadataColumn {
    fn from(column: metadata::MetadataColumn) -> Self {
        let parameter = |of: metadata::MetadataColumn| MetadataParameter {
            key: of.key,
            display_name: of.display_name,
            r#type: of.kind.to_owned(),
        };
        Self {
            key: column.key,
            display_name: column.display_name,
            r#type: column.kind.to_owned(),
            params: column.params.map(|params| params.into_iter().map(parameter).collect()),
        }
    }
}
