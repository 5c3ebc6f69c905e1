//! Running core functions without the interpreter.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};

use flawgauge::parallel::{Control, INTERVAL, ThreadPool, is_small, pool};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

/// Runs a job over so many pixels with the interpreter released: on this thread, with the help of
/// the thread pool unless it is small, watching for signals.
///
/// An exception of a signal cancels the job and is raised when it has stopped.
pub fn run<T: Send>(
    py: Python<'_>,
    pixels: usize,
    job: impl FnOnce(&Control) -> T + Send,
) -> PyResult<T> {
    if is_small(pixels) {
        return Ok(py.detach(|| job(&Control::new())));
    }
    let interrupted = Arc::new(Mutex::new(None));
    let seen = Arc::clone(&interrupted);
    let control = Control::with_helpers(shared_pool()?, move || {
        Python::attach(|py| match py.check_signals() {
            Ok(()) => false,
            Err(error) => {
                lock(&seen).get_or_insert(error);
                true
            }
        })
    });
    let result = py.detach(|| job(&control));
    let error = lock(&interrupted).take();
    error.map_or(Ok(result), Err)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The thread pool; made while holding the interpreter lock, see `pool`.
fn shared_pool() -> PyResult<Arc<ThreadPool>> {
    pool().map_err(|error| PyRuntimeError::new_err(error.to_string()))
}

/// Runs a job over so many pixels in the thread pool, where all of it may use rayon; on this thread
/// if it is small.
pub fn run_in_pool<T: Send>(
    py: Python<'_>,
    pixels: usize,
    job: impl FnOnce(&Control) -> T + Send,
) -> PyResult<T> {
    if is_small(pixels) {
        return Ok(py.detach(|| job(&Control::new())));
    }
    run_long(py, None, job)
}

/// Runs a job on the thread pool with the interpreter released, watching for signals. Now and
/// then `progress(done, total)` is called.
///
/// An exception, of Ctrl-C or of `progress`, cancels the job and is raised when it has stopped.
pub fn run_long<T: Send>(
    py: Python<'_>,
    progress: Option<&Py<PyAny>>,
    job: impl FnOnce(&Control) -> T + Send,
) -> PyResult<T> {
    let pool = shared_pool()?;
    let control = Control::new();
    let (sender, receiver) = mpsc::sync_channel(1);
    py.detach(move || {
        // Both move, so that the watcher is told if the job panics and drops the sender.
        let (control, sender, receiver) = (&control, sender, receiver);
        pool.in_place_scope(|scope| {
            scope.spawn(move |_| {
                // Nobody listens only if the watcher has panicked.
                let _ = sender.send(job(control));
            });
            watch(receiver, progress, control)
        })
    })
}

/// Waits for the result of a job; meanwhile looks for signals and reports the progress.
fn watch<T>(
    receiver: mpsc::Receiver<T>,
    progress: Option<&Py<PyAny>>,
    control: &Control,
) -> PyResult<T> {
    let mut interrupted = None;
    loop {
        match receiver.recv_timeout(INTERVAL) {
            Ok(result) => return interrupted.map_or(Ok(result), Err),
            Err(mpsc::RecvTimeoutError::Timeout) => {
                if let Err(error) = Python::attach(|py| report(py, progress, control)) {
                    control.cancel();
                    interrupted.get_or_insert(error);
                }
            }
            // The job panicked; the scope passes the panic on.
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                return Err(PyRuntimeError::new_err("an internal error stopped the job"));
            }
        }
    }
}

fn report(py: Python<'_>, progress: Option<&Py<PyAny>>, control: &Control) -> PyResult<()> {
    py.check_signals()?;
    if let Some(progress) = progress {
        progress.call1(py, control.progress())?;
    }
    Ok(())
}
