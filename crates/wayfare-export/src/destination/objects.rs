//! The objects of a bucket or container: S3 and what speaks like it, Azure Blob Storage, Google Cloud Storage, each by the
//! store library over [`Connections`].
//!
//! A small file goes in one request, a large one in parts. Its SHA-256 goes along as metadata, and is told again with its
//! size.

use super::connections::Connections;
use super::kinds::{Bucket, Container, GoogleBucket};
use super::place::Found;
use super::refusal::in_short;
use super::service_account;
use super::source::{PART_BYTES, Parts, Source, sha256};
use super::trouble::{Fault, Trouble};
use crate::outbound::Outbound;
use bytes::Bytes;
use hyper::Uri;
use object_store::aws::AmazonS3Builder;
use object_store::azure::{AzureAccessKey, MicrosoftAzureBuilder};
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, BackoffConfig, Error, GetOptions, MultipartUpload, ObjectStore, ObjectStoreExt,
    PutMultipartOptions, PutOptions, RetryConfig,
};
use std::time::Duration;
use url::Url;

/// The metadata in which a file's SHA-256 stands.
const HASH: Attribute = Attribute::Metadata(std::borrow::Cow::Borrowed("sha256"));
/// How often a request is sent again that a store has no time for, and how long is waited before the first time.
const RETRIES: usize = 3;
const PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A bucket or container and the key to it.
pub struct Objects {
    store: Box<dyn ObjectStore>,
    connections: Connections,
}

impl Objects {
    /// A bucket of S3, its name in the path of each address.
    pub fn s3(outbound: Outbound, bucket: &Bucket, secret: &str) -> Result<Self, Trouble> {
        let connections = Connections::new(outbound, format!("bucket `{}`", bucket.bucket));
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&bucket.bucket)
            .with_access_key_id(&bucket.access_key_id)
            .with_secret_access_key(secret)
            .with_retry(retries())
            .with_http_connector(connections.clone());
        if let Some(region) = &bucket.region {
            builder = builder.with_region(region);
        }
        if let Some(endpoint) = &bucket.endpoint {
            builder = builder.with_endpoint(address(endpoint)?);
        }
        Self::of(builder.build(), connections)
    }

    /// A bucket of Google Cloud Storage.
    pub fn google(outbound: Outbound, bucket: &GoogleBucket, key: &str) -> Result<Self, Trouble> {
        let connections = Connections::new(outbound, format!("bucket `{}`", bucket.bucket));
        let base = service_account::check(key)
            .map_err(|why| Trouble::new(Fault::Credentials, format!("the service account's key {why}")))?;
        let mut builder = GoogleCloudStorageBuilder::new()
            .with_bucket_name(&bucket.bucket)
            .with_service_account_key(key)
            .with_retry(retries())
            .with_http_connector(connections.clone());
        if let Some(base) = base {
            builder = builder.with_base_url(&address(&base)?);
        }
        Self::of(builder.build(), connections)
    }

    /// A container of Azure Blob Storage.
    pub fn azure(outbound: Outbound, container: &Container, key: &str) -> Result<Self, Trouble> {
        let connections = Connections::new(outbound, format!("container `{}`", container.container));
        let key = key.trim();
        AzureAccessKey::try_new(key).map_err(|_| {
            Trouble::new(Fault::Credentials, "the account key is not in base64: copy it whole")
        })?;
        let mut builder = MicrosoftAzureBuilder::new()
            .with_account(&container.account)
            .with_container_name(&container.container)
            .with_access_key(key)
            .with_retry(retries())
            .with_http_connector(connections.clone());
        if let Some(endpoint) = &container.endpoint {
            builder = builder.with_endpoint(address(endpoint)?);
        }
        Self::of(builder.build(), connections)
    }

    fn of<S: ObjectStore>(built: Result<S, Error>, connections: Connections) -> Result<Self, Trouble> {
        match built {
            Ok(store) => Ok(Self { store: Box::new(store), connections }),
            Err(error) => Err(Trouble::new(
                Fault::Settings,
                format!("{}: {}", connections.what(), in_short(&error.to_string())),
            )),
        }
    }

    /// Writes bytes under a name.
    pub async fn put_bytes(&self, name: &str, bytes: Bytes) -> Result<(), Trouble> {
        let hash = sha256(&bytes);
        self.put(name, bytes, hash).await
    }

    /// Writes a file under a name.
    pub async fn put_file(&self, name: &str, source: &Source) -> Result<(), Trouble> {
        if source.bytes <= PART_BYTES {
            // Only what was recorded is read, so this is its hash.
            return self.put(name, Parts::whole(source).await?, source.sha256.clone()).await;
        }
        // Before anything is begun there.
        let parts = Parts::of(source).await?;
        let options = PutMultipartOptions {
            attributes: attributes(source.sha256.clone()),
            ..PutMultipartOptions::default()
        };
        let mut upload = self.told(self.store.put_multipart_opts(&path(name)?, options).await)?;
        let sent = self.put_parts(&mut *upload, parts).await;
        if sent.is_err() {
            // Parts of an upload that nobody ends cost money; where this fails too, the store's own rules remove them.
            let _ = upload.abort().await;
            self.connections.take();
        }
        sent
    }

    /// One after the other, so that no more than one is in memory.
    async fn put_parts(&self, upload: &mut dyn MultipartUpload, mut parts: Parts<'_>) -> Result<(), Trouble> {
        while let Some(part) = parts.next().await? {
            self.told(upload.put_part(part.into()).await)?;
        }
        self.told(upload.complete().await).map(drop)
    }

    async fn put(&self, name: &str, bytes: Bytes, hash: String) -> Result<(), Trouble> {
        let options = PutOptions { attributes: attributes(hash), ..PutOptions::default() };
        self.told(self.store.put_opts(&path(name)?, bytes.into(), options).await).map(drop)
    }

    /// What lies under a name.
    pub async fn look(&self, name: &str) -> Result<Option<Found>, Trouble> {
        let options = GetOptions { head: true, ..GetOptions::default() };
        match self.store.get_opts(&path(name)?, options).await {
            Err(Error::NotFound { .. }) => {
                self.connections.take();
                Ok(None)
            }
            looked => {
                let found = self.told(looked)?;
                let sha256 = found.attributes.get(&HASH).map(|hash| hash.as_ref().to_owned());
                Ok(Some(Found { bytes: found.meta.size, sha256 }))
            }
        }
    }

    /// The bytes of something small.
    pub async fn read(&self, name: &str) -> Result<Bytes, Trouble> {
        let found = self.told(self.store.get(&path(name)?).await)?;
        self.told(found.bytes().await)
    }

    /// Takes something away.
    pub async fn delete(&self, name: &str) -> Result<(), Trouble> {
        self.told(self.store.delete(&path(name)?).await)
    }

    /// What came of something that the library did, a failure as the last answer explains it.
    fn told<T>(&self, done: Result<T, Error>) -> Result<T, Trouble> {
        let last = self.connections.take();
        done.map_err(|error| last.unwrap_or_else(|| self.unexplained(&error)))
    }

    /// Every request was granted, and the library still could make nothing of it.
    fn unexplained(&self, error: &Error) -> Trouble {
        let said = in_short(&error.to_string());
        Trouble::new(
            Fault::Content,
            format!("{}: the answers make no sense ({said})", self.connections.what()),
        )
    }
}

/// What is written down with each object.
fn attributes(hash: String) -> Attributes {
    Attributes::from_iter([(HASH, hash), (Attribute::ContentType, "application/octet-stream".to_owned())])
}

fn retries() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig { init_backoff: PAUSE, max_backoff: LONGEST_PAUSE, base: 2.0 },
        max_retries: RETRIES,
        ..RetryConfig::default()
    }
}

fn path(name: &str) -> Result<Path, Trouble> {
    Path::parse(name).map_err(|error| Trouble::new(Fault::Settings, error.to_string()))
}

/// An address as the library takes it, which stops the program at one that it cannot read.
fn address(text: &str) -> Result<String, Trouble> {
    let refuse = |why: String| Trouble::new(Fault::Settings, format!("{text}: {why}"));
    let url = Url::parse(text).map_err(|error| refuse(error.to_string()))?;
    let address = url.as_str().trim_end_matches('/');
    address.parse::<Uri>().map_err(|error| refuse(error.to_string()))?;
    Ok(address.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// A bucket whose server gives the next of its answers to each request, and writes the requests' first lines down.
    async fn bucket(answers: Vec<String>) -> (Objects, Arc<Mutex<Vec<String>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}/", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let lines = seen.clone();
        tokio::spawn(async move {
            for answer in answers {
                let (mut stream, _) = listener.accept().await.unwrap();
                let (mut request, mut buffer) = (Vec::new(), vec![0; 1 << 16]);
                while !is_whole(&request) {
                    let read = stream.read(&mut buffer).await.unwrap();
                    request.extend(&buffer[..read]);
                }
                let line = String::from_utf8_lossy(&request).lines().next().unwrap().to_owned();
                lines.lock().unwrap().push(line);
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        let settings = Bucket {
            bucket: "b".into(),
            region: None,
            endpoint: Some(endpoint),
            prefix: "{id}".into(),
            access_key_id: "k".into(),
            ca_certificate: None,
        };
        (Objects::s3(Outbound::new(true).unwrap(), &settings, "hush").unwrap(), seen)
    }

    fn is_whole(request: &[u8]) -> bool {
        let Some(head) = request.windows(4).position(|window| window == b"\r\n\r\n") else { return false };
        let text = String::from_utf8_lossy(&request[..head]).to_ascii_lowercase();
        let length = text.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
        request.len() >= head + 4 + length.map_or(0, |length| length.parse::<usize>().unwrap())
    }

    fn answer(status: &str, headers: &str, body: &str) -> String {
        format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
    }

    fn refusal(status: &str, code: &str) -> String {
        answer(status, "", &format!("<Error><Code>{code}</Code><Message>Said so.</Message></Error>"))
    }

    #[tokio::test]
    async fn an_upload_that_fails_is_aborted() {
        let begun = "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>";
        let answers = vec![
            answer("200 OK", "", begun),
            answer("200 OK", "etag: \"1\"\r\n", ""),
            refusal("403 Forbidden", "AccessDenied"),
            answer("204 No Content", "", ""),
        ];
        let (objects, seen) = bucket(answers).await;
        let file = tempfile::NamedTempFile::new().unwrap();
        let content = vec![7; PART_BYTES as usize + 5];
        std::fs::write(file.path(), &content).unwrap();
        let source =
            Source { path: file.path().into(), bytes: content.len() as u64, sha256: sha256(&content) };
        let trouble = objects.put_file("dt=1/a b", &source).await.unwrap_err();
        assert_eq!(trouble.fault, Fault::Rights);
        assert!(trouble.said.starts_with("bucket `b`: ") && trouble.said.contains("Said so."), "{trouble}");
        let expected = [
            "POST /b/dt%3D1/a%20b?uploads= HTTP/1.1",
            "PUT /b/dt%3D1/a%20b?partNumber=1&uploadId=u1 HTTP/1.1",
            "PUT /b/dt%3D1/a%20b?partNumber=2&uploadId=u1 HTTP/1.1",
            "DELETE /b/dt%3D1/a%20b?uploadId=u1 HTTP/1.1",
        ];
        assert_eq!(*seen.lock().unwrap(), expected);
    }

    #[tokio::test]
    async fn what_passes_is_sent_again_and_what_stays_is_not() {
        let granted = || answer("200 OK", "etag: \"1\"\r\n", "");
        let cut = || "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n".to_owned();
        let (objects, seen) = bucket(vec![refusal("503 Busy", "SlowDown"), cut(), granted()]).await;
        objects.put_bytes("x", Bytes::from_static(b"1")).await.unwrap();
        assert_eq!(seen.lock().unwrap().len(), 3);
        assert_eq!(objects.connections.take(), None, "what was got over is forgotten");

        let (objects, seen) = bucket(vec![refusal("507 Full", "Full"), granted()]).await;
        let trouble = objects.put_bytes("x", Bytes::from_static(b"1")).await.unwrap_err();
        assert_eq!((trouble.fault, seen.lock().unwrap().len()), (Fault::Quota, 1));

        let (objects, seen) = bucket(vec![refusal("500 Fault", "InternalError"); 5]).await;
        let trouble = objects.put_bytes("x", Bytes::from_static(b"1")).await.unwrap_err();
        assert_eq!((trouble.fault, seen.lock().unwrap().len()), (Fault::Unavailable, RETRIES + 1));
    }

    #[tokio::test]
    async fn what_is_looked_at() {
        let hash = "x-amz-meta-sha256: 00ff\r\n";
        let answers = vec![
            format!("HTTP/1.1 200 OK\r\n{hash}content-length: 7\r\n\r\n"),
            "HTTP/1.1 404 Not Found\r\n\r\n".into(),
            "HTTP/1.1 403 Forbidden\r\n\r\n".into(),
            "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".into(),
        ];
        let (objects, _) = bucket(answers).await;
        let found = Found { bytes: 7, sha256: Some("00ff".into()) };
        assert_eq!(objects.look("x").await.unwrap(), Some(found));
        assert_eq!(objects.look("x").await.unwrap(), None);
        assert_eq!(objects.look("x").await.unwrap_err().fault, Fault::Rights);
        let trouble = objects.look("x").await.unwrap_err();
        assert_eq!(trouble.fault, Fault::Content, "an answer without a length: {trouble}");
        assert!(trouble.said.contains("Content-Length"), "{trouble}");
    }

    #[tokio::test]
    async fn a_deletion_that_is_refused_behind_a_success() {
        let told = "<DeleteResult><Error><Key>x</Key><Code>AccessDenied</Code><Message>No.</Message></Error></DeleteResult>";
        let (objects, _) = bucket(vec![answer("200 OK", "", told)]).await;
        assert_eq!(objects.delete("x").await.unwrap_err().fault, Fault::Rights);
    }

    #[tokio::test]
    async fn a_private_address_is_never_connected_to() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let key = format!(
            r#"{{"client_email":"","private_key_id":"","private_key":"","disable_oauth":true,"gcs_base_url":"http://127.0.0.1:{port}"}}"#
        );
        let settings = GoogleBucket { bucket: "b".into(), prefix: "{id}".into() };
        let google = Objects::google(Outbound::new(false).unwrap(), &settings, &key).unwrap();
        assert_eq!(google.read("x").await.unwrap_err().fault, Fault::PrivateAddress);
        let waited = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await;
        assert!(waited.is_err(), "nobody came");
    }

    #[test]
    fn addresses() {
        assert_eq!(address("HTTP://127.0.0.1:4568/below/").unwrap(), "http://127.0.0.1:4568/below");
        for bad in ["x.example", "http://a{b/"] {
            assert_eq!(address(bad).unwrap_err().fault, Fault::Settings, "{bad}");
        }
    }
}
