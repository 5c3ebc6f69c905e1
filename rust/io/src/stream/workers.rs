//! All samples, one a thread at a time.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use flawgauge::parallel::Control;

use super::error::StreamError;
use super::load::Spare;

/// Calls `work(index, spare)` for each index below `count` and returns the results in order.
///
/// Each thread of the rayon pool this is called in takes the next index when it is done with one.
/// (As tasks of their own, samples could be begun by a thread that waits inside of another one,
/// and more images would be in memory than there are threads.)
///
/// # Errors
/// The error of the lowest index, whatever the threads, or [`StreamError::Cancelled`].
pub(crate) fn for_each_sample<R: Send>(
    count: usize,
    control: &Control,
    work: impl Fn(usize, &mut Spare) -> Result<R, StreamError> + Sync,
) -> Result<Vec<R>, StreamError> {
    let next = AtomicUsize::new(0);
    // Samples after a wrong one need not be looked at; those before it must be.
    let end = AtomicUsize::new(count);
    let wrong = Mutex::new(None);
    let done: Vec<Vec<(usize, R)>> = rayon::broadcast(|_| {
        let mut results = Vec::new();
        let mut spare = Spare::default();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= end.load(Ordering::Relaxed) || control.cancelled() {
                return results;
            }
            match work(index, &mut spare) {
                Ok(result) => results.push((index, result)),
                Err(error) => {
                    let mut wrong = wrong.lock().unwrap_or_else(PoisonError::into_inner);
                    if wrong.as_ref().is_none_or(|(first, _)| index < *first) {
                        *wrong = Some((index, error));
                    }
                    end.fetch_min(index, Ordering::Relaxed);
                }
            }
            control.advance(1);
        }
    });
    if control.cancelled() {
        return Err(StreamError::Cancelled);
    }
    if let Some((_, error)) = wrong.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    let mut results: Vec<(usize, R)> = done.into_iter().flatten().collect();
    results.sort_unstable_by_key(|&(index, _)| index);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}
