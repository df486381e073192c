//! The kind `email`, and the e-mail that a request asks for: a letter with a link to each address.
//!
//! A letter has one id for all of its attempts. What became of each is written down before the next is sent, so that what a
//! restart cuts off is not sent to somebody who has it.

use super::delivery::Delivery;
use super::sender::put;
use super::trouble::{Fault, Trouble};
use crate::error::ExportError;
use crate::job::{Job, KeptJob};
use crate::jobs::Inner;
use crate::letter::{self, Ready};
use crate::link::Link;
use crate::mail::{Letter, letter_id};
use wayfare_model::time::Instant;

/// What the letter that a request asks for is called among the destinations of its export.
pub const REQUEST: &str = "email";

/// The letter that a request asks for, which waits for its export.
pub fn asked(to: String) -> Delivery {
    Delivery::asked(REQUEST.into(), to, String::new())
}

/// Sends the letters that wait; gives the state of the delivery behind it.
pub(super) async fn deliver(
    inner: &Inner,
    kept: &KeptJob,
    delivery: Delivery,
    addresses: &[String],
) -> Result<Delivery, ExportError> {
    let mut delivery = delivery.addressed(addresses);
    let now = || (inner.settings.now)();
    let since = delivery.since.unwrap_or_else(now);
    let mut post = match inner.mailer.open().await {
        Ok(post) => post,
        Err(trouble) => {
            for recipient in delivery.recipients.iter_mut().filter(|of| of.is_waiting()) {
                recipient.tried(Err((trouble.said.clone(), false)), now());
            }
            return Ok(delivery.after_letters(now(), inner.settings.hook_retry));
        }
    };
    // Made for each attempt, so that a letter that comes late still has one that works.
    let link = inner.link_to(&kept.job);
    for index in 0..delivery.recipients.len() {
        if !delivery.recipients[index].is_waiting() {
            continue;
        }
        let address = delivery.recipients[index].address.clone();
        let about = format!("{}\n{}\n{address}", kept.job.id, delivery.destination);
        let sent = match ready(&kept.job, &address, &link, now()) {
            Ok(letter) => post.send(&letter, &letter_id(since, &about), now()).await,
            Err(error) => Err(Trouble::new(Fault::Settings, error.with_causes()).into()),
        };
        // What an answer that comes late belongs to, nobody could say.
        let is_broken = sent.as_ref().is_err_and(|not_sent| not_sent.trouble.fault == Fault::Connection);
        let outcome = sent.map_err(|not_sent| (not_sent.trouble.said, not_sent.is_final));
        delivery.recipients[index].tried(outcome, now());
        if is_broken {
            return Ok(delivery.after_letters(now(), inner.settings.hook_retry));
        }
        if delivery.recipients[index + 1..].iter().any(|of| of.is_waiting()) {
            let so_far = delivery.clone();
            inner.change(&kept.job.id, |kept| put(kept, so_far)).await?;
        }
    }
    post.close().await;
    Ok(delivery.after_letters(now(), inner.settings.hook_retry))
}

fn ready(job: &Job, to: &str, link: &Link, now: Instant) -> Result<Letter, ExportError> {
    letter::ready(&Ready {
        to,
        id: &job.id,
        kind: &job.kind,
        filter_words: &job.filter_words,
        rows: job.rows.unwrap_or_default(),
        bytes: job.bytes.unwrap_or_default(),
        files: job.parts.len(),
        format: job.format,
        compression: job.compression,
        link: &link.url,
        link_until: link.expires_at,
        kept_until: job.files_kept_until.unwrap_or(now),
        requested_by: &job.requested_by,
        warnings: &job.warnings,
    })
}
