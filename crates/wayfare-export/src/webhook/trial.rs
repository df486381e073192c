//! A trial of an endpoint: a message of the type `webhook.test` now, and step by step what came of it.

use super::Webhooks;
use super::message::body;
use crate::error::ExportError;
use crate::outbound::OutboundError;
use serde_json::json;
use url::Url;

/// The type of the message; no endpoint can choose it.
pub const TEST: &str = "webhook.test";

/// One step of the way to an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// `address`, `name`, `connection`, `tls` or `answer`.
    pub step: &'static str,
    /// Whether it was done.
    pub ok: bool,
    /// What came of it, in words.
    pub words: String,
}

/// What came of a trial.
#[derive(Debug, Clone)]
pub struct Trial {
    /// The id of the message that was sent.
    pub message_id: String,
    /// Whether the endpoint took it.
    pub delivered: bool,
    /// The status of the answer, where there was one.
    pub status: Option<u16>,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// The steps, up to the first that failed.
    pub steps: Vec<Step>,
}

impl Webhooks {
    /// Sends a test to an endpoint, past its queue and its breaker. It is kept nowhere.
    pub async fn test_endpoint(&self, id: &str) -> Result<Trial, ExportError> {
        let kept = self.endpoint(id)?;
        let message_id = format!("msg_{}", uuid::Uuid::now_v7().simple());
        let begun = (self.0.now)();
        let body = body(TEST, begun, &json!({ "endpoint": id }));
        let outcome = match self.sent(&kept, &message_id, &body).await {
            Ok(outcome) => Ok(outcome.status.unwrap_or_default()),
            Err(ExportError::Outbound(error)) => Err(error),
            // Private by now, in the address itself.
            Err(ExportError::Refused(_)) => Err(OutboundError::Private),
            Err(other) => return Err(other),
        };
        let took_ms = u64::try_from(((self.0.now)().micros() - begun.micros()) / 1_000).unwrap_or_default();
        let status = match &outcome {
            Ok(status) => Some(*status),
            Err(OutboundError::Status(status)) => Some(status.as_u16()),
            Err(_) => None,
        };
        if outcome.is_ok() {
            // What waits need not wait for the next probe.
            self.queues().probe_now(id, (self.0.now)());
            self.0.changed.notify_one();
        }
        let is_secure = Url::parse(&kept.endpoint.url).is_ok_and(|url| url.scheme() == "https");
        let steps = steps(is_secure, &outcome);
        Ok(Trial { message_id, delivered: outcome.is_ok(), status, took_ms, steps })
    }
}

/// What an outcome says of each step.
fn steps(is_secure: bool, outcome: &Result<u16, OutboundError>) -> Vec<Step> {
    let mut way = vec![
        ("name", "the name leads to an address"),
        ("address", "the address may be called"),
        ("connection", "somebody takes connections there"),
    ];
    if is_secure {
        way.push(("tls", "the connection is secure, and the certificate is the name's"));
    }
    way.push(("answer", "the answer came"));
    let failed = match outcome {
        Ok(_) => None,
        Err(error) => Some(match error {
            OutboundError::NoHost | OutboundError::Resolve(_) => "name",
            OutboundError::Private => "address",
            OutboundError::Connect(_) => "connection",
            // A redirect may lead to TLS from where there was none.
            OutboundError::Tls(_) if is_secure => "tls",
            _ => "answer",
        }),
    };
    let mut steps = Vec::new();
    for (step, words) in way {
        if Some(step) == failed {
            let words = outcome.as_ref().err().map(ToString::to_string).unwrap_or_default();
            steps.push(Step { step, ok: false, words });
            break;
        }
        let words = match outcome {
            Ok(status) if step == "answer" => format!("the answer was {status}"),
            _ => words.to_owned(),
        };
        steps.push(Step { step, ok: true, words });
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Error, ErrorKind};

    #[test]
    fn steps_end_where_it_failed() {
        let outcomes = [
            (true, Ok(204)),
            (false, Ok(200)),
            (true, Err(OutboundError::Resolve(Error::other("no such name")))),
            (true, Err(OutboundError::Private)),
            (true, Err(OutboundError::Connect(Error::from(ErrorKind::ConnectionRefused)))),
            (true, Err(OutboundError::Tls("certificate expired".into()))),
            (false, Err(OutboundError::TooSlow)),
            (true, Err(OutboundError::Status(hyper::StatusCode::NOT_FOUND))),
            (true, Err(OutboundError::Redirect("the answer leads on to nowhere"))),
        ];
        let told = outcomes.map(|(is_secure, outcome)| {
            let steps = steps(is_secure, &outcome).into_iter();
            let lines = steps
                .map(|Step { step, ok, words }| format!("{} {step}: {words}", if ok { '+' } else { '-' }));
            lines.collect::<Vec<_>>().join("\n")
        });
        insta::assert_snapshot!(told.join("\n\n"));
    }
}
