//! A bucket of S3, or of what speaks like it: one request for a small file, a multipart upload for a large one.
//!
//! Requests are signed with Signature Version 4, their bodies included, so that a server that checks it keeps nothing that
//! changed on the way. The file's SHA-256 goes along as metadata, and is told again with its size.

use super::http_store::{
    Answer, Found, PART_BYTES, Parts, Sign, Source, address, element, encode, exchange, found, refusal,
    sha256,
};
use super::kinds::Bucket;
use super::trouble::{Fault, Trouble};
use crate::outbound::{Outbound, host};
use crate::part_file::hex;
use bytes::Bytes;
use hyper::Method;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use ring::hmac;
use url::Url;
use wayfare_model::time::Instant;

/// The metadata in which a file's SHA-256 stands.
const HASH: &str = "x-amz-meta-sha256";

/// A bucket and the key to it.
pub struct S3 {
    outbound: Outbound,
    endpoint: Url,
    bucket: String,
    signer: Signer,
    now: fn() -> Instant,
}

/// Signs requests.
struct Signer {
    region: String,
    key_id: String,
    secret: String,
}

impl S3 {
    /// A bucket at its endpoint; `endpoint` and `region` stand in where the settings name none.
    pub fn new(
        outbound: Outbound,
        bucket: &Bucket,
        secret: &str,
        endpoint: &str,
        region: &str,
        now: fn() -> Instant,
    ) -> Result<Self, Trouble> {
        let endpoint = bucket.endpoint.as_deref().unwrap_or(endpoint);
        let endpoint = Url::parse(endpoint)
            .map_err(|error| Trouble::new(Fault::Settings, format!("{endpoint}: {error}")))?;
        let region = bucket.region.as_deref().unwrap_or(region).to_owned();
        let signer = Signer { region, key_id: bucket.access_key_id.clone(), secret: secret.to_owned() };
        Ok(Self { outbound, endpoint, bucket: bucket.bucket.clone(), signer, now })
    }

    /// Writes bytes under a name.
    pub async fn put_bytes(&self, name: &str, bytes: Bytes) -> Result<(), Trouble> {
        let hash = sha256(&bytes);
        self.done(Method::PUT, name, &[], &[(HASH, &hash)], bytes).await.map(drop)
    }

    /// Writes a file under a name.
    pub async fn put_file(&self, name: &str, source: &Source) -> Result<(), Trouble> {
        if source.bytes <= PART_BYTES {
            return self.put_bytes(name, Parts::whole(source).await?).await;
        }
        let begun = self
            .done(Method::POST, name, &[("uploads", "")], &[(HASH, &source.sha256)], Bytes::new())
            .await?;
        let text = String::from_utf8_lossy(&begun.body);
        let upload =
            element(&text, "UploadId").ok_or_else(|| self.senseless("it begins an upload without an id"))?;
        let sent = self.send_parts(name, source, upload).await;
        if sent.is_err() {
            // Parts of an upload that nobody ends cost money; where this fails too, the store's own rules remove them.
            let _ = self.done(Method::DELETE, name, &[("uploadId", upload)], &[], Bytes::new()).await;
        }
        sent
    }

    async fn send_parts(&self, name: &str, source: &Source, upload: &str) -> Result<(), Trouble> {
        let mut parts = Parts::of(source).await?;
        let mut list = String::from("<CompleteMultipartUpload>");
        let mut number = 0;
        while let Some(part) = parts.next().await? {
            number += 1;
            let numbered = number.to_string();
            let query = [("partNumber", numbered.as_str()), ("uploadId", upload)];
            let sent = self.done(Method::PUT, name, &query, &[], part).await?;
            let tag = sent.headers.get("etag").and_then(|tag| tag.to_str().ok());
            let tag = tag.ok_or_else(|| self.senseless("it took a part and gave no tag"))?;
            list.push_str(&format!("<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag></Part>"));
        }
        list.push_str("</CompleteMultipartUpload>");
        let ended = self.done(Method::POST, name, &[("uploadId", upload)], &[], list.into()).await?;
        // This answer may begin with success and end with an error.
        let text = String::from_utf8_lossy(&ended.body);
        match element(&text, "Code") {
            None => Ok(()),
            Some(code) => {
                Err(Trouble::new(Fault::Unavailable, format!("the upload could not be ended: {code}")))
            }
        }
    }

    /// What lies under a name.
    pub async fn look(&self, name: &str) -> Result<Option<Found>, Trouble> {
        let answer = self.ask(Method::HEAD, name, &[], &[], Bytes::new()).await?;
        match answer.status.as_u16() {
            404 => Ok(None),
            _ => self.succeeded(answer).map(|answer| Some(found(&answer, HASH))),
        }
    }

    /// The bytes of something small.
    pub async fn read(&self, name: &str) -> Result<Bytes, Trouble> {
        Ok(self.done(Method::GET, name, &[], &[], Bytes::new()).await?.body)
    }

    /// Takes something away.
    pub async fn delete(&self, name: &str) -> Result<(), Trouble> {
        self.done(Method::DELETE, name, &[], &[], Bytes::new()).await.map(drop)
    }

    async fn done(
        &self,
        method: Method,
        name: &str,
        query: &[(&str, &str)],
        headers: &[(&'static str, &str)],
        body: Bytes,
    ) -> Result<Answer, Trouble> {
        self.succeeded(self.ask(method, name, query, headers, body).await?)
    }

    async fn ask(
        &self,
        method: Method,
        name: &str,
        query: &[(&str, &str)],
        headers: &[(&'static str, &str)],
        body: Bytes,
    ) -> Result<Answer, Trouble> {
        let url = address(&self.endpoint, &format!("{}/{name}", self.bucket), query);
        let hash = sha256(&body);
        let sign: Sign<'_> = &|| self.signer.sign(&method, &url, headers, &hash, (self.now)());
        exchange(&self.outbound, &method, &url, &body, sign).await
    }

    fn succeeded(&self, answer: Answer) -> Result<Answer, Trouble> {
        match answer.status.is_success() {
            true => Ok(answer),
            false => {
                let Trouble { fault, said } = refusal(&host(&self.endpoint), &answer);
                Err(Trouble::new(fault, format!("bucket `{}`: {said}", self.bucket)))
            }
        }
    }

    fn senseless(&self, what: &str) -> Trouble {
        Trouble::new(Fault::Content, format!("{} speaks no S3: {what}", host(&self.endpoint)))
    }
}

impl Signer {
    /// The headers of a request whose body has that SHA-256.
    fn sign(
        &self,
        method: &Method,
        url: &Url,
        headers: &[(&'static str, &str)],
        hash: &str,
        now: Instant,
    ) -> Result<HeaderMap, Trouble> {
        let time = timestamp(now)?.strftime("%Y%m%dT%H%M%SZ").to_string();
        let date = &time[..8];
        let host = host(url);
        let mut all: Vec<(&'static str, &str)> =
            vec![("host", &host), ("x-amz-content-sha256", hash), ("x-amz-date", &time)];
        all.extend(headers);
        all.sort_unstable();
        let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let lines: String = all.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
        let request = format!(
            "{method}\n{}\n{}\n{lines}\n{names}\n{hash}",
            url.path(),
            url.query().unwrap_or_default()
        );
        let scope = format!("{date}/{}/s3/aws4_request", self.region);
        let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", sha256(request.as_bytes()));
        let mut key = hmac_sha256(format!("AWS4{}", self.secret).as_bytes(), date.as_bytes());
        for part in [self.region.as_str(), "s3", "aws4_request"] {
            key = hmac_sha256(&key, part.as_bytes());
        }
        let signature = hex(&hmac_sha256(&key, text.as_bytes()));
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope},SignedHeaders={names},Signature={signature}",
            self.key_id
        );
        let mut map = header_map(all.iter().filter(|(name, _)| *name != "host").copied())?;
        map.extend(header_map([("authorization", authorization.as_str())])?);
        if method == Method::PUT || method == Method::POST {
            map.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        }
        Ok(map)
    }
}

/// An instant that can be written in other forms.
pub(super) fn timestamp(now: Instant) -> Result<jiff::Timestamp, Trouble> {
    let stamp = jiff::Timestamp::from_microsecond(now.micros());
    stamp.map_err(|error| Trouble::new(Fault::Settings, format!("the clock: {error}")))
}

/// Headers by their names; a value that is none is a fault of the settings.
pub(super) fn header_map<'a>(
    pairs: impl IntoIterator<Item = (&'static str, &'a str)>,
) -> Result<HeaderMap, Trouble> {
    let mut map = HeaderMap::new();
    for (name, value) in pairs {
        let mut value = HeaderValue::from_str(value).map_err(|_| {
            Trouble::new(Fault::Settings, format!("{name} has characters that no header has"))
        })?;
        let name = HeaderName::from_static(name);
        value.set_sensitive(name == AUTHORIZATION);
        map.insert(name, value);
    }
    Ok(map)
}

fn hmac_sha256(key: &[u8], text: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text).as_ref().to_vec()
}

/// Where S3 of a region is.
pub fn amazon(region: &str) -> String {
    format!("https://s3.{}.amazonaws.com", encode(region, false))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first example of the provider's own documentation of the signature.
    #[test]
    fn the_signature_is_the_one_of_the_documentation() {
        let signer = Signer {
            region: "us-east-1".into(),
            key_id: "AKIAIOSFODNN7EXAMPLE".into(),
            secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
        };
        let url = Url::parse("https://examplebucket.s3.amazonaws.com/test.txt").unwrap();
        let now = Instant::parse("2013-05-24T00:00:00Z").unwrap();
        let headers = signer.sign(&Method::GET, &url, &[("range", "bytes=0-9")], &sha256(b""), now).unwrap();
        let signature = headers[AUTHORIZATION].to_str().unwrap();
        assert!(
            signature.ends_with("f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
            "{signature}"
        );
        assert!(!format!("{headers:?}").contains("Signature="), "it is marked as secret");
    }
}
