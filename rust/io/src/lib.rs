//! Reading prediction sets and ground truth from files, and scoring them as a stream.
//!
//! The crate knows files and their layouts; counting is done by the crate `flawgauge`. One concept
//! a module:
//!
//! - [`header`]: which columns a run table has;
//! - [`blocks`]: a file as blocks of whole lines, in bounded memory;
//! - [`rows`]: one row of a table;
//! - [`options`]: of which images a table is;
//! - [`table`]: all rows of a table, by image and class;
//! - [`mod@score`]: counts of each image and class of two tables;
//! - [`mod@fingerprint`]: a name for a ground truth that depends on its content alone;
//! - [`images`]: masks, label maps and score maps from image files; [`stream`]: scoring many;
//! - [`problem`]: what can be wrong with a row; [`error`]: what can be wrong with a file.

#![forbid(unsafe_code)]

pub mod blocks;
mod builder;
pub mod error;
pub mod fingerprint;
pub mod header;
pub mod images;
mod input;
pub mod options;
pub mod problem;
mod quoted;
pub mod rows;
pub mod score;
mod selection;
pub mod stream;
pub mod table;

pub use error::{Role, TableError, TableName};
pub use fingerprint::fingerprint;
pub use header::Layout;
pub use options::{ImageSize, TableOptions};
pub use score::{Missing, Scores, score, score_boundary};
pub use table::RunTable;
