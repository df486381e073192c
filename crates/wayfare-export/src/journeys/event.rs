//! One journey event of one profile, as passes and messages are made of it.

/// Which of the journey events it is. At one instant an entry comes first and an exit last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventKind {
    /// The person entered.
    Enter,
    /// Something happened with a message, or with what stands for one.
    Action,
    /// The person left.
    Exit,
}

/// A journey event; texts are borrowed from where it was read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Event<'a> {
    /// Which event it is.
    pub kind: EventKind,
    /// When it happened, in microseconds.
    pub time: i64,
    /// Its commit position.
    pub position: u64,
    /// Its id.
    pub event_id: &'a str,
    /// Whether it is a dry run.
    pub is_dry_run: bool,
    /// The journey.
    pub journey_id: Option<i64>,
    /// What the journey was called.
    pub journey_name: Option<&'a str>,
    /// The journey's version.
    pub journey_version: Option<i64>,
    /// The pass, where the source says.
    pub pass_id: Option<&'a str>,
    /// The element.
    pub element_code: Option<&'a str>,
    /// What the element was called.
    pub element_name: Option<&'a str>,
    /// Why: of an entry, an exit or an action.
    pub reason: Option<&'a str>,
    /// Of an exit: when the person had entered.
    pub entered_at: Option<i64>,
    /// The campaign.
    pub campaign_id: Option<i64>,
    /// What the campaign was called.
    pub campaign_name: Option<&'a str>,
    /// The channel.
    pub channel_code: Option<&'a str>,
    /// What happened.
    pub action_code: Option<i64>,
    /// The message, where the source says.
    pub message_id: Option<&'a str>,
    /// The variant of the message.
    pub variant_id: Option<&'a str>,
}

impl Event<'_> {
    /// What events of a journey are put in order by; no two are equal.
    pub fn order(&self) -> (i64, EventKind, u64) {
        (self.time, self.kind, self.position)
    }
}

/// Actions that begin a message that has no id: attempts to send, and what stands in the place of one.
pub const BEGINNINGS: [i64; 4] = [SEND, CAPPED, CALL_API_SENT, SKIPPED];
/// Actions by which a message went out.
pub const SENDS: [i64; 2] = [SEND, CALL_API_SENT];
/// Actions by which a person saw a message.
pub const VIEWS: [i64; 3] = [4, 22, 30];
/// Actions by which a person clicked a message.
pub const CLICKS: [i64; 1] = [2];

const SEND: i64 = 1;
const CAPPED: i64 = 18;
const CALL_API_SENT: i64 = 21;
const SKIPPED: i64 = 34;

#[cfg(test)]
mod tests {
    use super::*;
    use wayfare_model::journey::action;

    #[test]
    fn the_codes_are_those_of_the_vocabulary() {
        let names = |codes: &[i64]| codes.iter().map(|code| action(*code).unwrap().name).collect::<Vec<_>>();
        assert_eq!(names(&BEGINNINGS), ["SEND", "CAPPED", "CALL_API_SENT", "SKIPPED"]);
        assert_eq!(names(&SENDS), ["SEND", "CALL_API_SENT"]);
        assert_eq!(names(&VIEWS), ["VIEW", "CALL_API_OPEN", "WHATSAPP_OPEN"]);
        assert_eq!(names(&CLICKS), ["CLICK"]);
    }
}
