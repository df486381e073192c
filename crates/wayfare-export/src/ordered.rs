//! Work on several threads whose results are taken in one order, in bounded memory.

use crate::error::ExportError;
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// What waits of one piece of work before it waits itself, in bytes.
const AHEAD: usize = 12 << 20;

/// How many threads work.
pub fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(16)
}

/// Where the results of one piece of work go, in their order.
pub struct Outlet<'a, T> {
    shared: &'a Shared<T>,
    piece: usize,
}

struct Shared<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    pieces: usize,
    window: usize,
}

struct State<T> {
    /// The next piece that nobody works on yet.
    next: usize,
    /// The piece whose results are taken now.
    taking: usize,
    /// Of the pieces from `taking` on.
    open: VecDeque<Piece<T>>,
    stopped: bool,
}

struct Piece<T> {
    results: VecDeque<(T, usize)>,
    bytes: usize,
    end: Option<Result<(), ExportError>>,
}

impl<T> Default for Piece<T> {
    fn default() -> Self {
        Self { results: VecDeque::new(), bytes: 0, end: None }
    }
}

/// Works on `pieces` pieces on some threads, and gives the results to `take` on this one: those of the first piece, then
/// those of the second, and so on, each in the order in which they were sent.
///
/// The first error in that order ends it all. `worker` makes what a thread keeps for itself.
pub fn in_order<T: Send, W>(
    pieces: usize,
    worker: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, usize, &Outlet<'_, T>) -> Result<(), ExportError> + Sync,
    mut take: impl FnMut(T) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    let threads = threads().min(pieces);
    let state = State { next: 0, taking: 0, open: VecDeque::new(), stopped: false };
    let shared = Shared { state: Mutex::new(state), changed: Condvar::new(), pieces, window: threads + 1 };
    std::thread::scope(|scope| {
        // Whatever ends this, nobody waits for it any more.
        let _end = StopAtEnd(&shared);
        for _ in 0..threads {
            scope.spawn(|| {
                let _end = StopAtPanic(&shared);
                let mut own = worker();
                while let Some(piece) = shared.claim() {
                    let outlet = Outlet { shared: &shared, piece };
                    let ended = work(&mut own, piece, &outlet);
                    shared.end(piece, ended);
                }
            });
        }
        (0..pieces).try_for_each(|_| {
            while let Some(result) = shared.receive()? {
                take(result)?;
            }
            Ok(())
        })
    })
}

impl<T> Outlet<'_, T> {
    /// Hands a result of about so many bytes over; waits while too much of this piece is ahead of whoever takes it.
    pub fn send(&self, result: T, bytes: usize) -> Result<(), ExportError> {
        let mut state = self.shared.lock();
        loop {
            if state.stopped {
                return Err(ExportError::Interrupted);
            }
            let place = self.piece - state.taking;
            let Some(piece) = state.open.get_mut(place) else { return Err(ExportError::Interrupted) };
            if piece.bytes == 0 || piece.bytes + bytes <= AHEAD {
                piece.bytes += bytes;
                piece.results.push_back((result, bytes));
                self.shared.changed.notify_all();
                return Ok(());
            }
            state = self.shared.wait(state);
        }
    }
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State<T>>) -> MutexGuard<'a, State<T>> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// The next piece to work on, once it is near enough to the one that is taken.
    fn claim(&self) -> Option<usize> {
        let mut state = self.lock();
        loop {
            if state.stopped || state.next >= self.pieces {
                return None;
            }
            if state.next < state.taking + self.window {
                let piece = state.next;
                state.next += 1;
                state.open.push_back(Piece::default());
                return Some(piece);
            }
            state = self.wait(state);
        }
    }

    fn end(&self, piece: usize, ended: Result<(), ExportError>) {
        let mut state = self.lock();
        let place = piece - state.taking;
        if let Some(open) = state.open.get_mut(place) {
            open.end = Some(ended);
        }
        self.changed.notify_all();
    }

    /// The next result of the piece that is taken; `None` at its end.
    fn receive(&self) -> Result<Option<T>, ExportError> {
        let mut state = self.lock();
        loop {
            if let Some(piece) = state.open.front_mut() {
                if let Some((result, bytes)) = piece.results.pop_front() {
                    piece.bytes -= bytes;
                    self.changed.notify_all();
                    return Ok(Some(result));
                }
                if let Some(ended) = piece.end.take() {
                    state.open.pop_front();
                    state.taking += 1;
                    self.changed.notify_all();
                    return ended.map(|()| None);
                }
            }
            if state.stopped {
                return Err(ExportError::Worker("a thread of the export broke off".into()));
            }
            state = self.wait(state);
        }
    }

    fn stop(&self) {
        self.lock().stopped = true;
        self.changed.notify_all();
    }
}

struct StopAtEnd<'a, T>(&'a Shared<T>);

impl<T> Drop for StopAtEnd<'_, T> {
    fn drop(&mut self) {
        self.0.stop();
    }
}

struct StopAtPanic<'a, T>(&'a Shared<T>);

impl<T> Drop for StopAtPanic<'_, T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn results_come_in_order_whatever_they_take() {
        for pieces in [0, 1, 7, 40] {
            let mut taken = Vec::new();
            in_order(
                pieces,
                || (),
                |(), piece, outlet| {
                    std::thread::sleep(std::time::Duration::from_micros((piece as u64 * 7919) % 900));
                    (0..piece % 4).try_for_each(|part| outlet.send((piece, part), 5 << 20))
                },
                |result| {
                    taken.push(result);
                    Ok(())
                },
            )
            .unwrap();
            let expected: Vec<_> =
                (0..pieces).flat_map(|piece| (0..piece % 4).map(move |part| (piece, part))).collect();
            assert_eq!(taken, expected);
        }
    }

    #[test]
    fn the_first_error_in_order_ends_it() {
        let taken = AtomicUsize::new(0);
        let ended = in_order(
            100,
            || (),
            |(), piece, outlet| match piece {
                30.. => Err(ExportError::Worker(format!("piece {piece}"))),
                _ => outlet.send(piece, 1),
            },
            |_| {
                taken.fetch_add(1, Ordering::Relaxed);
                Ok(())
            },
        );
        assert_eq!(ended.unwrap_err().to_string(), "a worker broke off: piece 30");
        assert_eq!(taken.into_inner(), 30);
    }

    #[test]
    fn a_taker_that_fails_ends_it() {
        let ended = in_order(
            50,
            || (),
            |(), piece, outlet| outlet.send(piece, AHEAD),
            |piece| match piece {
                9 => Err(ExportError::Cancelled),
                _ => Ok(()),
            },
        );
        assert!(matches!(ended, Err(ExportError::Cancelled)));
    }
}
