//! What a file is, by its first bytes.

use super::pcap::Kind;

/// How many first bytes are looked at, and handed back of a file that is no capture.
pub(super) const MAGIC_LENGTH: usize = 32;

/// The longest magic of a compression.
pub(super) const COMPRESSION_MAGIC_LENGTH: usize = 6;

const PCAPNG: &[u8] = b"\x0a\x0d\x0d\x0a";

/// A capture format.
pub(super) enum Format {
    Pcap(&'static Kind),
    Pcapng,
}

/// The format that these bytes begin.
pub(super) fn recognise(head: &[u8]) -> Option<Format> {
    if head.starts_with(PCAPNG) {
        return Some(Format::Pcapng);
    }
    Kind::of(head).map(Format::Pcap)
}

/// A compression that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    Gzip,
    Bzip2,
    Xz,
    Zstd,
    Lz4,
}

impl Compression {
    /// The compression that these bytes begin: RFC 1952, bzip2's and xz's file formats, RFC 8878
    /// section 3.1.1, the LZ4 frame format.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        const MAGICS: [(&[u8], Compression); 5] = [
            (b"\x1f\x8b", Compression::Gzip),
            (b"BZh", Compression::Bzip2),
            (b"\xfd7zXZ\x00", Compression::Xz),
            (b"\x28\xb5\x2f\xfd", Compression::Zstd),
            (b"\x04\x22\x4d\x18", Compression::Lz4),
        ];
        MAGICS.iter().find(|(magic, _)| head.starts_with(magic)).map(|&(_, found)| found)
    }

    /// Its name, which is the name of its command too.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
            Self::Lz4 => "lz4",
        }
    }
}
