//! Numbers in either byte order, read at named offsets of a header whose length was checked.

/// The byte order of a pcap file or of a pcapng section.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Order {
    #[default]
    Little,
    Big,
}

impl Order {
    #[inline]
    pub(super) fn u16(self, header: &[u8], offset: usize) -> u16 {
        let bytes = at(header, offset);
        if self == Self::Big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
    }

    #[inline]
    pub(super) fn u32(self, header: &[u8], offset: usize) -> u32 {
        let bytes = at(header, offset);
        if self == Self::Big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    }

    #[inline]
    pub(super) fn u64(self, header: &[u8], offset: usize) -> u64 {
        let bytes = at(header, offset);
        if self == Self::Big { u64::from_be_bytes(bytes) } else { u64::from_le_bytes(bytes) }
    }
}

/// The bytes at an offset. Callers hand over arrays that are long enough, so that the compiler
/// drops the check; zeros stand where they were not.
#[inline]
fn at<const N: usize>(header: &[u8], offset: usize) -> [u8; N] {
    header.get(offset..).and_then(<[u8]>::first_chunk).copied().unwrap_or([0; N])
}
