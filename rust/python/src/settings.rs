//! Threads and instruction set.

use flawgauge::{parallel, simd};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// Applies `FLAWGAUGE_ISA` and `FLAWGAUGE_NUM_THREADS`; called once, at import.
pub fn read_environment() -> PyResult<()> {
    let read = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    if let Some(name) = read("FLAWGAUGE_ISA") {
        let names = simd::Isa::ALL.map(simd::Isa::name).join(", ");
        let isa = simd::Isa::ALL.into_iter().find(|isa| isa.name() == name).ok_or_else(|| {
            PyValueError::new_err(format!("FLAWGAUGE_ISA is {name:?}, want one of: {names}"))
        })?;
        simd::activate(isa)
            .map_err(|error| PyValueError::new_err(format!("FLAWGAUGE_ISA: {error}")))?;
    }
    if let Some(text) = read("FLAWGAUGE_NUM_THREADS") {
        match text.parse::<usize>() {
            Ok(threads @ 1..=MAX_THREADS) => parallel::set_num_threads(threads),
            _ => {
                return Err(PyValueError::new_err(format!(
                    "FLAWGAUGE_NUM_THREADS is {text:?}, want a whole number from 1 to {MAX_THREADS}"
                )));
            }
        }
    }
    Ok(())
}

/// More than any machine has; a larger number is a mistake.
const MAX_THREADS: usize = 4096;

/// Sets the number of threads; 0 for as many as the process may use.
#[pyfunction]
pub fn set_num_threads(threads: usize) -> PyResult<()> {
    if threads > MAX_THREADS {
        return Err(PyValueError::new_err(format!(
            "num_threads is {threads}, want at most {MAX_THREADS}"
        )));
    }
    parallel::set_num_threads(threads);
    Ok(())
}

/// Number of threads that calls use.
#[pyfunction]
pub fn get_num_threads() -> usize {
    parallel::num_threads()
}

/// Name of the instruction set in use.
#[pyfunction]
pub fn isa() -> &'static str {
    simd::active().name()
}

/// Names of the instruction sets that this machine has, slowest first.
#[pyfunction]
pub fn available_isas() -> Vec<&'static str> {
    simd::Isa::available().into_iter().map(simd::Isa::name).collect()
}
