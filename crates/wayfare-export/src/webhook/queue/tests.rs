//! Whose turn it is.

use super::*;
use proptest::prelude::*;

fn at(seconds: i64) -> Instant {
    Instant::from_micros(seconds * 1_000_000).unwrap()
}

fn failing(failures: u32, probe_at: Option<Instant>) -> Breaker {
    Breaker { failures, failing_since: Some(at(0)), probe_at }
}

fn queues(steady: usize, suspect: usize, endpoints: &[&str]) -> Queues {
    let mut queues = Queues::new(Slots { steady, suspect, slow: 1 });
    for endpoint in endpoints {
        queues.open(endpoint, Breaker::default(), false);
    }
    queues
}

fn turns(queues: &mut Queues, now: i64) -> Vec<Turn> {
    std::iter::from_fn(|| queues.next(at(now))).collect()
}

#[test]
fn one_at_a_time_in_order_of_arrival() {
    let mut queues = queues(10, 10, &["a", "b"]);
    for (endpoint, sequence) in [("a", 1), ("b", 2), ("a", 3), ("nobody", 4)] {
        queues.add(endpoint, sequence, at(sequence as i64));
    }
    assert_eq!(queues.next(at(0)), None);
    assert_eq!(queues.wait(at(0), Duration::from_secs(60)), Duration::from_secs(1));
    let first = turns(&mut queues, 9);
    assert_eq!(first.iter().map(|turn| turn.sequence).collect::<Vec<_>>(), [1, 2]);
    queues.done(&first[0], None, Some(at(20)));
    let second = queues.next(at(9)).unwrap();
    assert_eq!(second.sequence, 3, "what is tried again later holds up nothing behind it");
    queues.done(&second, None, None);
    assert_eq!(queues.next(at(9)), None);
    assert_eq!(queues.next(at(20)).unwrap().sequence, 1);
}

#[test]
fn those_that_fail_take_slots_of_their_own() {
    let mut queues = queues(2, 1, &["a", "b", "c", "x", "y"]);
    for (sequence, endpoint) in ["x", "y", "a", "b", "c"].into_iter().enumerate() {
        queues.add(endpoint, sequence as u64, at(sequence as i64));
    }
    let dead = turns(&mut queues, 9);
    assert_eq!(dead.iter().map(|turn| turn.endpoint.as_str()).collect::<Vec<_>>(), ["x", "y"]);
    for turn in &dead {
        queues.done(turn, Some(failing(1, None)), Some(at(10)));
    }
    // Both would have their turn again; one of them may hang, and the steady ones go on.
    let now: Vec<String> = turns(&mut queues, 10).into_iter().map(|turn| turn.endpoint).collect();
    assert_eq!(now, ["a", "b", "x"]);
}

#[test]
fn an_attempt_that_takes_long_gives_its_slot_back() {
    let mut queues = queues(1, 1, &["a", "b", "c"]);
    for (sequence, endpoint) in ["a", "b", "c"].into_iter().enumerate() {
        queues.add(endpoint, sequence as u64, at(0));
    }
    let slow = queues.next(at(0)).unwrap();
    assert_eq!(queues.next(at(0)), None);
    queues.slow_down(&slow);
    let second = queues.next(at(0)).unwrap();
    assert_eq!(second.endpoint, "b");
    queues.slow_down(&second);
    assert_eq!(queues.next(at(0)), None, "there is but one slot for such");
    queues.done(&slow, None, None);
    queues.slow_down(&second);
    assert_eq!(queues.next(at(0)).unwrap().endpoint, "c");
}

#[test]
fn an_open_breaker_lets_one_probe_through_at_its_time() {
    let mut queues = queues(4, 4, &["a"]);
    for sequence in 1..4 {
        queues.add("a", sequence, at(0));
    }
    let turn = queues.next(at(1)).unwrap();
    queues.done(&turn, Some(failing(5, Some(at(30)))), Some(at(11)));
    assert_eq!(queues.next(at(29)), None);
    assert_eq!(queues.ready_at("a"), Some(at(30)));
    assert_eq!(turns(&mut queues, 30).len(), 1);
    queues.stop("a", true);
    assert_eq!(queues.ready_at("a"), None);
    queues.remove("a");
    assert_eq!(queues.next(at(99)), None);
}

#[test]
fn what_is_made_due_comes_in_order_of_arrival() {
    let mut queues = queues(1, 1, &["a"]);
    for (sequence, due) in [(1, 50), (2, 40), (3, 60)] {
        queues.add("a", sequence, at(due));
    }
    queues.make_due("a", at(5));
    let mut order = Vec::new();
    while let Some(turn) = queues.next(at(5)) {
        order.push(turn.sequence);
        queues.done(&turn, None, None);
    }
    assert_eq!(order, [1, 2, 3]);
}

proptest! {
    /// Nothing is lost, nothing comes twice, and no more is under way than may be.
    #[test]
    fn all_messages_come_once(
        messages in proptest::collection::vec((0usize..5, 0i64..20), 0..60),
        outcomes in proptest::collection::vec(any::<bool>(), 400),
    ) {
        let names = ["a", "b", "c", "d", "e"];
        let mut queues = queues(2, 1, &names);
        for (sequence, (endpoint, due)) in messages.iter().enumerate() {
            queues.add(names[*endpoint], sequence as u64, at(*due));
        }
        let (mut now, mut delivered, mut outcomes) = (0, Vec::new(), outcomes.into_iter().chain(std::iter::repeat(true)));
        for _ in 0..5_000 {
            let turns = turns(&mut queues, now);
            prop_assert!(turns.len() <= 3);
            for turn in &turns {
                let succeeded = outcomes.next().unwrap_or(true);
                let breaker = queues.breaker(&turn.endpoint).unwrap();
                let breaker = breaker.after(succeeded, at(now), Duration::from_secs(1));
                if succeeded {
                    delivered.push(turn.sequence);
                }
                queues.done(turn, Some(breaker), (!succeeded).then(|| at(now + 1)));
            }
            now += 1;
            if delivered.len() == messages.len() {
                break;
            }
        }
        delivered.sort_unstable();
        prop_assert_eq!(delivered, (0..messages.len() as u64).collect::<Vec<_>>());
    }
}
