//! Running core functions without the interpreter.

use std::sync::mpsc;
use std::time::Duration;

use flawgauge::parallel::{Control, is_small, pool};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

/// How often a long job looks for Ctrl-C and reports its progress.
const INTERVAL: Duration = Duration::from_millis(50);

/// Runs a job over so many pixels with the interpreter released: on this thread if it is small,
/// else on the thread pool, watching for signals.
pub fn run<T: Send>(
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
    // Made while holding the interpreter lock: see `pool`.
    let pool = pool().map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
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
