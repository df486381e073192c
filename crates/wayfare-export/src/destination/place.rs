//! A destination that is reached: the same few acts, whatever its kind.

use super::azure::Azure;
use super::folder::LocalFolder;
use super::http_store::{Found, Source};
use super::kinds::{Bucket, Settings};
use super::s3::{S3, amazon};
use super::sealed::Secrets;
use super::sftp::SftpSession;
use super::trouble::{Fault, Trouble};
use crate::outbound::Outbound;
use bytes::Bytes;
use std::path::Path;
use wayfare_model::time::Instant;

/// Where Google Cloud Storage speaks like S3, and the region that it signs for.
const GOOGLE: &str = "https://storage.googleapis.com";
const GOOGLE_REGION: &str = "auto";
/// The region of S3 where none is named.
const AMAZON_REGION: &str = "us-east-1";

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
    /// A bucket.
    Bucket(S3),
    /// A container.
    Container(Azure),
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
                let endpoint = amazon(bucket.region.as_deref().unwrap_or(AMAZON_REGION));
                let key = secret("secret_access_key")?;
                Ok(Self::Bucket(of_bucket(bucket, key, &endpoint, AMAZON_REGION, around)?))
            }
            Settings::Gcs(bucket) => {
                let key = secret("secret_access_key")?;
                Ok(Self::Bucket(of_bucket(bucket, key, GOOGLE, GOOGLE_REGION, around)?))
            }
            Settings::Azure(container) => {
                let outbound = trusting(around.outbound, container.ca_certificate.as_deref())?;
                Ok(Self::Container(Azure::new(outbound, container, secret("account_key")?, around.now)?))
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
            Self::Bucket(bucket) => bucket.put_bytes(name, Bytes::from_static(bytes)).await,
            Self::Container(container) => container.put_bytes(name, Bytes::from_static(bytes)).await,
            Self::Sftp(session) => session.put_bytes(name, bytes).await,
            Self::Folder(folder) => folder.put_bytes(name, bytes),
        }
    }

    /// Copies a file under a name.
    pub async fn put_file(&mut self, name: &str, source: &Source) -> Result<(), Trouble> {
        match self {
            Self::Bucket(bucket) => bucket.put_file(name, source).await,
            Self::Container(container) => container.put_file(name, source).await,
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
            Self::Bucket(bucket) => bucket.look(name).await,
            Self::Container(container) => container.look(name).await,
            Self::Sftp(session) => session.look(name).await,
            Self::Folder(folder) => folder.look(name),
        }
    }

    /// The bytes of something small.
    pub async fn read(&mut self, name: &str) -> Result<Bytes, Trouble> {
        match self {
            Self::Bucket(bucket) => bucket.read(name).await,
            Self::Container(container) => container.read(name).await,
            Self::Sftp(session) => session.read(name).await,
            Self::Folder(folder) => folder.read(name),
        }
    }

    /// Takes something away.
    pub async fn delete(&mut self, name: &str) -> Result<(), Trouble> {
        match self {
            Self::Bucket(bucket) => bucket.delete(name).await,
            Self::Container(container) => container.delete(name).await,
            Self::Sftp(session) => session.delete(name).await,
            Self::Folder(folder) => folder.delete(name),
        }
    }
}

fn of_bucket(
    bucket: &Bucket,
    secret: &str,
    endpoint: &str,
    region: &str,
    around: Around<'_>,
) -> Result<S3, Trouble> {
    let outbound = trusting(around.outbound, bucket.ca_certificate.as_deref())?;
    S3::new(outbound, bucket, secret, endpoint, region, around.now)
}

fn trusting(outbound: &Outbound, issuer: Option<&str>) -> Result<Outbound, Trouble> {
    match issuer {
        None => Ok(outbound.clone()),
        Some(issuer) => outbound
            .trusting(issuer)
            .map_err(|error| Trouble::new(Fault::Settings, format!("ca_certificate: {error}"))),
    }
}
