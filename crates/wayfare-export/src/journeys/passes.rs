//! Which events are one pass through a journey, and how it stands with it.
//!
//! By `pass_id` where the source has it, whatever the times. Without one, an entry opens a pass; a message is of the
//! newest pass opened at or before it; an exit closes the pass that was entered when it says, else the newest one that
//! is still open. What finds no pass opens one of its own.

use super::event::{Event, EventKind};
use super::messages::Message;
use std::collections::HashMap;
use wayfare_model::journey::is_completed;

/// How it stands with a pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Entered and not left.
    Active,
    /// Left with its aim reached.
    Completed,
    /// Left otherwise.
    Exited,
}

impl State {
    /// The name used in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Completed => "completed",
            Self::Exited => "exited",
        }
    }
}

/// A pass; events and messages are told by their places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pass<'a> {
    /// The entry, or the first event where there is none.
    pub opening: usize,
    /// The source's id of it.
    pub pass_id: Option<&'a str>,
    /// Its first entry.
    pub entry: Option<usize>,
    /// Its last exit.
    pub exit: Option<usize>,
    /// Its messages, by their first actions.
    pub messages: Vec<usize>,
    /// How it stands by what happened before the instant that is asked for; nothing where neither an entry nor an exit was seen by then.
    pub state: Option<State>,
    /// Entries that name the same pass once more.
    pub more_entries: usize,
    /// Exits that name the same pass once more.
    pub more_exits: usize,
    /// The newest exit before that instant.
    seen_exit: Option<usize>,
}

impl<'a> Pass<'a> {
    fn opened(opening: usize, pass_id: Option<&'a str>) -> Self {
        Self {
            opening,
            pass_id,
            entry: None,
            exit: None,
            messages: Vec::new(),
            state: None,
            more_entries: 0,
            more_exits: 0,
            seen_exit: None,
        }
    }

    fn leave(&mut self, place: usize, event: &Event<'_>, as_of: i64) {
        self.more_exits += usize::from(self.exit.is_some());
        self.exit = Some(place);
        if event.time < as_of {
            self.seen_exit = Some(place);
        }
    }
}

/// The passes of events that stand in order; those too, by their openings.
pub fn passes<'a>(events: &[Event<'a>], messages: &[Message<'a>], as_of: i64) -> Vec<Pass<'a>> {
    let mut passes = named(events, messages, as_of);
    nameless(events, messages, as_of, &mut passes);
    let exits = events.iter().filter(|event| event.kind == EventKind::Exit && event.time < as_of);
    let last_exit = exits.map(|event| event.time).max();
    for pass in &mut passes {
        pass.messages.sort_unstable();
        pass.state = state(pass, events, last_exit, as_of);
    }
    passes.sort_unstable_by_key(|pass| pass.opening);
    passes
}

/// Passes that have an id.
fn named<'a>(events: &[Event<'a>], messages: &[Message<'a>], as_of: i64) -> Vec<Pass<'a>> {
    let mut passes: Vec<Pass<'a>> = Vec::new();
    let mut by_id: HashMap<&'a str, usize> = HashMap::new();
    let mut of = |passes: &mut Vec<Pass<'a>>, pass_id: &'a str, place: usize| {
        *by_id.entry(pass_id).or_insert_with(|| {
            passes.push(Pass::opened(place, Some(pass_id)));
            passes.len() - 1
        })
    };
    for (place, event) in events.iter().enumerate().filter(|(_, event)| event.kind != EventKind::Action) {
        let Some(pass_id) = event.pass_id else { continue };
        let known = of(&mut passes, pass_id, place);
        let pass = &mut passes[known];
        match (event.kind, pass.entry) {
            (EventKind::Enter, None) => pass.entry = Some(place),
            (EventKind::Enter, Some(_)) => pass.more_entries += 1,
            _ => pass.leave(place, event, as_of),
        }
    }
    for (message, at) in messages.iter().zip(0..) {
        let Some(pass_id) = message.pass_id else { continue };
        let known = of(&mut passes, pass_id, message.actions[0]);
        passes[known].messages.push(at);
        passes[known].opening = passes[known].opening.min(message.actions[0]);
    }
    for pass in &mut passes {
        pass.opening = pass.entry.unwrap_or(pass.opening);
    }
    passes
}

/// Adds the events and messages that name no pass.
fn nameless<'a>(events: &[Event<'a>], messages: &[Message<'a>], as_of: i64, passes: &mut Vec<Pass<'a>>) {
    let mut named: Vec<(usize, usize)> =
        passes.iter().enumerate().map(|(known, pass)| (pass.opening, known)).collect();
    named.sort_unstable();
    let mut begun: Vec<(usize, usize)> = messages
        .iter()
        .zip(0..)
        .filter(|(message, _)| message.pass_id.is_none())
        .map(|(message, at)| (message.actions[0], at))
        .collect();
    begun.reverse();
    let mut newest: Option<usize> = None;
    // Passes without an id and an exit, in the order of their openings.
    let mut open: Vec<usize> = Vec::new();
    for (place, event) in events.iter().enumerate() {
        match event.kind {
            EventKind::Enter if event.pass_id.is_none() => {
                let entered = Pass { entry: Some(place), ..Pass::opened(place, None) };
                newest = Some(passes.len());
                open.push(passes.len());
                passes.push(entered);
            }
            EventKind::Action if begun.last().is_some_and(|(first, _)| *first == place) => {
                let Some((_, message)) = begun.pop() else { continue };
                let before = named.partition_point(|(opening, _)| *opening < place);
                let of_named = before.checked_sub(1).and_then(|at| named.get(at)).map(|(_, known)| *known);
                let known = of_named.into_iter().chain(newest).max_by_key(|known| passes[*known].opening);
                let known = known.unwrap_or_else(|| {
                    newest = Some(passes.len());
                    open.push(passes.len());
                    passes.push(Pass::opened(place, None));
                    passes.len() - 1
                });
                passes[known].messages.push(message);
            }
            EventKind::Exit if event.pass_id.is_none() => {
                let meant = event.entered_at.and_then(|at| entered_at(at, &open, passes, events));
                let known = match meant.or(open.len().checked_sub(1)) {
                    Some(at) => open.remove(at),
                    None => {
                        newest = Some(passes.len());
                        passes.push(Pass::opened(place, None));
                        passes.len() - 1
                    }
                };
                passes[known].leave(place, event, as_of);
            }
            _ => {}
        }
    }
}

/// Where in `open` the newest pass stands that was entered at that instant.
fn entered_at(instant: i64, open: &[usize], passes: &[Pass<'_>], events: &[Event<'_>]) -> Option<usize> {
    let opened = |known: &usize| events[passes[*known].opening].time;
    let later = open.partition_point(|known| opened(known) <= instant);
    let same = open[..later].iter().rposition(|known| opened(known) < instant).map_or(0, |at| at + 1);
    (same..later).rfind(|at| passes[open[*at]].entry.is_some())
}

/// As `docs/segments.md` has the states, of one pass; `last_exit` is the time of the journey's newest exit.
fn state(pass: &Pass<'_>, events: &[Event<'_>], last_exit: Option<i64>, as_of: i64) -> Option<State> {
    let entered = pass.entry.map(|place| events[place].time).filter(|time| *time < as_of);
    let is_left = |entered: i64| match pass.pass_id {
        Some(_) => pass.seen_exit.is_some(),
        None => last_exit.is_some_and(|exit| exit >= entered),
    };
    match (entered, pass.seen_exit) {
        (Some(entered), _) if !is_left(entered) => Some(State::Active),
        (_, Some(exit)) if events[exit].reason.is_some_and(is_completed) => Some(State::Completed),
        // An exit closed it; which one its source did not say, where it is not its own.
        (Some(_), _) | (_, Some(_)) => Some(State::Exited),
        (None, None) => None,
    }
}
