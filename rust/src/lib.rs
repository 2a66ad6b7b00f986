//! The native engine of pcap-service-classifier: captures to rows of flows, layers 2 to 4.
//!
//! It knows no service. [`capture`] turns files into frames, [`packet`] frames into packets,
//! [`flow`] packets into rows, and [`payload`] looks for what it was told in what they carry;
//! [`engine`] is all of it in a row. [`table`] is what is worked out over whole columns of rows, and
//! [`rows`] writes them as text. The Python binding is behind the feature `python`; everything else
//! builds and tests without it.
#![deny(unsafe_code)] // forbidden below in all modules but one, see python/buffer.rs
#![cfg_attr(test, allow(clippy::indexing_slicing, clippy::cast_sign_loss))] // a test may panic

#[forbid(unsafe_code)]
pub mod capture;
pub mod engine;
pub mod flow;
pub mod packet;
pub mod payload;
#[cfg(feature = "python")]
mod python;
#[forbid(unsafe_code)]
pub mod rows;
pub mod sides;
#[forbid(unsafe_code)]
pub mod table;
#[forbid(unsafe_code)]
pub mod texts;

#[cfg(feature = "python")]
pub use python::_native;
