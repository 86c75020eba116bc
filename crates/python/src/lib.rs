//! `latentlab._native`: what the Python package calls.
//!
//! Thin: arguments are checked and converted here, the work is the other crates'. A function that may take longer than a
//! moment runs its work through `watch::watched`, which releases the interpreter, tells events and looks at signals.

mod analysis;
mod arrays;
mod commands;
mod data;
mod events;
mod failure;
mod json;
mod load;
mod loan;
mod model;
mod watch;

use pyo3::prelude::*;

/// What the Python package calls; see `_native.pyi` for what each takes and gives.
#[pymodule]
mod _native {
    #[pymodule_export]
    use crate::analysis::{
        adjusted_rand_score, average_precision_score, calinski_harabasz_score, davies_bouldin_score, kmeans,
        kneighbors, normalized_mutual_info_score, pca, roc_auc_score, silhouette_samples, silhouette_score,
        trustworthiness, tsne,
    };
    #[pymodule_export]
    use crate::commands::{call, choose, program, train};
    #[pymodule_export]
    use crate::data::Data;
    #[pymodule_export]
    use crate::failure::Fault;
    #[pymodule_export]
    use crate::load::load;
    #[pymodule_export]
    use crate::model::Model;

    use super::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        crate::failure::silence_guarded_panics();
        Ok(())
    }
}
