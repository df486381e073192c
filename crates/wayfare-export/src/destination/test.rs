//! *Test this destination*: something small is written, looked at, read back and taken away, as an export would be.
//! What takes no files is sent a test letter or a test message.

use super::kinds::Settings;
use super::place::{Around, Place};
use super::prefix::{self, Facts, fill};
use super::sealed::Secrets;
use super::trouble::{Fault, Trouble};
use std::time::Duration;

/// How long all of it may take.
pub const PATIENCE: Duration = Duration::from_secs(90);
/// What is written.
const CONTENT: &[u8] = b"Wayfare wrote this to test the destination, and takes it away again.\n";

/// One of the acts of a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Reach it.
    Connect,
    /// Write a small file.
    Write,
    /// Look at its size.
    Look,
    /// Read it back.
    Read,
    /// Take it away.
    Delete,
    /// Send a letter or a message.
    Send,
}

impl Step {
    /// The name used in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Write => "write",
            Self::Look => "look",
            Self::Read => "read",
            Self::Delete => "delete",
            Self::Send => "send",
        }
    }
}

/// What a test came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestReport {
    /// What worked, in order.
    pub done: Vec<Step>,
    /// What did not, and why; nothing is tried after it.
    pub failed: Option<(Step, Trouble)>,
    /// What there is to say where everything worked.
    pub worked: String,
}

/// Tests a destination; `id` makes the name of what is written one that nobody else uses.
pub async fn test(
    settings: &Settings,
    secrets: &Secrets,
    around: Around<'_>,
    id: &str,
    name: &str,
) -> TestReport {
    let facts = Facts { asked_at: (around.now)(), id, kind: "test", name };
    let folder = fill(settings.prefix().unwrap_or(prefix::DEFAULT), &facts);
    let file = format!("{folder}/wayfare-test.txt");
    let mut done = Vec::new();
    let tried = tokio::time::timeout(PATIENCE, steps(settings, secrets, around, &file, &mut done)).await;
    let late = |_| {
        Err(Trouble::new(Fault::Connection, format!("it took longer than {} seconds", PATIENCE.as_secs())))
    };
    let trouble = tried.unwrap_or_else(late).err();
    let step = match done.len() {
        0 => Step::Connect,
        1 => Step::Write,
        2 => Step::Look,
        3 => Step::Read,
        _ => Step::Delete,
    };
    let worked = "A small file was written, read back and taken away again.".into();
    TestReport { done, failed: trouble.map(|trouble| (step, trouble)), worked }
}

async fn steps(
    settings: &Settings,
    secrets: &Secrets,
    around: Around<'_>,
    file: &str,
    done: &mut Vec<Step>,
) -> Result<(), Trouble> {
    let mut place = Place::reach(settings, secrets, around).await?;
    done.push(Step::Connect);
    place.put_bytes(file, CONTENT).await?;
    done.push(Step::Write);
    let odd = |what: &str| Trouble::new(Fault::Content, format!("{file} {what}"));
    match place.look(file).await? {
        Some(found) if found.bytes == CONTENT.len() as u64 => done.push(Step::Look),
        Some(found) => {
            return Err(odd(&format!("has {} bytes there, and {} were sent", found.bytes, CONTENT.len())));
        }
        None => return Err(odd("was taken, and is not there")),
    }
    match place.read(file).await? == CONTENT {
        true => done.push(Step::Read),
        false => return Err(odd("came back as something else")),
    }
    place.delete(file).await?;
    done.push(Step::Delete);
    Ok(())
}
