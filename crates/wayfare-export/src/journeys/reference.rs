//! The rules once more, slow and word by word: what the fast builder is held against. Shares nothing with it but the
//! shape of an event.

use super::event::{Event, EventKind};
use super::passes::Pass;
use super::story::Story;
use super::{Rows, Wanted, pass_rows};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use wayfare_model::time::Instant;

/// An event without anything.
pub fn event(kind: EventKind, time: i64, position: u64) -> Event<'static> {
    Event {
        kind,
        time,
        position,
        event_id: "e",
        is_dry_run: false,
        journey_id: None,
        journey_name: None,
        journey_version: None,
        pass_id: None,
        element_code: None,
        element_name: None,
        reason: None,
        entered_at: None,
        campaign_id: None,
        campaign_name: None,
        channel_code: None,
        action_code: None,
        message_id: None,
        variant_id: None,
    }
}

/// A message, by the positions of its actions.
type ToldMessage = Vec<u64>;

/// A pass, by positions.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct ToldPass {
    entry: Option<u64>,
    exit: Option<u64>,
    messages: BTreeSet<ToldMessage>,
    state: Option<&'static str>,
    more: (usize, usize),
}

/// The messages of one journey.
fn messages<'a>(events: &[Event<'a>]) -> Vec<(Option<&'a str>, Vec<Event<'a>>)> {
    let mut actions: Vec<_> = events.iter().copied().filter(|e| e.kind == EventKind::Action).collect();
    actions.sort_by_key(|e| (e.time, e.position));
    let at = |e: &Event<'_>| (e.time, e.position);
    let mut messages: Vec<(Option<&str>, Vec<Event<'_>>)> = Vec::new();
    for id in actions.iter().filter_map(|e| e.message_id).collect::<BTreeSet<_>>() {
        let alike: Vec<_> = actions.iter().copied().filter(|e| e.message_id == Some(id)).collect();
        let (with_pass, without): (Vec<_>, Vec<_>) = alike.iter().copied().partition(|e| e.pass_id.is_some());
        let passes: BTreeSet<_> = with_pass.iter().filter_map(|e| e.pass_id).collect();
        let mut of_id: Vec<_> = passes
            .iter()
            .map(|pass| {
                let own: Vec<_> = with_pass.iter().copied().filter(|e| e.pass_id == Some(pass)).collect();
                (Some(*pass), at(&own[0]), own)
            })
            .collect();
        of_id.sort_by_key(|(_, begun, _)| *begun);
        if of_id.is_empty() {
            messages.push((None, without));
            continue;
        }
        for action in without {
            let newest = of_id.iter().rposition(|(_, begun, _)| *begun < at(&action)).unwrap_or(0);
            of_id[newest].2.push(action);
        }
        for (pass, _, mut own) in of_id {
            own.sort_by_key(at);
            messages.push((pass, own));
        }
    }
    for action in actions.iter().filter(|e| e.message_id.is_none()) {
        let thread = |e: &Event<'_>| match e.campaign_id {
            Some(campaign) => format!("{:?} campaign {campaign}", e.channel_code),
            None => format!("{:?} element {:?}", e.channel_code, e.element_code),
        };
        let fits = |(pass, own): &&mut (Option<&str>, Vec<Event<'_>>)| {
            let first = &own[0];
            at(first) < at(action)
                && thread(first) == thread(action)
                && (action.pass_id.is_none() || action.pass_id == *pass)
        };
        let newest = messages.iter_mut().filter(fits).max_by_key(|(_, own)| at(&own[0]));
        match newest {
            Some((_, own)) if !matches!(action.action_code, Some(1 | 18 | 21 | 34)) => own.push(*action),
            _ => messages.push((action.pass_id, vec![*action])),
        }
    }
    for (_, own) in &mut messages {
        own.sort_by_key(at);
    }
    messages
}

/// The passes of one journey.
fn passes(events: &[Event<'_>], as_of: i64) -> Vec<ToldPass> {
    struct Open<'a> {
        id: Option<&'a str>,
        opening: (i64, EventKind, u64),
        entry: Option<Event<'a>>,
        exits: Vec<Event<'a>>,
        told: ToldPass,
    }
    fn all_of<'a>(events: &[Event<'a>], kind: EventKind, id: Option<&str>) -> Vec<Event<'a>> {
        let mut all: Vec<_> = events.iter().copied().filter(|e| e.kind == kind && e.pass_id == id).collect();
        all.sort_by_key(|e| (e.time, e.position));
        all
    }
    let messages = messages(events);
    let positions = |own: &[Event<'_>]| own.iter().map(|e| e.position).collect::<Vec<_>>();
    let mut ids: BTreeSet<&str> = BTreeSet::new();
    ids.extend(events.iter().filter(|e| e.kind != EventKind::Action).filter_map(|e| e.pass_id));
    ids.extend(messages.iter().filter_map(|(pass, _)| *pass));
    let mut passes: Vec<Open<'_>> = Vec::new();
    for id in ids {
        let (entries, exits) =
            (all_of(events, EventKind::Enter, Some(id)), all_of(events, EventKind::Exit, Some(id)));
        let own: Vec<_> = messages.iter().filter(|(pass, _)| *pass == Some(id)).collect();
        let firsts = own.iter().map(|(_, own)| own[0]).chain(exits.first().copied());
        let first = firsts.map(|e| e.order()).min();
        passes.push(Open {
            id: Some(id),
            opening: entries.first().map(|e| e.order()).or(first).unwrap(),
            entry: entries.first().copied(),
            told: ToldPass {
                entry: entries.first().map(|e| e.position),
                exit: exits.last().map(|e| e.position),
                messages: own.iter().map(|(_, own)| positions(own)).collect(),
                state: None,
                more: (entries.len().saturating_sub(1), exits.len().saturating_sub(1)),
            },
            exits,
        });
    }
    let mut rest = all_of(events, EventKind::Enter, None);
    rest.extend(all_of(events, EventKind::Exit, None));
    rest.extend(messages.iter().filter(|(pass, _)| pass.is_none()).map(|(_, own)| own[0]));
    rest.sort_by_key(|e| e.order());
    for event in rest {
        let own_pass = |entry| Open {
            id: None,
            opening: event.order(),
            entry,
            exits: Vec::new(),
            told: ToldPass { entry: entry.map(|e| e.position), ..ToldPass::default() },
        };
        if event.kind == EventKind::Enter {
            passes.push(own_pass(Some(event)));
            continue;
        }
        let is_exit = event.kind == EventKind::Exit;
        let before = |pass: &&mut Open<'_>| {
            pass.opening < event.order() && (!is_exit || pass.id.is_none() && pass.exits.is_empty())
        };
        let is_meant =
            |pass: &Open<'_>| is_exit && pass.entry.is_some_and(|e| Some(e.time) == event.entered_at);
        let newest = passes.iter_mut().filter(before).max_by_key(|pass| (is_meant(pass), pass.opening));
        let pass = match newest {
            Some(pass) => pass,
            None => {
                passes.push(own_pass(None));
                passes.last_mut().unwrap()
            }
        };
        if is_exit {
            pass.exits.push(event);
            pass.told.exit = Some(event.position);
        } else {
            let message = messages.iter().find(|(_, own)| own[0].position == event.position);
            pass.told.messages.insert(positions(&message.unwrap().1));
        }
    }
    let seen = |e: &&Event<'_>| e.time < as_of;
    let all_exits: Vec<_> = events.iter().filter(|e| e.kind == EventKind::Exit).filter(seen).collect();
    for pass in &mut passes {
        let own = pass.exits.iter().filter(seen).max_by_key(|e| (e.time, e.position));
        let entered = pass.entry.as_ref().filter(seen);
        let is_open = |entry: &Event<'_>| match pass.id {
            Some(_) => own.is_none(),
            None => all_exits.iter().all(|exit| exit.time < entry.time),
        };
        pass.told.state = match (entered, own) {
            (None, None) => None,
            (Some(entry), _) if is_open(entry) => Some("active"),
            (_, Some(exit)) if ["completed", "goal", "goal_reached"].contains(&exit.reason.unwrap_or("")) => {
                Some("completed")
            }
            _ => Some("exited"),
        };
    }
    passes.into_iter().map(|pass| pass.told).collect()
}

fn told(events: &[Event<'_>], as_of: i64) -> (Vec<ToldPass>, Vec<ToldMessage>) {
    let journeys: BTreeSet<_> = events.iter().map(|e| (e.journey_id, e.is_dry_run)).collect();
    let (mut all_passes, mut all_messages) = (Vec::new(), Vec::new());
    for journey in journeys {
        let of: Vec<_> = events.iter().copied().filter(|e| (e.journey_id, e.is_dry_run) == journey).collect();
        all_passes.extend(passes(&of, as_of));
        let positions = |own: Vec<Event<'_>>| own.into_iter().map(|e| e.position).collect();
        all_messages.extend(messages(&of).into_iter().map(|(_, own)| positions(own)));
    }
    all_passes.sort();
    all_messages.sort();
    (all_passes, all_messages)
}

fn built(mut events: Vec<Event<'_>>, as_of: i64) -> (Vec<ToldPass>, Vec<ToldMessage>) {
    let story = Story::of(&mut events, as_of);
    let mut passes: Vec<_> = story.passes.iter().map(|pass| told_pass(pass, &story, &events)).collect();
    let mut messages: Vec<_> =
        (0..story.messages.len()).map(|message| told_message(message, &story, &events)).collect();
    passes.sort();
    messages.sort();
    (passes, messages)
}

fn told_message(message: usize, story: &Story<'_>, events: &[Event<'_>]) -> ToldMessage {
    story.messages[message].actions.iter().map(|place| events[*place].position).collect()
}

fn told_pass(pass: &Pass<'_>, story: &Story<'_>, events: &[Event<'_>]) -> ToldPass {
    let position = |place: usize| events[place].position;
    ToldPass {
        entry: pass.entry.map(position),
        exit: pass.exit.map(position),
        messages: pass.messages.iter().map(|message| told_message(*message, story, events)).collect(),
        state: pass.state.map(|state| state.name()),
        more: (pass.more_entries, pass.more_exits),
    }
}

/// The rows of passes of a window, by journey, out of what is known at its end.
fn windowed(
    events: &[Event<'static>],
    (from, to): (u64, u64),
    as_of: i64,
) -> BTreeMap<Option<i64>, Vec<ToldPass>> {
    let positions = Some((from, to));
    let wanted = Wanted { rows: Rows::Passes, journeys: None, range: None, dry_runs: true, positions };
    let mut known: Vec<_> = events.iter().copied().filter(|e| e.position < to).collect();
    let story = Story::of(&mut known, wanted.seen_before(Instant::from_micros(as_of).unwrap()));
    let mut rows: BTreeMap<_, Vec<ToldPass>> = BTreeMap::new();
    for (place, _) in pass_rows::rows(&story, &known, &wanted) {
        let pass = &story.passes[place];
        rows.entry(known[pass.opening].journey_id).or_default().push(told_pass(pass, &story, &known));
    }
    rows
}

fn id(names: &'static [&'static str]) -> impl Strategy<Value = Option<&'static str>> {
    prop::option::of(prop::sample::select(names))
}

fn any_event() -> impl Strategy<Value = Event<'static>> {
    let kind =
        prop::sample::select(&[EventKind::Enter, EventKind::Action, EventKind::Action, EventKind::Exit]);
    let place = (kind, 0i64..12, prop::option::of(0i64..2), prop::bool::weighted(0.1));
    let names = (id(&["p", "q"]), id(&["m", "n"]), id(&["EM", "SMS"]), id(&["a", "b"]));
    let rest = (
        prop::option::of(0i64..12),
        prop::option::of(prop::sample::select(&[5i64, 6])),
        prop::option::of(prop::sample::select(&[1i64, 1, 4, 2, 18])),
        id(&["goal", "timeout"]),
    );
    (place, names, rest).prop_map(|(place, names, rest)| Event {
        journey_id: place.2,
        is_dry_run: place.3,
        pass_id: names.0,
        message_id: names.1,
        channel_code: names.2,
        element_code: names.3,
        entered_at: rest.0,
        campaign_id: rest.1,
        action_code: rest.2,
        reason: rest.3,
        ..event(place.0, place.1, 0)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn as_the_slow_builder_says(
        events in prop::collection::vec(any_event(), 0..14),
        as_of in prop_oneof![4 => 0i64..14, 1 => Just(i64::MAX)],
        named: bool,
        mixed in any::<prop::sample::Index>(),
    ) {
        let mut events: Vec<_> = events.into_iter().zip(0..).map(|(e, position)| Event { position, ..e }).collect();
        if !named {
            events.iter_mut().for_each(|e| (e.pass_id, e.message_id, e.journey_id) = (None, None, Some(1)));
        }
        let expected = told(&events, as_of);
        prop_assert_eq!(&built(events.clone(), as_of), &expected);
        // Whatever order they come in.
        let turn = mixed.index(events.len().max(1));
        events.rotate_left(turn);
        events.reverse();
        prop_assert_eq!(&built(events.clone(), as_of), &expected);
        // Each event is in one place.
        let (passes, messages) = expected;
        let actions = events.iter().filter(|e| e.kind == EventKind::Action).count();
        prop_assert_eq!(messages.iter().map(Vec::len).sum::<usize>(), actions);
        prop_assert_eq!(passes.iter().map(|pass| pass.messages.len()).sum::<usize>(), messages.len());
        let rows = |kind| events.iter().filter(|e| e.kind == kind).count();
        let entries: usize = passes.iter().map(|pass| usize::from(pass.entry.is_some()) + pass.more.0).sum();
        let exits: usize = passes.iter().map(|pass| usize::from(pass.exit.is_some()) + pass.more.1).sum();
        prop_assert_eq!((entries, exits), (rows(EventKind::Enter), rows(EventKind::Exit)));
    }

    /// Whatever clocks say when windows are exported, and however far ahead events are dated: the newest rows of each
    /// journey are those that somebody has who exports everything at the end of time.
    #[test]
    fn a_chain_of_windows_comes_to_the_whole(
        events in prop::collection::vec(any_event(), 0..14),
        cuts in prop::collection::vec(0u64..14, 0..4),
        as_of in prop::collection::vec(0i64..14, 5),
    ) {
        let events: Vec<_> = events.into_iter().zip(0..).map(|(e, position)| Event { position, ..e }).collect();
        let end = events.len() as u64;
        let mut ends: Vec<u64> = cuts.into_iter().map(|cut| cut.min(end)).chain([end]).collect();
        ends.sort_unstable();
        let mut chained: BTreeMap<Option<i64>, Vec<ToldPass>> = BTreeMap::new();
        let mut from = 0;
        for (to, as_of) in ends.into_iter().zip(as_of) {
            chained.extend(windowed(&events, (from, to), as_of));
            from = to;
        }
        let mut passes: Vec<_> = chained.into_values().flatten().collect();
        passes.sort();
        prop_assert_eq!(passes, told(&events, i64::MAX).0);
    }
}
