//! A letter that is sent to see whether letters arrive, and what came of it.

use super::{Mailer, check_address, letter_id};
use crate::destination::test::{PATIENCE, Step, TestReport};
use crate::destination::trouble::{Fault, Trouble};
use crate::error::ExportError;
use crate::jobs::{Exports, Inner};
use crate::letter;
use wayfare_model::time::Instant;

/// What came of a test letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailTest {
    /// What worked, and what did not.
    pub report: TestReport,
    /// The letter, where it became a file.
    pub mail_id: Option<String>,
}

impl Exports {
    /// Sends a test letter now.
    pub async fn test_mail(&self, to: &str) -> Result<MailTest, ExportError> {
        check_address(to).map_err(|error| error.at("to"))?;
        self.0.test_letters(&[to.to_owned()]).await
    }
}

impl Inner {
    /// Sends a test letter to each address.
    pub(crate) async fn test_letters(&self, to: &[String]) -> Result<MailTest, ExportError> {
        let now = (self.settings.now)();
        let mut done = Vec::new();
        let sent = sent(&self.mailer, to, &self.settings.public_url, now, &mut done);
        let outcome = match tokio::time::timeout(PATIENCE, sent).await {
            Ok(outcome) => outcome?,
            Err(_) => {
                let said = format!("it took longer than {} seconds", PATIENCE.as_secs());
                Err(Trouble::new(Fault::Connection, said))
            }
        };
        let step = if done.is_empty() { Step::Connect } else { Step::Send };
        let (failed, mail_id) = match outcome {
            Ok(mail_id) => {
                done.push(Step::Send);
                (None, mail_id)
            }
            Err(trouble) => (Some((step, trouble)), None),
        };
        let worked = match (&mail_id, to) {
            (Some(_), _) => {
                "No relay is set (smtp_url), so the test letter became a file, which is shown under Mail."
                    .to_owned()
            }
            (None, [to]) => format!("The relay took a test letter to {to}."),
            (None, several) => format!("The relay took {} test letters.", several.len()),
        };
        Ok(MailTest { report: TestReport { done, failed, worked }, mail_id })
    }
}

/// Tries every address, so that each that is refused is told.
async fn sent(
    mailer: &Mailer,
    to: &[String],
    public_url: &str,
    now: Instant,
    done: &mut Vec<Step>,
) -> Result<Result<Option<String>, Trouble>, ExportError> {
    let mut post = match mailer.open().await {
        Ok(post) => post,
        Err(trouble) => return Ok(Err(trouble)),
    };
    done.push(Step::Connect);
    let (mut kept, mut troubles) = (None, Vec::new());
    for address in to {
        let letter = letter::test(address, public_url)?;
        let id = letter_id(now, &format!("test\n{address}\n{}", uuid::Uuid::now_v7()));
        match post.send(&letter, &id, now).await {
            Ok(mail_id) => kept = kept.or(mail_id),
            Err(not_sent) => {
                let is_broken = not_sent.trouble.fault == Fault::Connection;
                troubles.push(not_sent.trouble);
                if is_broken {
                    break;
                }
            }
        }
    }
    post.close().await;
    Ok(match troubles.first() {
        None => Ok(kept),
        Some(first) => {
            let said: Vec<&str> = troubles.iter().map(|trouble| trouble.said.as_str()).collect();
            Err(Trouble::new(first.fault, said.join("; ")))
        }
    })
}
