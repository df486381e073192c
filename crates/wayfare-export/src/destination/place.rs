//! A destination that is reached: the same few acts, whatever its kind.

use super::disk;
use super::folder::LocalFolder;
use super::kinds::{Folder, Settings};
use super::objects::Objects;
use super::sealed::Secrets;
use super::sftp::SftpSession;
use super::source::Source;
use super::trouble::{Fault, Trouble};
use crate::outbound::Outbound;
use bytes::Bytes;
use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::time::Duration;
use wayfare_model::time::Instant;

/// How long a folder may take for something small.
const FOLDER_PATIENCE: Duration = Duration::from_secs(60);
/// How long a copy into a folder may take without a byte more; a disk may need some time at the end to take in all of it.
const COPY_PATIENCE: Duration = Duration::from_secs(600);

/// What lies at a destination under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its bytes.
    pub bytes: u64,
    /// The SHA-256 that the destination tells of it.
    pub sha256: Option<String>,
}

/// What reaching a destination needs of this service.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// Makes connections, as far as they are allowed.
    pub outbound: &'a Outbound,
    /// Below which folders of this machine may be written.
    pub folder_root: Option<&'a Path>,
    /// The data directory, which no folder may touch.
    pub data: &'a Path,
    /// The clock.
    pub now: fn() -> Instant,
}

/// A destination that is reached.
pub enum Place {
    /// A bucket or container.
    Objects(Objects),
    /// A session with an SFTP server.
    Sftp(Box<SftpSession>),
    /// A folder of this machine.
    Folder(LocalFolder),
}

impl Place {
    /// Reaches a destination; stores over HTTP are first spoken to by what is done with them.
    pub async fn reach(settings: &Settings, secrets: &Secrets, around: Around<'_>) -> Result<Self, Trouble> {
        let secret = |name: &str| {
            let missing = || Trouble::new(Fault::Settings, format!("{name} is not set"));
            secrets.get(name).ok_or_else(missing)
        };
        match settings {
            Settings::S3(bucket) => {
                let outbound = trusting(around.outbound, bucket.ca_certificate.as_deref())?;
                Ok(Self::Objects(Objects::s3(outbound, bucket, secret("secret_access_key")?)?))
            }
            Settings::Gcs(bucket) => {
                let key = secret("service_account_key")?;
                Ok(Self::Objects(Objects::google(around.outbound.clone(), bucket, key)?))
            }
            Settings::Azure(container) => {
                let outbound = trusting(around.outbound, container.ca_certificate.as_deref())?;
                Ok(Self::Objects(Objects::azure(outbound, container, secret("account_key")?)?))
            }
            Settings::Sftp(sftp) => {
                Ok(Self::Sftp(Box::new(SftpSession::open(around.outbound, sftp, secrets).await?)))
            }
            Settings::Folder(folder) => Ok(Self::Folder(open_folder(folder, around).await?)),
            Settings::Email(_) | Settings::Webhook(_) => {
                Err(Trouble::new(Fault::Settings, "no files are sent there"))
            }
        }
    }

    /// Writes bytes under a name.
    pub async fn put_bytes(&mut self, name: &str, bytes: &'static [u8]) -> Result<(), Trouble> {
        match self {
            Self::Objects(objects) => objects.put_bytes(name, Bytes::from_static(bytes)).await,
            Self::Sftp(session) => session.put_bytes(name, bytes).await,
            Self::Folder(folder) => {
                in_folder(folder, name, move |folder, name| folder.put_bytes(name, bytes)).await
            }
        }
    }

    /// Copies a file under a name.
    pub async fn put_file(&mut self, name: &str, source: &Source) -> Result<(), Trouble> {
        match self {
            Self::Objects(objects) => objects.put_file(name, source).await,
            Self::Sftp(session) => session.put_file(name, source).await,
            Self::Folder(folder) => {
                let (to, name, source) = (folder.clone(), name.to_owned(), source.clone());
                let copy = move |copied: &AtomicU64| to.put_file(&name, &source, copied);
                disk::while_it_gets_on(COPY_PATIENCE, folder.path(), copy).await
            }
        }
    }

    /// What lies under a name.
    pub async fn look(&mut self, name: &str) -> Result<Option<Found>, Trouble> {
        match self {
            Self::Objects(objects) => objects.look(name).await,
            Self::Sftp(session) => session.look(name).await,
            Self::Folder(folder) => in_folder(folder, name, |folder, name| folder.look(name)).await,
        }
    }

    /// The bytes of something small.
    pub async fn read(&mut self, name: &str) -> Result<Bytes, Trouble> {
        match self {
            Self::Objects(objects) => objects.read(name).await,
            Self::Sftp(session) => session.read(name).await,
            Self::Folder(folder) => in_folder(folder, name, |folder, name| folder.read(name)).await,
        }
    }

    /// Takes something away.
    pub async fn delete(&mut self, name: &str) -> Result<(), Trouble> {
        match self {
            Self::Objects(objects) => objects.delete(name).await,
            Self::Sftp(session) => session.delete(name).await,
            Self::Folder(folder) => in_folder(folder, name, |folder, name| folder.delete(name)).await,
        }
    }
}

/// Opens a folder of this machine.
pub async fn open_folder(folder: &Folder, around: Around<'_>) -> Result<LocalFolder, Trouble> {
    let (folder, data) = (folder.clone(), around.data.to_owned());
    let root = around.folder_root.map(Path::to_owned);
    let path = folder.path.clone();
    let open = move || LocalFolder::open(&folder, root.as_deref(), &data);
    disk::in_time(FOLDER_PATIENCE, &path, open).await
}

/// Does something small with a name in a folder.
async fn in_folder<T: Send + 'static>(
    folder: &LocalFolder,
    name: &str,
    act: impl FnOnce(&LocalFolder, &str) -> Result<T, Trouble> + Send + 'static,
) -> Result<T, Trouble> {
    let (within, name) = (folder.clone(), name.to_owned());
    disk::in_time(FOLDER_PATIENCE, folder.path(), move || act(&within, &name)).await
}

fn trusting(outbound: &Outbound, issuer: Option<&str>) -> Result<Outbound, Trouble> {
    match issuer {
        None => Ok(outbound.clone()),
        Some(issuer) => outbound
            .trusting(issuer)
            .map_err(|error| Trouble::new(Fault::Settings, format!("ca_certificate: {error}"))),
    }
}
