//! Threads: one pool a process, and a handle to stop and to follow long work.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

pub use rayon::ThreadPool;
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;

use crate::error::Error;

/// Number of threads asked for; 0 means as many as the process may use.
static REQUESTED: AtomicUsize = AtomicUsize::new(0);

/// The pool, with the process that made it.
static POOL: Mutex<Option<Owned>> = Mutex::new(None);

struct Owned {
    process: u32,
    threads: usize,
    pool: Arc<ThreadPool>,
}

/// Sets the number of threads of all later calls; 0 for as many as the process may use.
pub fn set_num_threads(threads: usize) {
    REQUESTED.store(threads, Ordering::Relaxed);
}

/// The number of threads that the next call will use.
pub fn num_threads() -> usize {
    match REQUESTED.load(Ordering::Relaxed) {
        // Respects the affinity mask and the quota of a control group.
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    }
}

/// The thread pool, made on first use, after a fork, and when the number of threads has changed.
///
/// A forked child has none of its parent's threads: a pool inherited from it would wait for ever.
/// Call this where no fork can happen at the same time (from Python: while holding the interpreter
/// lock), so that the child never inherits the lock in a locked state.
///
/// # Errors
/// If the operating system refuses a thread.
pub fn pool() -> Result<Arc<ThreadPool>, rayon::ThreadPoolBuildError> {
    let (process, threads) = (std::process::id(), num_threads());
    let mut slot = lock(&POOL);
    if let Some(owned) = &*slot
        && (owned.process, owned.threads) == (process, threads)
    {
        return Ok(Arc::clone(&owned.pool));
    }
    let builder = ThreadPoolBuilder::new().num_threads(threads);
    let pool = Arc::new(builder.thread_name(|index| format!("flawgauge-{index}")).build()?);
    let old = slot.replace(Owned { process, threads, pool: Arc::clone(&pool) });
    if let Some(old) = old
        && old.process != process
    {
        // Its threads are the parent's. Dropping it here would take locks that they may hold.
        std::mem::forget(old);
    }
    Ok(pool)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A long job's link to its caller: the caller may stop it and see how far it is.
#[derive(Debug, Default)]
pub struct Control {
    cancelled: AtomicBool,
    done: AtomicU64,
    total: AtomicU64,
    helpers: Option<Helpers>,
}

/// What a job needs that runs on its caller's thread.
struct Helpers {
    pool: Arc<ThreadPool>,
    caller: ThreadId,
    start: Instant,
    /// When the caller looked last, in milliseconds from the start.
    looked: AtomicU64,
    wants_to_stop: Box<dyn Fn() -> bool + Send + Sync>,
}

/// How often the caller of a job looks whether to stop it.
pub const INTERVAL: Duration = Duration::from_millis(50);

impl Control {
    /// A job not stopped, with nothing done.
    pub fn new() -> Self {
        Self::default()
    }

    /// A job that runs on this thread, which is not one of the pool. Work that is shared by the pool
    /// a function is called in is done by this thread and by all but one of `pool`. If this thread
    /// waited instead, a system of few processors would often run two threads of the pool on the
    /// same one for the first milliseconds. Now and then this thread asks `wants_to_stop`.
    pub fn with_helpers(
        pool: Arc<ThreadPool>,
        wants_to_stop: impl Fn() -> bool + Send + Sync + 'static,
    ) -> Self {
        let helpers = Helpers {
            pool,
            caller: std::thread::current().id(),
            start: Instant::now(),
            looked: AtomicU64::new(0),
            wants_to_stop: Box::new(wants_to_stop),
        };
        Self { helpers: Some(helpers), ..Self::default() }
    }

    /// Does something in the pool, where rayon may be used, if the job has helpers.
    pub(crate) fn install<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        match &self.helpers {
            Some(helpers) if !in_pool() => helpers.pool.install(work),
            _ => work(),
        }
    }

    /// Asks the job to stop; it ends with an error soon after.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether the job shall stop. Jobs ask this once every few milliseconds of work.
    pub fn cancelled(&self) -> bool {
        if let Some(helpers) = &self.helpers
            && helpers.wants_to_stop()
        {
            self.cancel();
        }
        self.cancelled.load(Ordering::Relaxed)
    }

    /// Adds to the work that there is in all.
    pub fn expect(&self, amount: u64) {
        self.total.fetch_add(amount, Ordering::Relaxed);
    }

    /// Adds to the work that is done.
    pub fn advance(&self, amount: u64) {
        self.done.fetch_add(amount, Ordering::Relaxed);
    }

    /// Work done, and work in all, in the job's own unit.
    pub fn progress(&self) -> (u64, u64) {
        (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed))
    }
}

impl Helpers {
    /// Asks the caller, if this is its thread and it has not been asked lately.
    fn wants_to_stop(&self) -> bool {
        if std::thread::current().id() != self.caller {
            return false;
        }
        let now = self.start.elapsed().as_millis() as u64;
        if now - self.looked.load(Ordering::Relaxed) < INTERVAL.as_millis() as u64 {
            return false;
        }
        self.looked.store(now, Ordering::Relaxed);
        (self.wants_to_stop)()
    }

    /// Does so many tasks, on this thread and on those of the pool; the results are in order.
    fn map<R: Send>(&self, count: usize, task: impl Fn(usize) -> R + Sync) -> Vec<R> {
        let next = AtomicUsize::new(0);
        let results = Mutex::new(Vec::with_capacity(count));
        let work = || {
            let mut own = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= count {
                    break;
                }
                own.push((index, task(index)));
            }
            lock(&results).append(&mut own);
        };
        self.pool.in_place_scope(|scope| {
            for _ in 1..self.pool.current_num_threads().min(count) {
                scope.spawn(|_| work());
            }
            work();
        });
        let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
        results.sort_unstable_by_key(|&(index, _)| index);
        results.into_iter().map(|(_, result)| result).collect()
    }
}

impl fmt::Debug for Helpers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Helpers").field("pool", &self.pool).finish_non_exhaustive()
    }
}

/// Pixels below which a batch stays on the calling thread: waking another one takes longer.
const SMALL: usize = 1 << 20;

/// Pixels of a task: enough to make its own cost vanish, few enough to share the work evenly and
/// to notice a cancelled job at once.
pub(crate) const TASK: usize = 1 << 19;

/// Whether a batch of so many pixels is counted on the calling thread.
pub fn is_small(pixels: usize) -> bool {
    pixels < SMALL
}

/// Whether this is a thread of a pool. Others must not use rayon: they would start its global pool,
/// which does not outlive a fork.
pub(crate) fn in_pool() -> bool {
    rayon::current_thread_index().is_some()
}

/// Does both, at the same time if possible.
pub(crate) fn join<A: Send, B: Send>(
    one: impl FnOnce() -> A + Send,
    other: impl FnOnce() -> B + Send,
) -> (A, B) {
    if in_pool() { rayon::join(one, other) } else { (one(), other()) }
}

/// Calls `work(index, item, part, parts)` for each part of each item and returns the results with
/// the index of their item, in order. Items of many pixels are cut into parts.
///
/// # Errors
/// The first error in the order of the tasks, whatever the threads, or [`Error::Cancelled`].
pub fn map_tasks<T: Sync, R: Send>(
    items: &[T],
    pixels: impl Fn(&T) -> usize,
    control: &Control,
    work: impl Fn(usize, &T, usize, usize) -> Result<R, Error> + Sync,
) -> Result<Vec<(usize, R)>, Error> {
    let mut tasks = Vec::with_capacity(items.len());
    let mut total = 0_usize;
    for (index, item) in items.iter().enumerate() {
        let pixels = pixels(item);
        total = total.saturating_add(pixels);
        let parts = pixels.div_ceil(TASK).max(1);
        tasks.extend((0..parts).map(|part| (index, part, parts)));
    }
    let run = |&(index, part, parts): &(usize, usize, usize)| {
        if control.cancelled() {
            return Err(Error::Cancelled);
        }
        work(index, &items[index], part, parts).map(|result| (index, result))
    };
    if is_small(total) {
        return tasks.iter().map(run).collect();
    }
    // Collecting into a `Result` would keep whichever error came first in time.
    let results: Vec<_> = match &control.helpers {
        Some(helpers) if !in_pool() => helpers.map(tasks.len(), |index| run(&tasks[index])),
        _ => tasks.par_iter().map(run).collect(),
    };
    results.into_iter().collect()
}

/// Calls `work(index, chunk)` for each chunk of `size` items: by all threads of the pool it is
/// called in if `shared`, else on the calling thread.
pub(crate) fn for_each_chunk<T: Send>(
    shared: bool,
    items: &mut [T],
    size: usize,
    work: impl Fn(usize, &mut [T]) + Sync,
) {
    let each = |(index, chunk): (usize, &mut [T])| work(index, chunk);
    if shared {
        items.par_chunks_mut(size).enumerate().for_each(each);
    } else {
        items.chunks_mut(size).enumerate().for_each(each);
    }
}

/// Calls `work(index, item, shared)` for each item and returns the results in order. Small batches
/// stay on the calling thread; of a few large items each is itself to be `shared` by all threads.
pub(crate) fn map_images<T: Send, R: Send>(
    items: &mut [T],
    pixels: usize,
    work: impl Fn(usize, &mut T, bool) -> R + Sync,
) -> Vec<R> {
    if is_small(pixels) || items.len() < rayon::current_num_threads() {
        let shared = !is_small(pixels);
        return items.iter_mut().enumerate().map(|(at, item)| work(at, item, shared)).collect();
    }
    items.par_iter_mut().enumerate().map(|(at, item)| work(at, item, false)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pool_follows_the_number_of_threads() {
        set_num_threads(3);
        assert_eq!(pool().unwrap().current_num_threads(), 3);
        set_num_threads(1);
        assert_eq!(pool().unwrap().current_num_threads(), 1);
        set_num_threads(0);
        assert!(num_threads() >= 1);
    }

    /// Tasks enough not to stay on the calling thread, and where each was done.
    fn threads_of_tasks(control: &Control) -> Result<Vec<(usize, ThreadId)>, Error> {
        let work = |index, &item: &usize, _, _| {
            assert_eq!(index, item);
            std::thread::sleep(Duration::from_millis(1));
            Ok(std::thread::current().id())
        };
        map_tasks(&Vec::from_iter(0..200), |_| SMALL, control, work)
    }

    #[test]
    fn the_caller_and_all_but_one_of_the_pool_work() {
        for threads in [1, 3] {
            let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let control = Control::with_helpers(Arc::new(pool), || false);
            // Two parts of each.
            let done = threads_of_tasks(&control).unwrap();
            assert!(done.iter().map(|&(index, _)| index).eq((0..400).map(|part| part / 2)));
            let mut found: Vec<_> = done.into_iter().map(|(_, thread)| thread).collect();
            found.sort_unstable_by_key(|thread| format!("{thread:?}"));
            found.dedup();
            assert_eq!(found.len(), threads);
            assert!(found.contains(&std::thread::current().id()));
            assert!(control.install(in_pool));
        }
    }

    #[test]
    fn a_caller_that_wants_to_stop_cancels_its_job() {
        let pool = Arc::new(ThreadPoolBuilder::new().num_threads(2).build().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&asked);
        let control =
            Control::with_helpers(pool, move || seen.fetch_add(1, Ordering::Relaxed) == 1);
        assert_eq!(threads_of_tasks(&control), Err(Error::Cancelled));
        assert!(asked.load(Ordering::Relaxed) >= 2);
    }

    #[test]
    fn control_counts_and_cancels() {
        let control = Control::new();
        control.expect(10);
        control.advance(4);
        assert_eq!(control.progress(), (4, 10));
        assert!(!control.cancelled());
        control.cancel();
        assert!(control.cancelled());
    }
}
