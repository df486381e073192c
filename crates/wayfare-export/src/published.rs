//! The files of a complete job by name, for callers who may see the job; and jobs read without a service that has them.

use crate::downloads::{Download, media_type};
use crate::error::ExportError;
use crate::job::{Job, KeptJob, Status};
use crate::jobs::Exports;
use crate::manifest::{MANIFEST, listed_files};
use crate::part_file::hex;
use crate::signing::SIGNATURE;
use sha2::{Digest, Sha256};
use wayfare_store::Store;

impl Exports {
    /// A file of a complete job: its manifest, the signature of that, or a file that the manifest lists.
    pub async fn file(&self, id: &str, file: &str) -> Result<Download, ExportError> {
        let kept = self.0.kept(id).await?;
        let why = match (kept.job.status, kept.job.files_gone) {
            (Status::Complete, false) => None,
            (Status::Complete, true) => Some("its files are not kept any more; run it again"),
            _ => Some("there are no files yet"),
        };
        if let Some(why) = why {
            let status = kept.job.status.name().to_owned();
            return Err(ExportError::State { id: id.into(), status, why: why.into() });
        }
        let directory = self.0.directory(id);
        let path = directory.join(MANIFEST);
        let manifest = std::fs::read(&path).map_err(ExportError::file(&path))?;
        if file == MANIFEST {
            let sha256 = hex(&Sha256::digest(&manifest));
            let (name, bytes) = (MANIFEST.to_owned(), manifest.len() as u64);
            return Ok(Download::File { path, name, bytes, sha256, media_type: "application/json" });
        }
        if file == SIGNATURE
            && let Ok(signature) = std::fs::read(directory.join(SIGNATURE))
        {
            let (name, bytes) = (SIGNATURE.to_owned(), signature.len() as u64);
            let (path, sha256) = (directory.join(SIGNATURE), hex(&Sha256::digest(&signature)));
            return Ok(Download::File { path, name, bytes, sha256, media_type: "application/octet-stream" });
        }
        // Only names that the manifest lists lead anywhere, so no path leaves the job's directory.
        let listed = listed_files(&manifest)?.into_iter().find(|listed| listed.file == file);
        let listed = listed.ok_or_else(|| ExportError::NoFile { id: id.into(), file: file.into() })?;
        let media_type = match listed.file.ends_with(".json") {
            true => "application/json",
            false => media_type(&kept.job),
        };
        let name = listed.file.replace('/', "-");
        let path = directory.join(&listed.file);
        Ok(Download::File { path, name, bytes: listed.bytes, sha256: listed.sha256, media_type })
    }
}

/// Jobs of a store, newest first and at most so many.
pub async fn jobs_of(store: &Store, limit: usize) -> Result<Vec<Job>, ExportError> {
    store.exports(limit, None).await?.iter().map(|row| Ok(KeptJob::read(row)?.job)).collect()
}

/// A job of a store.
pub async fn job_of(store: &Store, id: &str) -> Result<Job, ExportError> {
    let row = store.export(id).await?.ok_or_else(|| ExportError::Unknown { id: id.into() })?;
    Ok(KeptJob::read(&row)?.job)
}
