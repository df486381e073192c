//! A destination that is reached: the same few acts, whatever its kind.

use super::folder::LocalFolder;
use super::kinds::Settings;
use super::objects::Objects;
use super::sealed::Secrets;
use super::sftp::SftpSession;
use super::source::Source;
use super::trouble::{Fault, Trouble};
use crate::outbound::Outbound;
use bytes::Bytes;
use std::path::Path;
use wayfare_model::time::Instant;

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
            Settings::Folder(folder) => {
                Ok(Self::Folder(LocalFolder::open(folder, around.folder_root, around.data)?))
            }
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
            Self::Folder(folder) => folder.put_bytes(name, bytes),
        }
    }

    /// Copies a file under a name.
    pub async fn put_file(&mut self, name: &str, source: &Source) -> Result<(), Trouble> {
        match self {
            Self::Objects(objects) => objects.put_file(name, source).await,
            Self::Sftp(session) => session.put_file(name, source).await,
            Self::Folder(folder) => {
                let (folder, name, source) = (folder.clone(), name.to_owned(), source.clone());
                let copied = tokio::task::spawn_blocking(move || folder.put_file(&name, &source)).await;
                copied.map_err(|error| Trouble::new(Fault::Files, format!("the copy broke off: {error}")))?
            }
        }
    }

    /// What lies under a name.
    pub async fn look(&mut self, name: &str) -> Result<Option<Found>, Trouble> {
        match self {
            Self::Objects(objects) => objects.look(name).await,
            Self::Sftp(session) => session.look(name).await,
            Self::Folder(folder) => folder.look(name),
        }
    }

    /// The bytes of something small.
    pub async fn read(&mut self, name: &str) -> Result<Bytes, Trouble> {
        match self {
            Self::Objects(objects) => objects.read(name).await,
            Self::Sftp(session) => session.read(name).await,
            Self::Folder(folder) => folder.read(name),
        }
    }

    /// Takes something away.
    pub async fn delete(&mut self, name: &str) -> Result<(), Trouble> {
        match self {
            Self::Objects(objects) => objects.delete(name).await,
            Self::Sftp(session) => session.delete(name).await,
            Self::Folder(folder) => folder.delete(name),
        }
    }
}

fn trusting(outbound: &Outbound, issuer: Option<&str>) -> Result<Outbound, Trouble> {
    match issuer {
        None => Ok(outbound.clone()),
        Some(issuer) => outbound
            .trusting(issuer)
            .map_err(|error| Trouble::new(Fault::Settings, format!("ca_certificate: {error}"))),
    }
}
