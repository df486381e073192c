//! The files of complete exports: links to them, what links lead to, manifests.

use crate::audit::{self, Deed};
use crate::data_dictionary::DataDictionary;
use crate::error::ExportError;
use crate::job::{Job, KeptJob, Status};
use crate::jobs::{Exports, Inner};
use crate::link::{Link, LinkError};
use crate::manifest::{MANIFEST, Manifest};
use crate::part_file::hex;
use crate::request::Surface;
use crate::signing::SIGNATURE;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::path::PathBuf;

/// What a link leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Download {
    /// One file.
    File {
        /// Where it lies.
        path: PathBuf,
        /// The name to save it under.
        name: String,
        /// Its bytes.
        bytes: u64,
        /// Its SHA-256: what an entity tag is made of.
        sha256: String,
        /// Its media type.
        media_type: &'static str,
    },
    /// The list of an export's files.
    List {
        /// The export.
        id: String,
        /// Its files.
        files: Vec<ListedFile>,
    },
}

/// A file in a list of downloads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedFile {
    /// Its name.
    pub file: String,
    /// The link to it.
    pub url: String,
    /// Its rows.
    pub rows: u64,
    /// Its bytes.
    pub bytes: u64,
}

impl Exports {
    /// A new link to the files of a complete job.
    pub async fn link(&self, id: &str, by: &str) -> Result<Link, ExportError> {
        let kept = self.0.kept(id).await?;
        let why = match (kept.job.status, kept.job.files_gone) {
            (Status::Complete, false) => None,
            (Status::Complete, true) => Some("its files are not kept any more; run it again"),
            _ => Some("there are no files to link to"),
        };
        if let Some(why) = why {
            let status = kept.job.status.name().to_owned();
            return Err(ExportError::State { id: id.into(), status, why: why.into() });
        }
        let link = self.0.link_to(&kept.job);
        let detail = json!({"expires_at": link.expires_at});
        let audited = audit::row((self.0.settings.now)(), by, Deed::LinkMade, id, &detail);
        self.0.change_audited(id, &audited, |kept| kept.job.link = Some(link.clone())).await?;
        Ok(link)
    }

    /// Takes back every link to the files of a job, whoever has it; new ones may be made.
    pub async fn revoke_links(&self, id: &str, by: &str) -> Result<Job, ExportError> {
        let audited = audit::row((self.0.settings.now)(), by, Deed::LinksRevoked, id, &json!({}));
        let revoke = |kept: &mut KeptJob| {
            kept.job.link = None;
            kept.job.link_generation = kept.job.link_generation.saturating_add(1);
        };
        self.0.change_audited(id, &audited, revoke).await?;
        self.get(id).await
    }

    /// A link to each file of a complete job, and to its manifest, all of which end at the same time.
    pub fn links(&self, job: &Job) -> (Vec<ListedFile>, Link) {
        let manifest = self.0.link_to_file(job, MANIFEST);
        let expires = manifest.expires_at.micros().div_euclid(1_000_000);
        (self.0.listed(job, expires), manifest)
    }

    /// A link to the file of a job of the v1 surface, which works from the moment that the job is complete.
    pub fn v1_link(&self, job: &Job) -> Link {
        self.0.link_to_file(job, &job.v1_file_name())
    }

    /// Jobs of one kind, newest first, as [`list`](Self::list) gives them.
    pub async fn list_where(
        &self,
        limit: usize,
        cursor: Option<&str>,
        is_wanted: impl Fn(&Job) -> bool,
    ) -> Result<(Vec<Job>, Option<String>), ExportError> {
        let mut cursor = cursor.map(str::to_owned);
        let mut found = Vec::new();
        loop {
            let (jobs, next) = self.list(limit, cursor.as_deref()).await?;
            for job in jobs.into_iter().filter(&is_wanted) {
                if found.len() == limit {
                    let last = found.last().map(|job: &Job| job.id.clone());
                    return Ok((found, last));
                }
                found.push(job);
            }
            match next {
                Some(next) => cursor = Some(next),
                None => return Ok((found, None)),
            }
        }
    }

    /// What a signed link leads to.
    pub async fn resolve_link(
        &self,
        id: &str,
        file: Option<&str>,
        expires: i64,
        signature: &str,
    ) -> Result<Download, LinkError> {
        let kept = self.0.kept(id).await.ok();
        let generation = kept.as_ref().map_or(0, |kept| kept.job.link_generation);
        let now = (self.0.settings.now)();
        self.0.links.check(id, file, generation, expires, signature, now)?;
        let kept = kept.ok_or(LinkError::Gone)?;
        match (kept.job.status, kept.job.files_gone) {
            (Status::Complete, false) => {}
            (status, false) if !status.is_final() => return Err(LinkError::NotYet),
            _ => return Err(LinkError::Gone),
        }
        let Some(file) = file else {
            return Ok(Download::List { id: id.into(), files: self.0.listed(&kept.job, expires) });
        };
        if file == MANIFEST {
            return self.0.manifest_file(id).map_err(|_| LinkError::Gone);
        }
        // Only names that the job itself recorded lead anywhere, so no path leaves its directory.
        let mut parts = kept.job.parts.iter();
        let part = parts.find(|part| kept.job.linked_name(part) == file).ok_or(LinkError::Invalid)?;
        let path = self.0.directory(id).join(&part.file);
        if !path.is_file() {
            return Err(LinkError::Gone);
        }
        let name = match (kept.job.surface, kept.job.parts.len()) {
            (Surface::V1, _) => file.to_owned(),
            (Surface::Native, 1) => part.file.replacen("part-00001", id, 1),
            _ => format!("{id}-{file}"),
        };
        let (bytes, sha256) = (part.bytes, part.sha256.clone());
        Ok(Download::File { path, name, bytes, sha256, media_type: media_type(&kept.job) })
    }

    /// The manifest of a complete job.
    pub async fn manifest(&self, id: &str) -> Result<Manifest, ExportError> {
        Ok(serde_json::from_slice(&self.manifest_file(id).await?.0)?)
    }

    /// The data dictionary of a complete job.
    pub async fn data_dictionary(&self, id: &str) -> Result<DataDictionary, ExportError> {
        DataDictionary::read(&self.complete_directory(id, "there is no data dictionary").await?)
    }

    /// The manifest as it stands in the file, with its signature where it has one.
    pub async fn manifest_file(&self, id: &str) -> Result<(Vec<u8>, Option<Vec<u8>>), ExportError> {
        let directory = self.complete_directory(id, "there is no manifest").await?;
        let path = directory.join(MANIFEST);
        let manifest = std::fs::read(&path).map_err(ExportError::file(&path))?;
        // Most have none.
        Ok((manifest, std::fs::read(directory.join(SIGNATURE)).ok()))
    }

    async fn complete_directory(&self, id: &str, why: &str) -> Result<PathBuf, ExportError> {
        let kept = self.0.kept(id).await?;
        if kept.job.status != Status::Complete || kept.job.files_gone {
            let status = kept.job.status.name().to_owned();
            return Err(ExportError::State { id: id.into(), status, why: why.into() });
        }
        Ok(self.0.directory(id))
    }
}

impl Inner {
    /// A link to the file of a job, or to the list of its files.
    pub fn link_to(&self, job: &Job) -> Link {
        let file = match (job.surface, job.parts.as_slice()) {
            (Surface::Native | Surface::V1, [only]) => Some(job.linked_name(only)),
            _ => None,
        };
        self.links.make(&job.id, file.as_deref(), job.link_generation, (self.settings.now)())
    }

    pub fn link_to_file(&self, job: &Job, file: &str) -> Link {
        self.links.make(&job.id, Some(file), job.link_generation, (self.settings.now)())
    }

    fn listed(&self, job: &Job, expires: i64) -> Vec<ListedFile> {
        let listed = job.parts.iter().map(|part| ListedFile {
            file: part.file.clone(),
            url: self.links.url(&job.id, Some(&job.linked_name(part)), job.link_generation, expires),
            rows: part.rows,
            bytes: part.bytes,
        });
        listed.collect()
    }

    fn manifest_file(&self, id: &str) -> Result<Download, ExportError> {
        let path = self.directory(id).join(MANIFEST);
        let text = std::fs::read(&path).map_err(ExportError::file(&path))?;
        Ok(Download::File {
            path,
            name: format!("{id}-{MANIFEST}"),
            bytes: text.len() as u64,
            sha256: hex(&Sha256::digest(&text)),
            media_type: "application/json",
        })
    }
}

/// The media type of a job's parts.
pub(crate) fn media_type(job: &Job) -> &'static str {
    use crate::request::{Compression, Format};
    match (job.compression, job.format) {
        (_, Format::Arrow) => "application/vnd.apache.arrow.file",
        (_, Format::Xlsx) => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        (Some(Compression::Gzip), _) => "application/gzip",
        (Some(Compression::Zstd), _) => "application/zstd",
        (None, Format::Csv) => "text/csv; charset=utf-8",
        (None, Format::Ndjson) => "application/x-ndjson",
        (None, Format::Parquet) => "application/vnd.apache.parquet",
    }
}
