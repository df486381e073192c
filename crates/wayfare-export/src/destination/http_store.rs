//! What stores that are spoken to over HTTP have in common: names in addresses, patience, refusals in words.

use super::trouble::{Fault, Trouble};
use crate::outbound::{Outbound, host};
use crate::part_file::hex;
use bytes::Bytes;
use hyper::header::HeaderMap;
use hyper::{Method, StatusCode};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::fs::File;
use tokio::io::AsyncReadExt;
use url::Url;

/// How often a request is sent that a store has no time for, and how long is waited before the second time.
const ATTEMPTS: u32 = 4;
const PAUSE: Duration = Duration::from_millis(250);
/// How long a request may take, its body included.
const PATIENCE: Duration = Duration::from_secs(120);
/// The largest answer that is read.
const LARGEST_ANSWER: usize = 1 << 20;
/// The bytes of a part: files of no more go in one request.
pub const PART_BYTES: u64 = 8 << 20;
/// The most parts of a file; stores allow a few more.
const MOST_PARTS: u64 = 9_000;
/// The most that is repeated of what a store says.
const LONGEST_WORDS: usize = 200;

/// A file to send, as it was recorded when it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Where it lies.
    pub path: PathBuf,
    /// Its bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes, in lower-case hexadecimal.
    pub sha256: String,
}

/// What lies at a destination under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its bytes.
    pub bytes: u64,
    /// The SHA-256 that the destination tells of it.
    pub sha256: Option<String>,
}

/// An answer, its body read.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// Makes the headers of a request, its signature among them; asked anew with each attempt, since signatures age.
pub type Sign<'a> = &'a (dyn Fn() -> Result<HeaderMap, Trouble> + Send + Sync);

/// Sends a request, again where the store has no time for it; an answer that is neither that nor a broken one is given.
pub async fn exchange(
    outbound: &Outbound,
    method: &Method,
    url: &Url,
    body: &Bytes,
    sign: Sign<'_>,
) -> Result<Answer, Trouble> {
    let place = host(url);
    let mut pause = PAUSE;
    let mut attempt = 1;
    loop {
        let headers = sign()?;
        let sent = outbound.exchange(method, url, &headers, body.clone(), LARGEST_ANSWER, PATIENCE).await;
        let trouble = match sent {
            Ok((status, headers, body)) => {
                let answer = Answer { status, headers, body };
                let is_busy = status == StatusCode::TOO_MANY_REQUESTS
                    || status.is_server_error() && status != StatusCode::INSUFFICIENT_STORAGE;
                if !is_busy {
                    return Ok(answer);
                }
                refusal(&place, &answer)
            }
            Err(error) => Trouble::of_connection(&place, &error),
        };
        if attempt == ATTEMPTS || !trouble.is_passing() {
            return Err(trouble);
        }
        attempt += 1;
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
}

/// An answer of no success, in words. Both dialects name their faults in `Code` and `Message`.
pub fn refusal(place: &str, answer: &Answer) -> Trouble {
    let text = String::from_utf8_lossy(&answer.body);
    let code = element(&text, "Code")
        .or_else(|| answer.headers.get("x-ms-error-code").and_then(|code| code.to_str().ok()))
        .unwrap_or_default();
    let status = answer.status;
    let (fault, words) = match (code, status.as_u16()) {
        ("NoSuchBucket" | "ContainerNotFound" | "ResourceNotFound", _) => {
            (Fault::Bucket, "the bucket or container does not exist")
        }
        (
            "InvalidAccessKeyId"
            | "SignatureDoesNotMatch"
            | "AuthenticationFailed"
            | "InvalidAuthenticationInfo"
            | "NoAuthenticationInformation",
            _,
        ) => (Fault::Credentials, "the key is not known there, or its secret is another"),
        ("RequestTimeTooSkewed", _) => (Fault::Credentials, "the clocks of both machines differ too much"),
        (
            "QuotaExceeded" | "XMinioStorageFull" | "XMinioAdminBucketQuotaExceeded" | "StorageQuotaExceeded",
            _,
        )
        | (_, 507) => (Fault::Quota, "there is no room, or the quota is used up"),
        ("PermanentRedirect" | "AuthorizationHeaderMalformed" | "IllegalLocationConstraintException", _)
        | (_, 301 | 307 | 308) => {
            (Fault::Settings, "the bucket lies in another region, or at another endpoint")
        }
        (_, 401) => (Fault::Credentials, "the key is not known there"),
        (_, 403) => (Fault::Rights, "the key may not do that there"),
        (_, 404) => (Fault::Bucket, "there is no such bucket, container or object"),
        (_, 429 | 500..=599) => (Fault::Unavailable, "the store has no time, or a fault of its own"),
        _ => (Fault::Settings, "the store does not take the request"),
    };
    let said = match (code, element(&text, "Message")) {
        ("", _) => String::new(),
        (code, None) => format!(", {code}"),
        (code, Some(message)) => {
            let first = message.lines().next().unwrap_or_default();
            format!(", {code}: {}", first.chars().take(LONGEST_WORDS).collect::<String>())
        }
    };
    Trouble::new(fault, format!("{words} ({place} answered {}{said})", status.as_u16()))
}

/// The text of the first element of that name.
pub fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(text, _)| text)
}

/// Percent-encodes everything but letters, digits and `-._~`, and `/` where `keeps_slash`.
pub fn encode(text: &str, keeps_slash: bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            b'/' if keeps_slash => encoded.push('/'),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

/// The address of something below an endpoint, with its query encoded as it is signed.
pub fn address(endpoint: &Url, path: &str, query: &[(&str, &str)]) -> Url {
    let mut url = endpoint.clone();
    url.set_path(&format!("{}/{}", endpoint.path().trim_end_matches('/'), encode(path, true)));
    let mut pairs: Vec<String> = query
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name, false), encode(value, false)))
        .collect();
    pairs.sort();
    url.set_query((!pairs.is_empty()).then(|| pairs.join("&")).as_deref());
    url
}

/// The size that the header of an answer tells, and the hash in another.
pub fn found(answer: &Answer, hash: &str) -> Found {
    let text = |name: &str| answer.headers.get(name).and_then(|value| value.to_str().ok());
    Found {
        bytes: text("content-length").and_then(|bytes| bytes.parse().ok()).unwrap_or_default(),
        sha256: text(hash).map(str::to_owned),
    }
}

/// SHA-256 in lower-case hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// A file read part by part, in order; it must be what was recorded of it.
pub struct Parts<'a> {
    source: &'a Source,
    file: File,
    left: u64,
    part: u64,
    digest: Sha256,
}

impl<'a> Parts<'a> {
    /// Begins to read.
    pub async fn of(source: &'a Source) -> Result<Self, Trouble> {
        let file = File::open(&source.path).await.map_err(|error| Trouble::file(&source.path, &error))?;
        let part = PART_BYTES.max(source.bytes.div_ceil(MOST_PARTS));
        Ok(Self { source, file, left: source.bytes, part, digest: Sha256::new() })
    }

    /// The next part; `None` behind the last, where the whole was what was recorded.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Trouble> {
        if self.left == 0 {
            return match hex(&self.digest.clone().finalize()) == self.source.sha256 {
                true => Ok(None),
                false => Err(changed(&self.source.path)),
            };
        }
        let mut part = vec![0; usize::try_from(self.part.min(self.left)).unwrap_or(usize::MAX)];
        let read = self.file.read_exact(&mut part).await;
        read.map_err(|error| Trouble::file(&self.source.path, &error))?;
        self.digest.update(&part);
        self.left -= part.len() as u64;
        Ok(Some(part.into()))
    }

    /// The file, whole.
    pub async fn whole(source: &'a Source) -> Result<Bytes, Trouble> {
        let mut parts = Self { part: source.bytes, ..Parts::of(source).await? };
        let whole = parts.next().await?.unwrap_or_default();
        parts.next().await?;
        Ok(whole)
    }
}

/// A file is not what was recorded of it.
pub fn changed(path: &Path) -> Trouble {
    Trouble::new(
        Fault::Files,
        format!("{} is not what the export wrote: it was changed; run the export again", path.display()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &'static str) -> Answer {
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::new(),
            body: Bytes::from_static(body.as_bytes()),
        }
    }

    #[test]
    fn refusals_in_words() {
        let told = [
            (404, "<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message></Error>"),
            (403, "<Error><Code>SignatureDoesNotMatch</Code><Message>It does not match.</Message></Error>"),
            (403, "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"),
            (403, ""),
            (301, "<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message></Error>"),
            (507, ""),
            (400, "<Error><Code>QuotaExceeded</Code></Error>"),
            (503, "<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>"),
            (500, "<html>"),
            (400, "no XML"),
        ]
        .map(|(status, body)| {
            let trouble = refusal("s3.example", &answer(status, body));
            format!("{}: {trouble}", trouble.fault.name())
        });
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn addresses_are_encoded_as_they_are_signed() {
        let endpoint = Url::parse("http://127.0.0.1:4568/below/").unwrap();
        let url = address(&endpoint, "b/dt=2026/x.csv", &[("uploadId", "a/b="), ("partNumber", "1")]);
        assert_eq!(
            url.as_str(),
            "http://127.0.0.1:4568/below/b/dt%3D2026/x.csv?partNumber=1&uploadId=a%2Fb%3D"
        );
        assert_eq!(address(&endpoint, "b", &[("uploads", "")]).query(), Some("uploads="));
    }

    #[tokio::test]
    async fn a_file_must_be_what_was_recorded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("part");
        let content = vec![7; PART_BYTES as usize + 5];
        std::fs::write(&path, &content).unwrap();
        let mut source = Source { path, bytes: content.len() as u64, sha256: sha256(&content) };
        let mut parts = Parts::of(&source).await.unwrap();
        assert_eq!(parts.next().await.unwrap().unwrap().len() as u64, PART_BYTES);
        assert_eq!(parts.next().await.unwrap().unwrap().len(), 5);
        assert_eq!(parts.next().await.unwrap(), None);
        assert_eq!(Parts::whole(&source).await.unwrap(), content);
        source.sha256 = sha256(b"other");
        assert_eq!(Parts::whole(&source).await.unwrap_err().fault, Fault::Files);
        source.bytes += 1;
        assert_eq!(Parts::whole(&source).await.unwrap_err().fault, Fault::Files);
    }
}
