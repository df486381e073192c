//! What of a row is JSON: steps, messages and actions, in compact form with every member there.

use super::event::Event;
use super::messages::Message;
use super::path::Step;
use crate::ndjson;
use crate::text;
use crate::times::Times;
use std::borrow::Cow;
use wayfare_model::journey;

/// Writes a JSON array, element by element.
pub struct JsonArray {
    out: Vec<u8>,
    times: Times,
    ended: bool,
}

impl JsonArray {
    /// Nothing yet.
    pub fn new() -> Self {
        Self { out: Vec::new(), times: Times::default(), ended: false }
    }

    /// Begins a new array.
    pub fn begin(&mut self) {
        self.out.clear();
        self.out.push(b'[');
        self.ended = false;
    }

    /// Ends the array and gives its text.
    pub fn end(&mut self) -> &str {
        if !self.ended {
            self.out.push(b']');
            self.ended = true;
        }
        // Everything that was appended is text.
        std::str::from_utf8(&self.out).unwrap_or_default()
    }

    /// Appends a step of a path.
    pub fn step(&mut self, step: &Step<'_>) {
        self.element();
        self.member("{", "element_code");
        self.text(Some(step.code));
        self.member(",", "element_name");
        self.text(step.name);
        self.member(",", "arrived_at");
        self.instant(step.arrived_at);
        self.member(",", "dwell_seconds");
        match step.dwell {
            Some(micros) => text::float(&mut self.out, seconds(micros)),
            None => self.out.extend_from_slice(b"null"),
        }
        self.out.push(b'}');
    }

    /// Appends a message of a pass.
    pub fn message(&mut self, message: &Message<'_>, events: &[Event<'_>]) {
        self.element();
        self.member("{", "message_id");
        self.text(Some(&message.id(events)));
        self.member(",", "channel_code");
        self.text(message.find(events, |event| event.channel_code));
        self.member(",", "campaign_id");
        self.integer(message.find(events, |event| event.campaign_id));
        self.member(",", "element_code");
        self.text(message.find(events, |event| event.element_code));
        self.member(",", "outcome");
        self.text(message.outcome(events).as_deref());
        self.member(",", "actions");
        self.out.push(b'[');
        for (place, action) in message.actions.iter().enumerate() {
            if place > 0 {
                self.out.push(b',');
            }
            self.text(action_name(events[*action].action_code).as_deref());
        }
        self.out.extend_from_slice(b"]}");
    }

    /// Appends an action of a message.
    pub fn action(&mut self, event: &Event<'_>) {
        self.element();
        self.member("{", "action_code");
        self.integer(event.action_code);
        self.member(",", "action");
        self.text(action_name(event.action_code).as_deref());
        self.member(",", "timestamp");
        self.instant(event.time);
        self.member(",", "event_id");
        self.text(Some(event.event_id));
        self.out.push(b'}');
    }

    fn element(&mut self) {
        if self.out.len() > 1 {
            self.out.push(b',');
        }
    }

    fn member(&mut self, before: &str, name: &str) {
        self.out.extend_from_slice(before.as_bytes());
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    fn text(&mut self, text: Option<&str>) {
        match text {
            Some(text) => ndjson::string(&mut self.out, text),
            None => self.out.extend_from_slice(b"null"),
        }
    }

    fn integer(&mut self, number: Option<i64>) {
        match number {
            Some(number) => text::integer(&mut self.out, number),
            None => self.out.extend_from_slice(b"null"),
        }
    }

    fn instant(&mut self, micros: i64) {
        self.out.push(b'"');
        self.times.instant(&mut self.out, micros);
        self.out.push(b'"');
    }
}

/// The name of an action; one that is not known has its number.
pub fn action_name(code: Option<i64>) -> Option<Cow<'static, str>> {
    let code = code?;
    Some(journey::action(code).map_or_else(|| code.to_string().into(), |action| action.name.into()))
}

/// Microseconds as seconds.
pub fn seconds(micros: i64) -> f64 {
    micros as f64 / 1e6
}
