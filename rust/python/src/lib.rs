//! The Python module `flawgauge._core`: conversions only, the work is done in `flawgauge`.
//!
//! Each function checks and borrows its arrays (`images`), releases the interpreter and calls
//! one core function (`jobs`), and translates its error (`errors`).

mod boundary;
mod counting;
mod curves;
mod distances;
mod errors;
mod file_scores;
mod image_files;
mod image_scores;
mod images;
mod jobs;
mod new_arrays;
mod regions;
mod rle;
mod settings;
mod sweep;
mod tables;

/// The compiled part of flawgauge.
#[pyo3::pymodule]
mod _core {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::boundary::{boundary, boundary_bands, boundary_labels};
    #[pymodule_export]
    use crate::counting::{confusion, joint_counts};
    #[pymodule_export]
    use crate::curves::{area_up_to, block_ends, sum_precisions};
    #[pymodule_export]
    use crate::distances::{distance_transform, surface_distances};
    #[pymodule_export]
    use crate::file_scores::{fingerprint_masks, score_files};
    #[pymodule_export]
    use crate::image_files::{read_image_size, read_labels, read_mask, read_scores};
    #[pymodule_export]
    use crate::image_scores::image_scores;
    #[pymodule_export]
    use crate::regions::{label_regions, paint_regions, score_regions};
    #[pymodule_export]
    use crate::rle::{confusion_from_rle, rle_decode, rle_encode_coco, rle_encode_severstal};
    #[pymodule_export]
    use crate::settings::{available_isas, get_num_threads, isa, set_num_threads};
    #[pymodule_export]
    use crate::sweep::{positive_scores, sweep};
    #[pymodule_export]
    use crate::tables::{
        RunTable, fingerprint_run_table, read_run_table, score_boundary_of_run_tables,
        score_run_tables,
    };

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        crate::settings::read_environment()?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        module.add("is_debug_build", cfg!(debug_assertions))
    }
}
