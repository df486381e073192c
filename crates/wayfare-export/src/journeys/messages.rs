//! Which actions are about one message.
//!
//! By `message_id` where the source has it, by pass and message where it has both. Without one, an attempt to send
//! begins a message, and what follows on the same channel and campaign (or, without a campaign, element) is about the
//! newest of them. An action that names a pass never joins a message of another pass.

use super::event::{BEGINNINGS, Event, EventKind};
use std::collections::HashMap;

/// A message: what happened with it, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message<'a> {
    /// Its actions, as places of events.
    pub actions: Vec<usize>,
    /// The source's id of it.
    pub message_id: Option<&'a str>,
    /// The pass that its actions name.
    pub pass_id: Option<&'a str>,
}

/// What a message without an id is known by, within a journey of a profile.
type Thread<'a> = (Option<&'a str>, Result<i64, Option<&'a str>>);

/// The messages of events that stand in order; those too, by their first actions.
pub fn messages<'a>(events: &[Event<'a>]) -> Vec<Message<'a>> {
    let mut messages = named(events);
    nameless(events, &mut messages);
    messages.sort_unstable_by_key(|message| message.actions[0]);
    messages
}

fn actions<'e, 'a>(events: &'e [Event<'a>]) -> impl Iterator<Item = (usize, &'e Event<'a>)> {
    events.iter().enumerate().filter(|(_, event)| event.kind == EventKind::Action)
}

/// Messages that have an id.
fn named<'a>(events: &[Event<'a>]) -> Vec<Message<'a>> {
    let mut messages: Vec<Message<'a>> = Vec::new();
    let mut by_pass: HashMap<(&str, &str), usize> = HashMap::new();
    let mut by_id: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, event) in actions(events) {
        let (Some(message_id), Some(pass_id)) = (event.message_id, event.pass_id) else { continue };
        let known = *by_pass.entry((message_id, pass_id)).or_insert_with(|| {
            by_id.entry(message_id).or_default().push(messages.len());
            messages.push(Message {
                actions: Vec::new(),
                message_id: Some(message_id),
                pass_id: Some(pass_id),
            });
            messages.len() - 1
        });
        messages[known].actions.push(place);
    }
    let begun: Vec<usize> = messages.iter().map(|message| message.actions[0]).collect();
    for (place, event) in actions(events) {
        let (Some(message_id), None) = (event.message_id, event.pass_id) else { continue };
        let alike = by_id.entry(message_id).or_default();
        // The newest that was begun before; where all were begun later, the oldest.
        let older = alike.partition_point(|message| begun.get(*message).is_some_and(|begun| *begun < place));
        let known = alike.get(older.saturating_sub(1)).copied().unwrap_or_else(|| {
            alike.push(messages.len());
            messages.push(Message { actions: Vec::new(), message_id: Some(message_id), pass_id: None });
            messages.len() - 1
        });
        messages[known].actions.push(place);
    }
    for message in &mut messages {
        message.actions.sort_unstable();
    }
    messages
}

/// Adds the actions that have no message id.
fn nameless<'a>(events: &[Event<'a>], messages: &mut Vec<Message<'a>>) {
    if actions(events).all(|(_, event)| event.message_id.is_some()) {
        return;
    }
    let begun: HashMap<usize, usize> =
        messages.iter().enumerate().map(|(known, message)| (message.actions[0], known)).collect();
    let mut newest: HashMap<Thread<'a>, usize> = HashMap::new();
    let mut newest_of_pass: HashMap<(Thread<'a>, &str), usize> = HashMap::new();
    for (place, event) in actions(events) {
        let thread = (event.channel_code, event.campaign_id.ok_or(event.element_code));
        let known = if event.message_id.is_some() {
            // What is not the first of its message says nothing new.
            let Some(known) = begun.get(&place) else { continue };
            *known
        } else {
            let begins = event.action_code.is_some_and(|code| BEGINNINGS.contains(&code));
            let joined = match event.pass_id {
                _ if begins => None,
                Some(pass) => newest_of_pass.get(&(thread, pass)),
                None => newest.get(&thread),
            };
            if let Some(joined) = joined {
                messages[*joined].actions.push(place);
                continue;
            }
            messages.push(Message { actions: vec![place], message_id: None, pass_id: event.pass_id });
            messages.len() - 1
        };
        newest.insert(thread, known);
        if let Some(pass) = messages[known].pass_id {
            newest_of_pass.insert((thread, pass), known);
        }
    }
    // What joined a message with an id came behind the actions that have it.
    for message in messages.iter_mut().filter(|message| message.message_id.is_some()) {
        message.actions.sort_unstable();
    }
}
