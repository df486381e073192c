//! Whose turn it is: people take turns, and the jobs of one of them keep the order in which they were asked for.

use std::collections::{BTreeMap, VecDeque};

/// A job that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The job.
    pub id: String,
    /// Who asked for it.
    pub requester: String,
    /// Whether it has had its turn already and only goes on.
    pub goes_on: bool,
}

/// When each requester had a turn last; the numbers of turns only grow.
pub type Turns = BTreeMap<String, u64>;

/// The place of the job whose turn it is: one that goes on, else the first of whoever has waited longest for a turn.
/// Whoever never had one comes before all who had; among equals it is the order of the queue that decides.
pub fn next(waiting: &VecDeque<Waiting>, turns: &Turns) -> Option<usize> {
    if let Some(place) = waiting.iter().position(|job| job.goes_on) {
        return Some(place);
    }
    let last_turn = |job: &Waiting| turns.get(&job.requester).copied();
    // The first of several least ones: so a requester's own jobs keep their order.
    (0..waiting.len()).min_by_key(|place| last_turn(&waiting[*place]))
}

/// The jobs that wait, in the order in which they were asked for.
#[derive(Debug, Default)]
pub struct Queue {
    waiting: VecDeque<Waiting>,
    turns: Turns,
}

impl Queue {
    /// Appends a job.
    pub fn push(&mut self, job: Waiting) {
        self.waiting.push_back(job);
    }

    /// Takes the job whose turn it is, and gives the number of that turn.
    pub fn take(&mut self) -> Option<(Waiting, u64)> {
        let job = self.waiting.remove(next(&self.waiting, &self.turns)?)?;
        let turn = self.turns.values().max().map_or(1, |last| last + 1);
        self.turns.insert(job.requester.clone(), turn);
        Some((job, turn))
    }

    /// Puts a job at the front, where it goes on as soon as anything does.
    pub fn give_back(&mut self, job: Waiting) {
        self.waiting.push_front(Waiting { goes_on: true, ..job });
    }

    /// Takes a job out, wherever it stands.
    pub fn remove(&mut self, id: &str) {
        self.waiting.retain(|job| job.id != id);
    }

    /// Remembers a turn that was had before.
    pub fn had_turn(&mut self, requester: &str, turn: u64) {
        let last = self.turns.entry(requester.to_owned()).or_default();
        *last = turn.max(*last);
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(text: &str) -> Waiting {
        let (requester, _) = text.split_at(1);
        Waiting {
            id: text.trim_end_matches('+').into(),
            requester: requester.into(),
            goes_on: text.ends_with('+'),
        }
    }

    /// The order in which the jobs are taken; the first letter of a job is who asked for it.
    fn check(turns: &[(&str, u64)], jobs: &str, expected: &str) {
        let mut queue = Queue::default();
        for (requester, turn) in turns {
            queue.had_turn(requester, *turn);
        }
        jobs.split(' ').for_each(|text| queue.push(job(text)));
        let mut taken = Vec::new();
        while let Some((job, _)) = queue.take() {
            taken.push(job.id);
        }
        assert_eq!(taken.join(" "), expected);
        assert!(queue.is_empty());
    }

    #[test]
    fn people_take_turns() {
        check(&[], "a1 a2 a3", "a1 a2 a3");
        check(&[], "a1 a2 a3 b1", "a1 b1 a2 a3");
        check(&[], "a1 a2 a3 b1 b2 c1", "a1 b1 c1 a2 b2 a3");
        check(&[("a", 7)], "a1 a2 b1 b2", "b1 a1 b2 a2");
        check(&[("a", 2), ("b", 1)], "a1 b1", "b1 a1");
        check(&[("a", 9)], "b1 a1+ b2", "a1 b1 b2");
    }

    #[test]
    fn turns_of_a_process_before_count() {
        // Whatever was taken before a restart, what is taken after it is what would have been taken without one.
        let jobs = ["a1", "a2", "a3", "b1", "b2", "c1"];
        let mut whole = Queue::default();
        jobs.iter().for_each(|text| whole.push(job(text)));
        let order: Vec<_> = std::iter::from_fn(|| whole.take()).collect();
        for broken in 0..order.len() {
            let mut after = Queue::default();
            for (job, turn) in &order[..broken] {
                after.had_turn(&job.requester, *turn);
            }
            let left = jobs.iter().filter(|id| !order[..broken].iter().any(|(job, _)| job.id == **id));
            left.for_each(|text| after.push(job(text)));
            assert_eq!(std::iter::from_fn(|| after.take()).collect::<Vec<_>>(), order[broken..]);
        }
    }

    #[test]
    fn given_back_and_removed() {
        let mut queue = Queue::default();
        ["a1", "b1", "a2"].iter().for_each(|text| queue.push(job(text)));
        let (first, turn) = queue.take().unwrap();
        queue.give_back(first);
        assert_eq!(queue.take().unwrap().0.id, "a1");
        queue.remove("b1");
        let (last, later) = queue.take().unwrap();
        assert_eq!((last.id.as_str(), queue.is_empty()), ("a2", true));
        assert!(later > turn);
    }
}
