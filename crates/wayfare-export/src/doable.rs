//! Whether a request can be done with the data there are: it is refused when it is asked, not when its turn comes.

use crate::error::ExportError;
use crate::jobs::Inner;
use crate::manifest::Filter;
use crate::plan::Plan;
use crate::prepare::{filter, zone};
use crate::request::ExportRequest;
use crate::{positions, tables};
use jiff::tz::TimeZone;
use wayfare_segment::definition::Definition;
use wayfare_segment::library::Library;
use wayfare_store::Snapshot;

/// A request that was held against the data.
pub(crate) struct Doable {
    /// What would be read and written, a table each.
    pub plans: Vec<Plan>,
    /// Who is meant, in words.
    pub filter: Option<Filter>,
    /// Who is meant, with what that refers to.
    pub meant: Option<(Definition, Library)>,
    /// The zone of calendar units.
    pub zone: TimeZone,
}

impl Inner {
    /// Refuses a request that cannot be done.
    pub async fn doable(&self, request: &ExportRequest, snapshot: &Snapshot) -> Result<Doable, ExportError> {
        let plans = tables::plans(request, snapshot.dictionary())?;
        // A key of hashes that is not there is told to whoever asks.
        self.unlock(&mut request.clone()).await?;
        positions::window(request, snapshot.position())?;
        if let Some(hook) = &request.hook {
            let checked = self.outbound.target(hook);
            checked.map_err(|error| ExportError::refused(request.hook_path(), error.to_string()))?;
        }
        let zone = zone(request)?;
        let filter = filter(request)?;
        let meant = match &request.definition {
            None => None,
            Some(raw) => {
                let definition = Definition::parse(raw.get())?;
                let library = snapshot.library(&definition).await?;
                if let Some(applied) = &request.policy {
                    applied.policy.check_definition(&definition, &library)?;
                }
                definition.check(snapshot.dictionary(), &library)?;
                Some((definition, library))
            }
        };
        let columns = crate::computed::read(request)?;
        crate::computed::check(snapshot, &columns, request.policy.as_ref()).await?;
        Ok(Doable { plans, filter, meant, zone })
    }
}
