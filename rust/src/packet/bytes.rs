//! Captured bytes together with how many they were on the wire.

use super::Failure;

/// The rest of a frame from some layer on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bytes<'a> {
    /// What was captured.
    pub data: &'a [u8],
    /// How long it was on the wire, at least as long as `data`.
    pub wire: u32,
}

impl<'a> Bytes<'a> {
    /// Captured bytes behind which `missing` more were on the wire.
    #[must_use]
    pub fn with_missing(data: &'a [u8], missing: u32) -> Self {
        Self { data, wire: (data.len() as u32).saturating_add(missing) }
    }

    /// Without the first `count` bytes.
    #[must_use]
    pub fn skip(self, count: usize) -> Self {
        Self {
            data: self.data.get(count..).unwrap_or_default(),
            wire: self.wire.saturating_sub(count as u32),
        }
    }

    /// What is left when `rest` is what a decoder left of the captured bytes.
    #[must_use]
    pub fn left(self, rest: &'a [u8]) -> Self {
        Self::with_missing(rest, self.wire.saturating_sub(self.data.len() as u32))
    }

    /// The first `length` bytes only.
    #[must_use]
    pub fn limit(self, length: u32) -> Self {
        Self {
            data: self.data.get(..length as usize).unwrap_or(self.data),
            wire: self.wire.min(length),
        }
    }
}

/// The first `N` bytes: the length is checked once, then named offsets are read.
///
/// # Errors
/// There are fewer.
#[inline]
pub fn view<'a, const N: usize>(
    data: &'a [u8],
    layer: &'static str,
) -> Result<&'a [u8; N], Failure> {
    data.first_chunk().ok_or(Failure::cut_short(layer))
}

/// A big-endian number at a fixed offset of a view.
macro_rules! be16 {
    ($view:expr, $at:literal) => {
        u16::from_be_bytes([$view[$at], $view[$at + 1]])
    };
}
macro_rules! be32 {
    ($view:expr, $at:literal) => {
        u32::from_be_bytes([$view[$at], $view[$at + 1], $view[$at + 2], $view[$at + 3]])
    };
}
pub(crate) use {be16, be32};

/// A big-endian number anywhere, if the bytes are there.
#[must_use]
pub(crate) fn be16_at(data: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*data.get(at..)?.first_chunk()?))
}

/// A big-endian number anywhere, if the bytes are there.
#[must_use]
pub(crate) fn be32_at(data: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*data.get(at..)?.first_chunk()?))
}
