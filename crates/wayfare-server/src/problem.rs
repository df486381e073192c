//! Problem documents (RFC 9457): the one place where errors become answers.
//!
//! A [`Problem`] has a stable [`Code`]; the code fixes the status, the title and the page that says what to do.
//! What went wrong inside the service is logged and never told to the client.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use wayfare_export::{ExportError, LinkError};
use wayfare_model::problem::Refusal;
use wayfare_store::StoreError;

/// The media type of problem documents.
pub const MEDIA_TYPE: &str = "application/problem+json";

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident $code:literal $status:ident $title:literal $advice:literal,)*) => {
        /// What kind of problem it is; stable, to be told apart by programs.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// All codes.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The code as it stands in the document.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The status of the answer.
            pub fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            /// A short title, the same for every problem of this code.
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// What to do about it: the text of the code's page.
            pub fn advice(self) -> &'static str {
                match self { $(Self::$name => $advice,)* }
            }
        }
    };
}

codes! {
    /// The body is no JSON.
    UnreadableJson "unreadable_json" BAD_REQUEST "The body cannot be read as JSON"
        "The body must be JSON in UTF-8. `message` names line and column of the first fault, `path` the member in which it lies.",
    /// The address cannot be read.
    UnreadableAddress "unreadable_address" BAD_REQUEST "The address cannot be read"
        "A part of the path or query is not valid percent-encoded UTF-8.",
    /// No valid credentials.
    Unauthorized "unauthorized" UNAUTHORIZED "Sign-in required"
        "Send `Authorization: Bearer KEY` with the service's API key, or sign in with `POST /api/v1/sign-in`.",
    /// The API key has a policy that does not go with this.
    Forbidden "forbidden" FORBIDDEN "Not for this API key"
        "An API key with a policy asks for exports and counts, and sees nothing but its own jobs; API keys are managed by people and with the service's own key. Ask with another key, or have it done by somebody who may.",
    /// The Host header is not this service's.
    ForeignHost "foreign_host" FORBIDDEN "The host is not this service's"
        "A service without sign-in answers only under the loopback address it listens on, so that no other site's page can use it. Open it under the address that it printed.",
    /// The page that asks is another site's.
    ForeignOrigin "foreign_origin" FORBIDDEN "The origin is not this service's"
        "Browsers may use the API only from the pages of this service. Programs send no `Origin`.",
    /// The link was changed.
    BadSignature "bad_signature" FORBIDDEN "The link is not valid"
        "The link was cut off or changed. Copy it whole, or get a new one on the Exports page.",
    /// Nothing is there.
    NotFound "not_found" NOT_FOUND "Not found"
        "Nothing lives at this address. `detail` says what was looked for.",
    /// The address is there, the method is not.
    MethodNotAllowed "method_not_allowed" METHOD_NOT_ALLOWED "Method not allowed"
        "The header `Allow` names the methods that this address takes.",
    /// It does not go with the present state.
    Conflict "conflict" CONFLICT "In conflict with the present state"
        "`detail` says what state stands against the request.",
    /// The link has expired.
    LinkExpired "link_expired" GONE "The link has expired"
        "Get a new link on the Exports page, or with `POST /api/v1/exports/{id}/link`; the file itself is still there until the export expires.",
    /// The body is too large.
    TooLarge "too_large" PAYLOAD_TOO_LARGE "The body is too large"
        "Records may take 5 MB a request and number 50,000, everything else may take 1 MB. Send several requests, or use `wayfare import` for files.",
    /// The body is packed.
    UnsupportedEncoding "unsupported_encoding" UNSUPPORTED_MEDIA_TYPE "The body is packed"
        "Bodies are read plain: send them without `Content-Encoding`. Files that are packed go through `wayfare import`.",
    /// The range lies outside of the file.
    BadRange "bad_range" RANGE_NOT_SATISFIABLE "The range lies outside of the file"
        "The header `Content-Range` names the size of the file.",
    /// The request was read, but cannot be done.
    InvalidRequest "invalid_request" UNPROCESSABLE_ENTITY "The request cannot be done"
        "`path` names the member or parameter, `message` what is wrong with it, `nearest` what may have been meant.",
    /// The definition was read, but refused.
    RefusedDefinition "refused_definition" UNPROCESSABLE_ENTITY "The definition is refused"
        "`path` names the place inside of the definition, `message` what is wrong there, `nearest` the nearest known name.",
    /// The evaluation would take too much memory.
    TooMuchMemory "too_much_memory" UNPROCESSABLE_ENTITY "The evaluation would take too much memory"
        "Ask with fewer conditions, or let evaluations take more with `count_memory_bytes` (`WAYFARE_COUNT_MEMORY_BYTES`). `detail` says how much it would take and how much is allowed.",
    /// Too many attempts.
    TooManyAttempts "too_many_attempts" TOO_MANY_REQUESTS "Too many attempts"
        "Wait as long as `Retry-After` says.",
    /// The request was given up.
    Cancelled "cancelled" SERVICE_UNAVAILABLE "The evaluation was given up"
        "The service is closing. Ask again.",
    /// The evaluation took too long.
    TooSlow "too_slow" SERVICE_UNAVAILABLE "The evaluation took too long"
        "Ask with fewer conditions or a shorter time range, ask again when less is going on, or let counts take longer with `count_seconds` (`WAYFARE_COUNT_SECONDS`). `detail` says how long was waited.",
    /// The service is closing or not ready.
    Unavailable "unavailable" SERVICE_UNAVAILABLE "Not ready"
        "Ask again in a moment.",
    /// The disk is full.
    StorageFull "storage_full" INSUFFICIENT_STORAGE "The disk is full"
        "Free some space on the disk that holds the data directory and send the request again. Nothing acknowledged is lost.",
    /// A fault of the service.
    Internal "internal" INTERNAL_SERVER_ERROR "The service failed"
        "The service's log says why.",
}

impl Code {
    /// The page about the code, in Markdown.
    pub fn page(self) -> String {
        format!(
            "# {}: {}\n\nCode `{}`, status {}.\n\n{}\n",
            self.status().as_u16(),
            self.title(),
            self.name(),
            self.status().as_u16(),
            self.advice()
        )
    }
}

/// A problem document.
#[derive(Debug, Clone)]
pub struct Problem {
    code: Code,
    detail: String,
    path: Option<String>,
    message: Option<String>,
    nearest: Option<String>,
    headers: Vec<(header::HeaderName, HeaderValue)>,
}

/// A problem document (RFC 9457).
#[derive(Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Wire<'a> {
    /// The page about this kind of problem.
    r#type: String,
    /// A short title, the same for every problem of this code.
    title: &'a str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What happened, for a person.
    detail: &'a str,
    /// What kind of problem it is, for a program.
    code: &'a str,
    /// Where in the request: `definition` paths are those of the definition itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    path: Option<&'a str>,
    /// What is wrong there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    message: Option<&'a str>,
    /// The known name nearest to the one written.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    nearest: Option<&'a str>,
}

impl Problem {
    /// A problem of that code; `detail` says what happened.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), path: None, message: None, nearest: None, headers: Vec::new() }
    }

    /// A request that was read but cannot be done, because of the member or parameter at `path`.
    pub fn invalid(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self::refused(Code::InvalidRequest, Refusal::new(path, message))
    }

    /// A definition that is refused.
    pub fn definition(refusal: Refusal) -> Self {
        Self::refused(Code::RefusedDefinition, refusal)
    }

    /// A refusal, with its members.
    pub fn refused(code: Code, refusal: Refusal) -> Self {
        let detail = refusal.to_string();
        let Refusal { path, message, nearest } = refusal;
        Self { path: Some(path), message: Some(message), nearest, ..Self::new(code, detail) }
    }

    /// Nothing is there; `what` names what was looked for.
    pub fn not_found(what: impl std::fmt::Display) -> Self {
        Self::new(Code::NotFound, format!("There is no {what}."))
    }

    /// A fault of the service: logged in full, told as little as is useful.
    pub fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        let mut causes = String::new();
        let mut cause = error.source();
        while let Some(error) = cause {
            causes.push_str(": ");
            causes.push_str(&error.to_string());
            cause = error.source();
        }
        tracing::error!(error = %error, causes, "a request failed");
        Self::new(Code::Internal, "The service failed; its log says why.")
    }

    fn storage_full(error: &dyn std::error::Error) -> Self {
        tracing::error!(%error, "the disk is full");
        Self::new(
            Code::StorageFull,
            "The disk of the service is full: free some space and send the request again. Nothing acknowledged is lost.",
        )
    }

    /// The problem of a part, seen from the whole that has it at `path`.
    pub fn within(mut self, path: &str) -> Self {
        if let Some(below) = &self.path {
            let whole = match below.as_str() {
                "" => path.to_owned(),
                below => format!("{path}.{below}"),
            };
            let message = self.message.clone().unwrap_or_default();
            self.detail = Refusal::new(whole.clone(), message).nearest(self.nearest.clone()).to_string();
            self.path = Some(whole);
        }
        self
    }

    /// Adds a header to the answer.
    pub fn header(mut self, name: header::HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// What kind of problem it is.
    pub fn code(&self) -> Code {
        self.code
    }

    /// What happened, for a person.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// Where in the request.
    #[cfg(test)]
    pub fn path(&self) -> Option<&str> {
        self.path.as_deref()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let wire = Wire {
            r#type: format!("/docs/errors/{}", self.code.name()),
            title: self.code.title(),
            status: self.code.status().as_u16(),
            detail: &self.detail,
            code: self.code.name(),
            path: self.path.as_deref(),
            message: self.message.as_deref(),
            nearest: self.nearest.as_deref(),
        };
        let mut response = (self.code.status(), axum::Json(wire)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.extend(self.headers);
        response
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if error.is_disk_full() {
            return Self::storage_full(&error);
        }
        match error {
            StoreError::Closing => Self::new(Code::Unavailable, "The service is closing; ask again."),
            StoreError::TooMuchMemory { .. } => Self::new(Code::TooMuchMemory, error.to_string()),
            other => Self::internal(&other),
        }
    }
}

impl From<ExportError> for Problem {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Refused(refusal) => Self::refused(Code::InvalidRequest, refusal),
            ExportError::Store(error) => error.into(),
            ExportError::Unknown { id } => Self::not_found(format_args!("export {id:?}")),
            ExportError::NoSuch { what, id } => Self::not_found(format_args!("{what} {id:?}")),
            ExportError::NoFile { file, .. } => Self::not_found(format_args!("file {file:?}")),
            ExportError::KeyReused
            | ExportError::State { .. }
            | ExportError::Outdated { .. }
            | ExportError::InUse { .. }
            | ExportError::NoVault
            | ExportError::Sealed { .. } => Self::new(Code::Conflict, error.to_string()),
            ExportError::DiskFull { .. } => Self::storage_full(&error),
            ExportError::TooMany { retry_after, .. } => Self::new(Code::TooManyAttempts, error.to_string())
                .header(header::RETRY_AFTER, HeaderValue::from(retry_after.as_secs().max(1))),
            other => Self::internal(&other),
        }
    }
}

impl From<LinkError> for Problem {
    fn from(error: LinkError) -> Self {
        let code = match error {
            LinkError::Invalid => Code::BadSignature,
            LinkError::Expired(_) | LinkError::Revoked | LinkError::Gone => Code::LinkExpired,
            LinkError::NotYet => {
                return Self::new(Code::Unavailable, error.to_string())
                    .header(header::RETRY_AFTER, HeaderValue::from_static("30"));
            }
        };
        Self::new(code, error.to_string())
    }
}

impl From<tokio::task::JoinError> for Problem {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::internal(&error)
    }
}
