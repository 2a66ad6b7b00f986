//! The Python module `classifier._native`. Its documented contract is `classifier/_native.pyi`.

mod addresses;
mod buffer;
mod content;
mod fold;
mod heads;
mod lists;
mod numbers;
mod order;
mod reading;
mod report;
mod rows;
mod source;
mod table;

/// Captures to columns of flows, see `_native.pyi`.
#[pyo3::pymodule]
pub mod _native {
    use pyo3::prelude::*;

    #[pymodule_export]
    use super::addresses::{address_numbers, address_order};
    #[pymodule_export]
    use super::buffer::Buffer;
    #[pymodule_export]
    use super::content::{Matcher, PatternError};
    #[pymodule_export]
    use super::fold::folded;
    #[pymodule_export]
    use super::heads::Heads;
    #[pymodule_export]
    use super::lists::{joined, listed, sketches};
    #[pymodule_export]
    use super::order::RowOrder;
    #[pymodule_export]
    use super::reading::{Batch, CancelledError, Reading};
    #[pymodule_export]
    use super::rows::{RowLabels, RowWriter};
    #[pymodule_export]
    use super::source::NotACaptureError;
    #[pymodule_export]
    use super::table::{
        address_lines, address_texts, community_ids, gather, group, is_made_of, repeats,
    };

    /// Whether frames of a link type are decoded.
    #[pyfunction]
    fn is_supported(link_type: u32) -> bool {
        crate::packet::link::is_supported(link_type)
    }

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        module.add("COLUMNS", crate::flow::COLUMNS.to_vec())
    }
}
