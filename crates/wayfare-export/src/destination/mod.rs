//! Destinations: where finished exports are sent to, kept with their secrets sealed.
//!
//! [`kinds`] says what each kind needs, [`place`] reaches one, [`upload`] sends an export's files to it, [`email`] letters
//! and [`webhook`] a message in their place; [`delivery`] is what is known of one export on its way to one destination, and
//! [`sender`] brings them all there.

mod connections;
pub mod delivery;
mod disk;
pub mod email;
mod folder;
pub mod kinds;
mod objects;
mod place;
mod prefix;
pub(crate) mod refusal;
pub mod sealed;
pub(crate) mod sender;
mod service_account;
mod sftp;
mod sftp_packets;
mod source;
mod ssh;
pub mod test;
pub mod trouble;
mod upload;
mod webhook;

use crate::error::ExportError;
use crate::job::{Job, Status};
use crate::jobs::{Exports, Inner};
use crate::schedule::Schedule;
use delivery::Delivery;
use kinds::Settings;
use place::{Around, open_folder};
use prefix::{Facts, fill};
use sealed::{Asked, SealedSecrets, Secrets};
use serde_json::{Map, Value};
use test::TestReport;
use wayfare_model::time::Instant;
use wayfare_segment::library;
use wayfare_store::DestinationRow;

/// The most destinations of one export.
const MOST: usize = 20;
/// More schedules than there are.
const ALL: usize = u32::MAX as usize;

/// A destination as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// `dst_…`
    pub id: String,
    /// From 1; each change makes the next.
    pub revision: u64,
    /// What people call it.
    pub name: String,
    /// Whether nothing is sent there for now.
    pub disabled: bool,
    /// Its settings; of a secret only whether it is set.
    pub settings: Map<String, Value>,
    /// When it was changed so.
    pub changed_at: Instant,
    /// Who changed it.
    pub changed_by: String,
    /// The secret to sign with that was just made for it: it is told this once.
    pub made_secret: Option<String>,
}

/// What a destination is to be.
#[derive(Debug, Clone)]
pub struct DestinationForm {
    /// What people call it.
    pub name: String,
    /// Whether nothing is sent there for now.
    pub disabled: bool,
    /// Its settings, its secrets among them.
    pub settings: Map<String, Value>,
}

impl Exports {
    /// The destinations, by name.
    pub async fn destinations(&self) -> Result<Vec<Destination>, ExportError> {
        let mut rows = self.0.store.destinations().await?;
        rows.sort_by_cached_key(|row| (row.name.to_lowercase(), row.id.clone()));
        rows.into_iter().map(shown).collect()
    }

    /// One destination.
    pub async fn destination(&self, id: &str) -> Result<Destination, ExportError> {
        shown(self.0.destination(id).await?)
    }

    /// Makes a destination.
    pub async fn create_destination(
        &self,
        form: DestinationForm,
        made_by: &str,
    ) -> Result<Destination, ExportError> {
        let asked = sealed::take_apart(form.settings)?;
        let secrets = asked.secrets(None)?;
        let id = DestinationRow::new_id();
        self.0.put_destination(id, 1, (&form.name, form.disabled), &asked, secrets, made_by).await
    }

    /// Changes a destination that is still at `revision`.
    pub async fn change_destination(
        &self,
        id: &str,
        revision: u64,
        form: DestinationForm,
        changed_by: &str,
    ) -> Result<Destination, ExportError> {
        let row = self.0.destination(id).await?;
        if row.revision != revision {
            return Err(ExportError::Outdated { what: "destination", revision: row.revision });
        }
        let asked = sealed::take_apart(form.settings)?;
        let secrets = self.0.secrets(&asked, Some(&row))?;
        let named = (form.name.as_str(), form.disabled);
        self.0.put_destination(row.id, revision + 1, named, &asked, secrets, changed_by).await
    }

    /// Deletes a destination; what is on its way there is given up. Refused while schedules send there: every run of theirs
    /// would fail.
    pub async fn remove_destination(&self, id: &str) -> Result<(), ExportError> {
        self.0.destination(id).await?;
        let by = self.0.schedules_to(id).await?;
        if !by.is_empty() {
            return Err(ExportError::InUse { what: "destination", by });
        }
        match self.0.store.remove_destination(id).await? {
            true => Ok(()),
            false => Err(ExportError::NoSuch { what: "destination", id: id.into() }),
        }
    }

    /// Tests a destination as it is kept.
    pub async fn test_destination(&self, id: &str) -> Result<TestReport, ExportError> {
        let row = self.0.destination(id).await?;
        let (settings, secrets) = self.0.open(&row)?;
        self.0.tested(&settings, &secrets, &row.name).await
    }

    /// Tests settings that are not kept; secrets that stay are those of the destination `of`. A webhook that has no secret to
    /// sign with yet is signed for with one that is made for the test and forgotten.
    pub async fn test_settings(
        &self,
        settings: Map<String, Value>,
        of: Option<&str>,
    ) -> Result<TestReport, ExportError> {
        let row = match of {
            Some(id) => Some(self.0.destination(id).await?),
            None => None,
        };
        let asked = sealed::take_apart(settings)?;
        let (secrets, _) = self.0.secrets(&asked, row.as_ref())?.completed(&asked.settings)?;
        let name = row.as_ref().map_or("test", |row| row.name.as_str());
        self.0.tested(&asked.settings, &secrets, name).await
    }

    /// Sends a complete export to destinations, or once more where it did not arrive. Its own e-mail is called `email`.
    pub async fn deliver(&self, id: &str, destinations: &[String]) -> Result<Job, ExportError> {
        let _one_at_a_time = self.0.asking.lock().await;
        let job = self.0.kept(id).await?;
        let why = match (job.job.status, job.job.files_gone) {
            (Status::Complete, false) if job.told => None,
            (Status::Complete, false) => Some("it is just being finished; ask again in a moment"),
            (Status::Complete, true) => Some("its files are not kept any more; run it again"),
            _ => Some("there are no files to send"),
        };
        if let Some(why) = why {
            let status = job.job.status.name().to_owned();
            return Err(ExportError::State { id: id.into(), status, why: why.into() });
        }
        if destinations.is_empty() {
            return Err(ExportError::refused("destinations", "names no destination"));
        }
        let Job { kind, created_at, email, .. } = &job.job;
        let asked = self.0.deliveries_to(destinations, email.as_deref(), id, kind, *created_at).await?;
        let now = (self.0.settings.now)();
        let kept = self
            .0
            .change(id, |kept| {
                for delivery in asked {
                    let mut known = kept.job.deliveries.iter_mut();
                    match known.find(|known| known.destination == delivery.destination) {
                        Some(known) if known.is_waiting() => {}
                        Some(known) => *known = known.clone().due(now),
                        None => kept.job.deliveries.push(delivery.due(now)),
                    }
                }
            })
            .await?;
        self.0.deliveries.add(&kept);
        Ok(kept.job)
    }
}

impl Inner {
    /// Deliveries of an export to destinations; refused where one is not there or disabled. Where a letter to somebody is
    /// known, it may be named among them.
    pub async fn deliveries_to(
        &self,
        destinations: &[String],
        letter_to: Option<&str>,
        export: &str,
        kind: &str,
        asked_at: Instant,
    ) -> Result<Vec<Delivery>, ExportError> {
        if destinations.len() > MOST {
            return Err(ExportError::refused("destinations", format!("may name {MOST} at the most")));
        }
        let mut deliveries = Vec::with_capacity(destinations.len());
        for (index, id) in destinations.iter().enumerate() {
            let refuse = |why: String| Err(ExportError::refused(format!("destinations[{index}]"), why));
            if destinations[..index].contains(id) {
                return refuse(format!("names `{id}` a second time"));
            }
            if let (email::REQUEST, Some(to)) = (id.as_str(), letter_to) {
                deliveries.push(email::asked(to.to_owned()));
                continue;
            }
            let Some(row) = self.store.destination(id).await? else {
                return refuse(format!("there is no destination `{id}`"));
            };
            if row.disabled {
                return refuse(format!("`{}` is disabled", row.name));
            }
            let facts = Facts { asked_at, id: export, kind, name: &row.name };
            let settings = read_settings(&row)?;
            let folder = settings.prefix().map(|prefix| fill(prefix, &facts)).unwrap_or_default();
            deliveries.push(Delivery::asked(row.id, row.name, folder));
        }
        Ok(deliveries)
    }

    /// The schedules whose exports are sent to a destination, by name and id.
    async fn schedules_to(&self, id: &str) -> Result<Vec<String>, ExportError> {
        let mut schedules = Vec::new();
        for row in self.store.schedules(ALL, None).await? {
            let Schedule { id: schedule, draft, .. } = Schedule::read(&row)?;
            if draft.request.destinations.iter().any(|known| known == id) {
                schedules.push(format!("`{}` ({schedule})", draft.name));
            }
        }
        Ok(schedules)
    }

    async fn tested(
        &self,
        settings: &Settings,
        secrets: &Secrets,
        name: &str,
    ) -> Result<TestReport, ExportError> {
        match settings {
            Settings::Email(email) => Ok(self.test_letters(&email.to).await?.report),
            Settings::Webhook(to) => {
                Ok(webhook::test(&self.outbound, to, secrets, name, (self.settings.now)()).await)
            }
            _ => Ok(test::test(settings, secrets, self.around(), &test_id(), name).await),
        }
    }

    /// What reaching a destination needs.
    fn around(&self) -> Around<'_> {
        Around {
            outbound: &self.outbound,
            folder_root: self.settings.destination_folder_root.as_deref(),
            data: self.store.data_dir(),
            now: self.settings.now,
        }
    }

    /// The settings and secrets of a destination.
    async fn opened(&self, id: &str) -> Result<(Settings, Secrets), ExportError> {
        self.open(&self.destination(id).await?)
    }

    fn open(&self, row: &DestinationRow) -> Result<(Settings, Secrets), ExportError> {
        let sealed: SealedSecrets = serde_json::from_str(&row.secrets)?;
        Ok((read_settings(row)?, sealed::open(&self.settings.vault, &row.id, &sealed)?))
    }

    async fn destination(&self, id: &str) -> Result<DestinationRow, ExportError> {
        let row = self.store.destination(id).await?;
        row.ok_or_else(|| ExportError::NoSuch { what: "destination", id: id.into() })
    }

    /// The secrets that were asked for; those that stay are opened.
    fn secrets(&self, asked: &Asked, row: Option<&DestinationRow>) -> Result<Secrets, ExportError> {
        match row.filter(|_| !asked.stays.is_empty()) {
            None => asked.secrets(None),
            Some(row) => {
                let (settings, secrets) = self.open(row)?;
                asked.secrets(Some((&settings, &secrets)))
            }
        }
    }

    async fn put_destination(
        &self,
        id: String,
        revision: u64,
        (name, disabled): (&str, bool),
        asked: &Asked,
        secrets: Secrets,
        changed_by: &str,
    ) -> Result<Destination, ExportError> {
        let name = library::name(name).map_err(|why| ExportError::refused("name", why))?;
        self.check_place(&asked.settings).await?;
        let (secrets, made_secret) = secrets.completed(&asked.settings)?;
        let secrets = sealed::seal(&self.settings.vault, &id, &secrets)?;
        let row = DestinationRow {
            id,
            revision,
            name,
            disabled,
            settings: serde_json::to_string(&asked.settings)?,
            secrets: serde_json::to_string(&secrets)?,
            changed_at: (self.settings.now)(),
            changed_by: changed_by.into(),
        };
        match self.store.put_destination(&row).await? {
            true => Ok(Destination { made_secret, ..shown(row)? }),
            false => Err(ExportError::Outdated { what: "destination", revision: row.revision }),
        }
    }

    /// Refuses what could never be reached from here.
    async fn check_place(&self, settings: &Settings) -> Result<(), ExportError> {
        let mut path = "settings.endpoint";
        let endpoint = match settings {
            Settings::S3(bucket) => bucket.endpoint.as_deref(),
            Settings::Azure(container) => container.endpoint.as_deref(),
            Settings::Gcs(_) | Settings::Sftp(_) | Settings::Email(_) => None,
            Settings::Webhook(webhook) => {
                path = "settings.url";
                Some(webhook.url.as_str())
            }
            Settings::Folder(folder) => {
                let opened = open_folder(folder, self.around()).await;
                return opened
                    .map(drop)
                    .map_err(|trouble| ExportError::refused("settings.path", trouble.said));
            }
        };
        match endpoint.map(|endpoint| self.outbound.target(endpoint)) {
            None | Some(Ok(_)) => Ok(()),
            Some(Err(error)) => Err(ExportError::refused(path, error.to_string())),
        }
    }
}

fn read_settings(row: &DestinationRow) -> Result<Settings, ExportError> {
    Settings::read(serde_json::from_str(&row.settings)?)
}

fn shown(row: DestinationRow) -> Result<Destination, ExportError> {
    let sealed: SealedSecrets = serde_json::from_str(&row.secrets)?;
    let settings = sealed::shown(&read_settings(&row)?, |name| sealed.contains_key(name))?;
    let DestinationRow { id, revision, name, disabled, changed_at, changed_by, .. } = row;
    Ok(Destination { id, revision, name, disabled, settings, changed_at, changed_by, made_secret: None })
}

fn test_id() -> String {
    format!("test-{}", uuid::Uuid::now_v7().simple())
}
