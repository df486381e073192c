//! The connections of the store library: each of its requests goes over [`Outbound`], and what became of the last one is
//! kept in words.
//!
//! The library folds the cause of a failure into the text of its retries. Here every answer comes by, so that the cause is
//! known: whoever gets an error from the library [takes](Connections::take) it from here.

use super::refusal::{Answer, refused};
use super::trouble::{Fault, Trouble};
use crate::outbound::{Outbound, host};
use async_trait::async_trait;
use http_body_util::BodyExt;
use hyper::Method;
use hyper::header::CONTENT_LENGTH;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use url::Url;

/// How long a request may take, its body included.
const PATIENCE: Duration = Duration::from_secs(120);
/// The largest answer that is read.
const LARGEST_ANSWER: usize = 1 << 20;

/// Carries the requests of one place. Clones share what the last one came to.
#[derive(Clone)]
pub struct Connections {
    outbound: Outbound,
    what: Arc<str>,
    last: Arc<Mutex<Option<Trouble>>>,
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections").field("what", &self.what).finish_non_exhaustive()
    }
}

impl Connections {
    /// Connections to `what`, which is how refusals begin.
    pub fn new(outbound: Outbound, what: String) -> Self {
        Self { outbound, what: what.into(), last: Arc::default() }
    }

    /// What the connections lead to.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Why the last request came to nothing, if it did; told once.
    pub fn take(&self) -> Option<Trouble> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn keep(&self, trouble: Option<Trouble>) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    /// A request made, and why nothing came of it where there is an answer that says so.
    async fn ask(&self, request: HttpRequest) -> Result<(Answer, Option<Trouble>), Trouble> {
        let (head, body) = request.into_parts();
        let url = Url::parse(&head.uri.to_string())
            .map_err(|error| Trouble::new(Fault::Settings, format!("{}: {error}", head.uri)))?;
        let place = host(&url);
        let broken = |error: HttpError| Trouble::new(Fault::Connection, format!("{place}: {error}"));
        let body = body.collect().await.map_err(broken)?.to_bytes();
        let asked =
            self.outbound.exchange(&head.method, &url, &head.headers, body, LARGEST_ANSWER, PATIENCE).await;
        let (status, mut headers, body) = asked.map_err(|error| Trouble::of_connection(&place, &error))?;
        if head.method != Method::HEAD {
            // The library wants to be told the length, which an answer that came in chunks does not say.
            headers.entry(CONTENT_LENGTH).or_insert(body.len().into());
        }
        let answer = Answer { status, headers, body };
        let refused = refused(&place, &head.method, &answer)
            .map(|Trouble { fault, said }| Trouble::new(fault, format!("{}: {said}", self.what)));
        Ok((answer, refused))
    }
}

impl HttpConnector for Connections {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

#[async_trait]
impl HttpService for Connections {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (answer, refused) = match self.ask(request).await {
            Ok(answered) => answered,
            Err(trouble) => {
                self.keep(Some(trouble.clone()));
                return Err(unanswered(trouble));
            }
        };
        self.keep(refused.clone());
        match refused {
            // The library would ask again after every answer of 5xx: a full disk is none that passes.
            Some(refused) if answer.status.is_server_error() && !refused.is_passing() => {
                Err(unanswered(refused))
            }
            _ => {
                let mut response = HttpResponse::new(answer.body.into());
                *response.status_mut() = answer.status;
                *response.headers_mut() = answer.headers;
                Ok(response)
            }
        }
    }
}

/// No answer for the library: it asks again where the same request may go better a moment later, and only there.
fn unanswered(trouble: Trouble) -> HttpError {
    let kind = if trouble.is_passing() { HttpErrorKind::Interrupted } else { HttpErrorKind::Unknown };
    HttpError::new(kind, trouble)
}
