//! Verify over the files of a job.

use crate::error::ExportError;
use crate::job::Status;
use crate::jobs::Exports;
use crate::progress::Control;
use crate::verify::{Check, ExportReport, verify_with};

impl Exports {
    /// Reads the files of a complete job again and holds them against its manifest, and that against its signature where
    /// this service signs. Dropped, it stops.
    pub async fn verify(&self, id: &str) -> Result<ExportReport, ExportError> {
        let job = self.0.kept(id).await?.job;
        if job.status != Status::Complete || job.files_gone {
            let status = job.status.name().to_owned();
            return Err(ExportError::State {
                id: id.into(),
                status,
                why: "there are no files to check".into(),
            });
        }
        let control = Control::new();
        let _stop = control.cancel_token().clone().drop_guard();
        let directory = self.0.directory(id);
        let reading = control.clone();
        // An export from before this service signed has no signature: that alone is nothing wrong.
        let signed = directory.join(crate::signing::SIGNATURE).is_file();
        let key = self.0.settings.signing_key.as_ref().filter(|_| signed).map(|key| key.public_key());
        let verified = tokio::task::spawn_blocking(move || {
            verify_with(&[directory], &Check { public_key: key.as_ref(), control: reading })
        });
        let report = verified.await.map_err(|error| ExportError::Worker(error.to_string()))??;
        report.exports.into_iter().next().ok_or_else(|| ExportError::Unknown { id: id.into() })
    }
}
