//! What the capture stage hands on: frames, and what is known of the file they came from.

use std::fmt;
use std::io;

/// One frame as it was recorded. It borrows the read buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Nanoseconds since 1970 UTC, never negative.
    pub time: i64,
    /// `LINKTYPE_` number of its interface; -1 where the interface is not described, or
    /// [`SHORT_BLOCK`].
    pub link_type: i32,
    /// The bytes that were kept.
    pub data: &'a [u8],
    /// Bytes that were on the wire, at least `data.len()`.
    pub wire_length: u32,
}

/// The link type of a frame of which the file holds less than it claims: nothing of it is known,
/// not even its time.
pub const SHORT_BLOCK: i32 = -2;

/// How many frames are handed over together at most.
const TOGETHER: usize = 32;

/// Collects frames of one window, so that whoever takes them can look at several at a time.
pub(super) struct Together<'a, 's, F: FnMut(&[Frame<'_>])> {
    frames: [Frame<'a>; TOGETHER],
    count: usize,
    sink: &'s mut F,
}

impl<'a, 's, F: FnMut(&[Frame<'_>])> Together<'a, 's, F> {
    /// None yet.
    pub(super) fn new(sink: &'s mut F) -> Self {
        let none = Frame { time: 0, link_type: -1, data: &[], wire_length: 0 };
        Self { frames: [none; TOGETHER], count: 0, sink }
    }

    /// One more frame.
    #[inline]
    pub(super) fn push(&mut self, frame: Frame<'a>) {
        if let Some(place) = self.frames.get_mut(self.count) {
            *place = frame;
        }
        self.count += 1;
        if self.count == TOGETHER {
            self.hand_over();
        }
    }

    /// Hand over what has come together.
    pub(super) fn hand_over(&mut self) {
        let count = std::mem::take(&mut self.count);
        if let Some(frames) = self.frames.get(..count).filter(|frames| !frames.is_empty()) {
            (self.sink)(frames);
        }
    }
}

/// One recording interface: a pcap file has one, a pcapng section any number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// `LINKTYPE_` number (tcpdump.org/linktypes.html).
    pub link_type: u16,
    /// The `if_name` option, else empty.
    pub name: String,
    /// The `if_description` option, else empty.
    pub description: String,
    /// Bytes kept of a frame; 0 is no limit.
    pub snap_length: u32,
    /// Frames seen on it.
    pub frames: u64,
    /// Packets that the recorder said it lost; -1 where it does not say.
    pub dropped: i64,
}

impl Interface {
    /// An interface of which no more is known.
    pub(super) fn new(link_type: u16, snap_length: u32) -> Self {
        Self {
            link_type,
            name: String::new(),
            description: String::new(),
            snap_length,
            frames: 0,
            dropped: -1,
        }
    }
}

/// Something that the reader of a report must know about an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Byte offset in the (decompressed) file, -1 where it has no place.
    pub offset: i64,
    /// What is wrong.
    pub cause: String,
    /// What to do about it, else empty.
    pub fix: String,
    /// How often it happened.
    pub count: u64,
}

impl Warning {
    /// A warning about one place.
    pub(super) fn new(offset: u64, cause: impl Into<String>, fix: impl Into<String>) -> Self {
        let offset = i64::try_from(offset).unwrap_or(i64::MAX);
        Self { offset, cause: cause.into(), fix: fix.into(), count: 1 }
    }
}

/// Something odd that does not stop the reading: how often, and where first.
#[derive(Default)]
pub(super) struct Oddity {
    count: u64,
    first: u64,
}

impl Oddity {
    /// It happened once more, in the record or block at `offset`.
    #[cold]
    pub(super) fn note(&mut self, offset: u64) {
        if self.count == 0 {
            self.first = offset;
        }
        self.count += 1;
    }

    /// Adds a warning, if it happened at all.
    pub(super) fn warn(&self, cause: &str, warnings: &mut Vec<Warning>) {
        if self.count > 0 {
            warnings.push(Warning { count: self.count, ..Warning::new(self.first, cause, "") });
        }
    }
}

/// What was read of one input file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileInfo {
    /// `pcap`, `pcap ns`, `pcap modified` or `pcapng`.
    pub format: String,
    /// `gzip`, `bzip2`, `xz`, `zstd`, `lz4`, or empty.
    pub compression: String,
    /// Bytes of the file that were read, as stored.
    pub stored_bytes: u64,
    /// In the order of the file, over all sections.
    pub interfaces: Vec<Interface>,
    /// Section and packet comments (the first 20), with the frame number from 1, or 0.
    pub comments: Vec<(u64, String)>,
    /// How many comments there are in all.
    pub comment_count: u64,
    /// The `shb_hardware` option, else empty.
    pub hardware: String,
    /// The `shb_os` option, else empty.
    pub os: String,
    /// The `shb_userappl` option, else empty.
    pub application: String,
    /// Whether the file ends inside a record or block, or reading had to stop at damage.
    pub cut: bool,
    /// Whether that was because it unpacks to absurdly more than it holds: a warning says.
    pub bomb: bool,
    /// What the reader of a report must know, complete at the end.
    pub warnings: Vec<Warning>,
}

impl FileInfo {
    /// Reading ends before the end of the data, at `offset`, for a reason.
    pub(super) fn cut_at(&mut self, offset: u64, cause: impl Into<String>, fix: impl Into<String>) {
        self.cut = true;
        self.warnings.push(Warning::new(offset, cause, fix));
    }
}

/// Why an input cannot be read at all.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// The operating system failed to read.
    Io(io::Error),
    /// It is neither pcap nor pcapng.
    NotACapture {
        /// Its first bytes, decompressed, at most 32: enough to name a known stranger.
        magic: Vec<u8>,
        /// Why decompression ended within these bytes, else empty.
        broken: String,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "cannot be read: {}", reason(error)),
            Self::NotACapture { broken, .. } if !broken.is_empty() => f.write_str(broken),
            Self::NotACapture { .. } => f.write_str("is not a capture"),
        }
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::NotACapture { .. } => None,
        }
    }
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// What the operating system says, without the error number that Rust puts behind it.
pub(super) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error") {
        Some((words, _)) => words.to_owned(),
        None => text,
    }
}
