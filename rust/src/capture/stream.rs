//! One buffer over a reader: the window of bytes not yet consumed, and its place in the file.
//!
//! Records are parsed in place. What is left of a record at the end of the buffer is moved to the
//! front before more is read, so memory stays at one buffer. Why a buffer of this size and no
//! memory map: measured, the copy stays in the second-level cache, and a file that shrinks while
//! it is read cannot kill the process.

use std::fs::File;
use std::io::{self, ErrorKind, Read};

use super::format::{COMPRESSION_MAGIC_LENGTH, Compression};
use super::input::fill_from;
use super::unpack::{Limits, Unpacker};

/// Bytes asked for in one read.
pub(super) const CHUNK: usize = 256 * 1024;

/// Room for a chunk behind the longest record of a pcap file that can be left over.
const BUFFER: usize = HEADROOM + CHUNK;

/// Where a chunk begins that somebody else has [fetched](fetch).
const HEADROOM: usize = CHUNK + 4096;

/// Whether what was asked for is there.
pub(super) enum Fill {
    /// At least so many bytes are in the window.
    Ready,
    /// The data ends before.
    End,
    /// A signal interrupted the read, or the buffer is to be [exchanged](Stream::exchange) first;
    /// nothing is lost, ask again.
    Interrupted,
    /// The operating system failed to read.
    Failed(io::Error),
}

/// The bytes of one input, decompressed as they are read.
pub(super) struct Stream<R: Read> {
    source: Source<R>,
    buffer: Vec<u8>,
    /// The window within the buffer.
    start: usize,
    end: usize,
    /// Offset of the window in the decompressed file.
    offset: u64,
    /// Whether what was consumed stays in the buffer, for someone else to read.
    keeps: bool,
    /// Whether others read what comes next.
    is_fed: bool,
}

enum Source<R: Read> {
    Plain { reader: R, stored: u64 },
    Packed(Box<Unpacker<R>>),
}

impl<R: Read> Source<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain { reader, stored } => {
                let count = reader.read(room)?.min(room.len());
                *stored += count as u64;
                Ok(count)
            }
            Self::Packed(unpacker) => unpacker.read(room),
        }
    }
}

impl<R: Read> Stream<R> {
    /// Reads enough to recognise a compression.
    pub(super) fn open(reader: R, limits: Limits) -> io::Result<Self> {
        let mut plain = Self {
            source: Source::Plain { reader, stored: 0 },
            buffer: vec![0; BUFFER],
            start: 0,
            end: 0,
            offset: 0,
            keeps: false,
            is_fed: false,
        };
        plain.fill_patiently(COMPRESSION_MAGIC_LENGTH)?;
        let Some(compression) = Compression::of(plain.window()) else { return Ok(plain) };
        let head = plain.window().to_vec();
        plain.end = 0;
        plain.source = match plain.source {
            Source::Plain { reader, .. } => {
                Source::Packed(Box::new(Unpacker::new(reader, head, compression, limits)))
            }
            packed @ Source::Packed(_) => packed,
        };
        Ok(plain)
    }

    /// The bytes that are there and not yet consumed.
    #[inline]
    pub(super) fn window(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Where the window begins in the decompressed file.
    #[inline]
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Passes over the first `count` bytes of the window.
    #[inline]
    pub(super) fn consume(&mut self, count: usize) {
        let count = count.min(self.end - self.start);
        self.start += count;
        self.offset += count as u64;
    }

    /// From now on what was consumed stays in the buffer until it is [exchanged](Self::exchange).
    pub(super) fn keep(&mut self) {
        self.keeps = true;
    }

    /// Gives the buffer away for another one, into which the window moves.
    pub(super) fn exchange(&mut self, other: &mut Vec<u8>) {
        let window = self.window().len();
        if other.len() < BUFFER.max(window) {
            other.resize(BUFFER.max(window), 0);
        }
        if let Some(front) = other.get_mut(..window) {
            front.copy_from_slice(self.window());
        }
        std::mem::swap(&mut self.buffer, other);
        (self.start, self.end) = (0, window);
        self.is_fed = false;
    }

    /// Goes on in a buffer with the next chunk, which somebody has [fetched](fetch), instead of its
    /// own, until they are [exchanged](Self::exchange) again.
    pub(super) fn feed(&mut self, other: &mut Vec<u8>) {
        let window = self.window().len();
        let mut start = HEADROOM.saturating_sub(window);
        if window > HEADROOM {
            // A block of pcapng may be longer than any buffer.
            let chunk = other.get(HEADROOM..).unwrap_or_default();
            *other = [self.window(), chunk].concat();
            start = 0;
        } else if let Some(room) = other.get_mut(start..HEADROOM) {
            room.copy_from_slice(self.window());
        }
        std::mem::swap(&mut self.buffer, other);
        (self.start, self.end) = (start, self.buffer.len());
        (self.keeps, self.is_fed) = (true, true);
        if let Source::Plain { stored, .. } = &mut self.source {
            *stored += CHUNK as u64;
        }
    }

    /// Makes the window at least `need` bytes long.
    pub(super) fn fill(&mut self, need: usize) -> Fill {
        while self.end - self.start < need {
            if self.is_fed || (self.keeps && self.start > 0) {
                return Fill::Interrupted;
            }
            self.make_room(need);
            let last = self.buffer.len().min(self.end + CHUNK);
            let room = self.buffer.get_mut(self.end..last).unwrap_or_default();
            match self.source.read(room) {
                Ok(0) => return Fill::End,
                Ok(count) => self.end += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => return Fill::Interrupted,
                Err(error) => return Fill::Failed(error),
            }
        }
        Fill::Ready
    }

    /// Like [`Stream::fill`], not stopping for signals; the window may be shorter at the end.
    pub(super) fn fill_patiently(&mut self, need: usize) -> io::Result<()> {
        loop {
            match self.fill(need) {
                Fill::Ready | Fill::End => return Ok(()),
                Fill::Interrupted => {}
                Fill::Failed(error) => return Err(error),
            }
        }
    }

    /// Moves the window to the front and sees to it that something fits behind it. The buffer
    /// grows with the bytes that came, not with what a length claims.
    fn make_room(&mut self, need: usize) {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end + CHUNK > self.buffer.len() {
            let wanted = (2 * self.buffer.len()).min(need + CHUNK).max(self.end + CHUNK);
            self.buffer.resize(wanted, 0);
        }
    }

    /// What is read as it is stored, if it is not compressed.
    pub(super) fn reader(&mut self) -> Option<&mut R> {
        match &mut self.source {
            Source::Plain { reader, .. } => Some(reader),
            Source::Packed(_) => None,
        }
    }

    /// The name of the compression, empty if there is none.
    pub(super) fn compression(&self) -> &'static str {
        match &self.source {
            Source::Plain { .. } => "",
            Source::Packed(unpacker) => unpacker.compression().name(),
        }
    }

    /// Bytes read from the file, as stored.
    pub(super) fn stored(&self) -> u64 {
        match &self.source {
            Source::Plain { stored, .. } => *stored,
            Source::Packed(unpacker) => unpacker.stored(),
        }
    }

    /// Why decompression stopped early, else empty. What came before is kept.
    pub(super) fn broken(&self) -> &str {
        match &self.source {
            Source::Plain { .. } => "",
            Source::Packed(unpacker) => unpacker.broken(),
        }
    }

    /// Whether decompression stopped because of how much came out.
    pub(super) fn is_bomb(&self) -> bool {
        match &self.source {
            Source::Plain { .. } => false,
            Source::Packed(unpacker) => unpacker.is_bomb(),
        }
    }

    /// Why there are fewer bytes than there must be, and what to do: what decompression says,
    /// else the words given.
    pub(super) fn ended(&self, cause: &str, fix: &str) -> (String, String) {
        let broken = self.broken();
        let cause = if broken.is_empty() { cause } else { broken };
        let fix = match &self.source {
            Source::Packed(unpacker) => unpacker.fix().unwrap_or(fix),
            Source::Plain { .. } => fix,
        };
        (cause.to_owned(), fix.to_owned())
    }
}

/// Fills a buffer with a chunk of a file, for a stream to be [fed](Stream::feed) with; whether the
/// file has a whole one there.
pub(super) fn fetch(file: &File, buffer: &mut Vec<u8>, offset: u64) -> bool {
    buffer.resize(BUFFER, 0);
    fill_from(file, buffer.get_mut(HEADROOM..).unwrap_or_default(), offset)
}
