//! Scoring files as a stream: maps and masks are decoded, counted and forgotten, on all threads.
//!
//! A thread holds one image at a time, so the memory does not grow with their number; what grows
//! is what is counted, and for an exact sweep the scores of the positive pixels.
//!
//! - [`sample`]: which files belong together, and how they are read; [`prediction`]: files and run
//!   lengths;
//! - `load`: one pair of them in memory; [`resize`]: maps of another size than their masks;
//! - `workers`: all pairs, one a thread;
//! - [`mod@scan`]: the first pass, what is counted by image; [`mod@sweep`]: the second, all thresholds;
//! - `digest`: a name for the ground truth; [`error`]: what can be wrong.

mod digest;
pub mod error;
mod load;
pub mod prediction;
pub mod resize;
pub mod sample;
pub mod scan;
pub mod sweep;
mod workers;

pub use digest::of_all as fingerprint;
pub use error::StreamError;
pub use load::is_double;
pub use prediction::{Counts, Prediction, RunLengths};
pub use resize::Resize;
pub use sample::{Boundary, Distance, Predictions, Reading, Sample, Truth};
pub use scan::{ImageRow, RegionRow, Scan, ScanWanted, scan};
pub use sweep::{SweepWanted, sweep};
