//! A container of Azure Blob Storage: one request for a small file, blocks and their list for a large one.

use super::http_store::{
    Answer, Found, PART_BYTES, Parts, Sign, Source, address, exchange, found, refusal, sha256,
};
use super::kinds::Container;
use super::s3::{header_map, timestamp};
use super::trouble::{Fault, Trouble};
use crate::outbound::{Outbound, host};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hyper::Method;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use ring::hmac;
use url::Url;
use wayfare_model::time::Instant;

/// The metadata in which a file's SHA-256 stands.
const HASH: &str = "x-ms-meta-sha256";
/// The version of the interface that is spoken.
const VERSION: &str = "2021-08-06";

/// A container and the key to its account.
pub struct Azure {
    outbound: Outbound,
    endpoint: Url,
    container: String,
    signer: Signer,
    now: fn() -> Instant,
}

/// Signs requests with the account's key.
struct Signer {
    account: String,
    key: hmac::Key,
}

impl Azure {
    /// A container at its endpoint.
    pub fn new(
        outbound: Outbound,
        container: &Container,
        key: &str,
        now: fn() -> Instant,
    ) -> Result<Self, Trouble> {
        let own = format!("https://{}.blob.core.windows.net", container.account);
        let endpoint = container.endpoint.as_deref().unwrap_or(&own);
        let endpoint = Url::parse(endpoint)
            .map_err(|error| Trouble::new(Fault::Settings, format!("{endpoint}: {error}")))?;
        let key = STANDARD.decode(key.trim()).map_err(|_| {
            Trouble::new(Fault::Credentials, "the account key is not in base64: copy it whole")
        })?;
        let signer =
            Signer { account: container.account.clone(), key: hmac::Key::new(hmac::HMAC_SHA256, &key) };
        Ok(Self { outbound, endpoint, container: container.container.clone(), signer, now })
    }

    /// Writes bytes under a name.
    pub async fn put_bytes(&self, name: &str, bytes: Bytes) -> Result<(), Trouble> {
        let hash = sha256(&bytes);
        let headers = [("x-ms-blob-type", "BlockBlob"), (HASH, &*hash)];
        self.done(Method::PUT, name, &[], &headers, bytes).await.map(drop)
    }

    /// Writes a file under a name. Blocks that no list names are removed by the store itself.
    pub async fn put_file(&self, name: &str, source: &Source) -> Result<(), Trouble> {
        if source.bytes <= PART_BYTES {
            return self.put_bytes(name, Parts::whole(source).await?).await;
        }
        let mut parts = Parts::of(source).await?;
        let mut list = String::from(r#"<?xml version="1.0" encoding="utf-8"?><BlockList>"#);
        let mut number = 0;
        while let Some(part) = parts.next().await? {
            number += 1;
            let id = STANDARD.encode(format!("block-{number:06}"));
            self.done(Method::PUT, name, &[("comp", "block"), ("blockid", &id)], &[], part).await?;
            list.push_str(&format!("<Latest>{id}</Latest>"));
        }
        list.push_str("</BlockList>");
        let headers = [(HASH, source.sha256.as_str())];
        self.done(Method::PUT, name, &[("comp", "blocklist")], &headers, list.into()).await.map(drop)
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
        let url = address(&self.endpoint, &format!("{}/{name}", self.container), query);
        let sign: Sign<'_> = &|| self.signer.sign(&method, &url, query, headers, body.len(), (self.now)());
        exchange(&self.outbound, &method, &url, &body, sign).await
    }

    fn succeeded(&self, answer: Answer) -> Result<Answer, Trouble> {
        match answer.status.is_success() {
            true => Ok(answer),
            false => {
                let Trouble { fault, said } = refusal(&host(&self.endpoint), &answer);
                Err(Trouble::new(fault, format!("container `{}`: {said}", self.container)))
            }
        }
    }
}

impl Signer {
    /// The headers of a request with so many bytes of body.
    fn sign(
        &self,
        method: &Method,
        url: &Url,
        query: &[(&str, &str)],
        headers: &[(&'static str, &str)],
        bytes: usize,
        now: Instant,
    ) -> Result<HeaderMap, Trouble> {
        let date = timestamp(now)?.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let mut all = vec![("x-ms-date", date.as_str()), ("x-ms-version", VERSION)];
        all.extend(headers);
        all.sort_unstable();
        let lines: String = all.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let mut pairs = query.to_vec();
        pairs.sort_unstable();
        let pairs: String = pairs.iter().map(|(name, value)| format!("\n{name}:{value}")).collect();
        let length = if bytes == 0 { String::new() } else { bytes.to_string() };
        // Encoding, language, length, MD5, type, date, five conditions: of these only length and type are sent.
        let kind = if method == Method::PUT { "application/octet-stream" } else { "" };
        let text = format!(
            "{method}\n\n\n{length}\n\n{kind}\n\n\n\n\n\n\n{lines}/{}{}{pairs}",
            self.account,
            url.path()
        );
        let signature = STANDARD.encode(hmac::sign(&self.key, text.as_bytes()));
        let authorization = format!("SharedKey {}:{signature}", self.account);
        let mut map = header_map(all.iter().copied())?;
        map.extend(header_map([("authorization", authorization.as_str())])?);
        if method == Method::PUT {
            map.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        }
        Ok(map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_stays_the_same() {
        let signer = Signer { account: "acct".into(), key: hmac::Key::new(hmac::HMAC_SHA256, b"key") };
        let url = Url::parse("http://127.0.0.1:10000/acct/c/x.csv?comp=block").unwrap();
        let now = Instant::parse("2026-09-02T07:00:00Z").unwrap();
        let headers = signer.sign(&Method::PUT, &url, &[("comp", "block")], &[], 3, now).unwrap();
        assert_eq!(headers["x-ms-date"], "Wed, 02 Sep 2026 07:00:00 GMT");
        let text = "PUT\n\n\n3\n\napplication/octet-stream\n\n\n\n\n\n\nx-ms-date:Wed, 02 Sep 2026 07:00:00 GMT\nx-ms-version:2021-08-06\n/acct/acct/c/x.csv\ncomp:block";
        let expected = STANDARD.encode(hmac::sign(&signer.key, text.as_bytes()));
        assert_eq!(headers["authorization"].to_str().unwrap(), format!("SharedKey acct:{expected}"));
    }
}
