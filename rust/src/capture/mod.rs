//! Stage 1: bytes of a recording to frames.
//!
//! [`Capture::open`] recognises the compression and the format by content, and
//! [`Capture::read_frames`] hands out one [`Frame`] after the other, borrowed from the read buffer.
//! What is odd or damaged becomes a [`Warning`] and never an error: everything before it is read.
//!
//! | file | job |
//! |---|---|
//! | `format.rs` | which bytes begin which format |
//! | `input.rs` | what bytes come from |
//! | `stream.rs` | one buffer over a reader, with the offset in the (decompressed) file |
//! | `unpack/` | gzip, bzip2, xz, zstd, lz4, streamed and bounded |
//! | `order.rs` | numbers in either byte order |
//! | `part.rs` | where a frame lies in a buffer that moves to another thread |
//! | `pcap.rs` | the pcap format |
//! | `pcapng/` | the pcapng format |
//!
//! Not supported: snoop, `NetMon`, ERF and other formats ([`OpenError::NotACapture`] hands back
//! their first bytes), dictionaries of zstd and lz4, a capture that was compressed twice.

mod format;
mod input;
mod order;
mod outcome;
mod part;
mod pcap;
mod pcapng;
mod stream;
mod unpack;

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod samples;

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;

pub use self::input::{Input, Stored};
pub use self::outcome::{FileInfo, Frame, Interface, OpenError, SHORT_BLOCK, Warning};
pub use self::part::Part;
pub use self::unpack::Limits;

use self::format::Format;
use self::pcap::Pcap;
use self::pcapng::Pcapng;
use self::stream::Stream;

/// The most bytes that a frame may hold; a length beyond it is damage. The bound of libpcap's
/// tools (`MAXIMUM_SNAPLEN`).
pub const MAX_CAPTURED: u32 = 256 * 1024;

/// Bytes that are [fetched](fetch) at a time.
pub const BLOCK: u64 = stream::CHUNK as u64;

/// Fills a buffer with a block of a file for [`Capture::read_fetched`]; whether there is a whole one
/// at this place.
pub fn fetch(file: &File, buffer: &mut Vec<u8>, offset: u64) -> bool {
    stream::fetch(file, buffer, offset)
}

/// One input that is being read.
pub struct Capture<R: Read> {
    stream: Stream<R>,
    reader: Reader,
    info: FileInfo,
    /// The end or the damage was reached, and what was counted has become warnings.
    finished: bool,
}

impl<R: Input> Capture<R> {
    /// The file that can be read at any place and holds these bytes as they are, if there is one.
    pub fn file(&mut self) -> Option<Arc<File>> {
        self.stream.reader()?.file().cloned()
    }

    /// Goes on reading at this place of the [file](Self::file), behind what was read of it.
    pub fn go_on_at(&mut self, offset: u64) {
        if let Some(reader) = self.stream.reader() {
            reader.go_on_at(offset);
        }
    }
}

/// The format of the input.
enum Reader {
    Pcap(Pcap),
    Pcapng(Pcapng),
    /// The file header could not be read.
    Nothing,
}

/// What ended one turn of reading.
enum Turn {
    /// The limit was reached, or the read was interrupted by a signal: there may be more.
    Paused,
    /// No more frames, for whatever reason; it has been written down.
    Ended,
    /// The operating system failed to read on.
    Failed(io::Error),
}

impl<R: Read> Capture<R> {
    /// Recognises compression and format. Reads no more than the first buffer.
    ///
    /// The reader needs no buffer of its own: it is asked for 256 KiB at a time.
    ///
    /// # Errors
    ///
    /// [`OpenError::Io`] if nothing can be read, [`OpenError::NotACapture`] if it is no capture.
    pub fn open(reader: R) -> Result<Self, OpenError> {
        Self::open_with(reader, Limits::default())
    }

    /// Like [`Capture::open`], with other bounds for decompression.
    ///
    /// # Errors
    ///
    /// As [`Capture::open`].
    pub fn open_with(reader: R, limits: Limits) -> Result<Self, OpenError> {
        let mut stream = Stream::open(reader, limits)?;
        stream.fill_patiently(format::MAGIC_LENGTH)?;
        let magic = stream.window().get(..format::MAGIC_LENGTH).unwrap_or(stream.window());
        let Some(format) = format::recognise(magic) else {
            let broken = if magic.len() < format::MAGIC_LENGTH { stream.broken() } else { "" };
            return Err(OpenError::NotACapture {
                magic: magic.to_vec(),
                broken: broken.to_owned(),
            });
        };
        let mut info = FileInfo {
            compression: stream.compression().to_owned(),
            stored_bytes: stream.stored(),
            ..FileInfo::default()
        };
        let mut finished = false;
        let reader = match format {
            Format::Pcapng => {
                "pcapng".clone_into(&mut info.format);
                Reader::Pcapng(Pcapng::default())
            }
            Format::Pcap(kind) => {
                kind.name.clone_into(&mut info.format);
                if let Some(pcap) = pcap::begin(&mut stream, kind, &mut info)? {
                    Reader::Pcap(pcap)
                } else {
                    finished = true;
                    Reader::Nothing
                }
            }
        };
        Ok(Self { stream, reader, info, finished })
    }

    /// Reads frames until `limit` were handed over or the end is reached; false at the end.
    ///
    /// It may return true with fewer frames, even none, when a signal interrupted a read, so that
    /// the caller can look at what the signal wanted. After the end it keeps returning false.
    pub fn read_frames<F: FnMut(Frame<'_>)>(&mut self, limit: usize, mut sink: F) -> bool {
        self.read_together(limit, |frames| frames.iter().for_each(|frame| sink(*frame)))
    }

    /// Like [`Capture::read_frames`], but hands over up to 32 frames at a time, which are all still
    /// in the read buffer: whoever looks each up in a large table can do so for all at once.
    pub fn read_together<F: FnMut(&[Frame<'_>])>(&mut self, limit: usize, sink: F) -> bool {
        if self.finished {
            return false;
        }
        let turn = match &mut self.reader {
            Reader::Pcap(pcap) => pcap.read(&mut self.stream, &mut self.info, limit, sink),
            Reader::Pcapng(pcapng) => pcapng.read(&mut self.stream, &mut self.info, limit, sink),
            Reader::Nothing => Turn::Ended,
        };
        self.info.stored_bytes = self.stream.stored();
        match turn {
            Turn::Paused => return true,
            Turn::Ended => {}
            Turn::Failed(error) => self.info.warnings.push(Warning::new(
                self.stream.offset(),
                format!("reading failed: {}", outcome::reason(&error)),
                "check the disk or the network drive that holds it",
            )),
        }
        self.finish();
        false
    }

    /// Hands over the frames of one buffer, at most `limit`, like [`Capture::read_together`], and then the buffer
    /// itself, for another thread to look at them where they are; false at the end.
    ///
    /// There may be no frames, also when a signal interrupted a read.
    ///
    /// # Arguments
    ///
    /// * `buffer` - one to go on with, e.g. an empty one or one of an earlier call; it becomes the
    ///   one that holds the frames.
    pub fn read_buffer<F: FnMut(&[Frame<'_>])>(
        &mut self,
        buffer: &mut Vec<u8>,
        limit: usize,
        sink: F,
    ) -> bool {
        self.stream.keep();
        let more = self.read_together(limit, sink);
        self.stream.exchange(buffer);
        more
    }

    /// Like [`Capture::read_buffer`], for a buffer that was filled by [`fetch`] with what the file
    /// has behind all that was read so far. Nothing is read from the input itself.
    pub fn read_fetched<F: FnMut(&[Frame<'_>])>(
        &mut self,
        buffer: &mut Vec<u8>,
        limit: usize,
        sink: F,
    ) -> bool {
        self.stream.feed(buffer);
        let more = self.read_together(limit, sink);
        self.stream.exchange(buffer);
        more
    }

    /// What is known of the file so far; complete once [`Capture::read_frames`] returned false.
    pub fn info(&self) -> &FileInfo {
        &self.info
    }

    /// What is known of the file, to keep.
    pub fn into_info(mut self) -> FileInfo {
        self.finish();
        self.info
    }

    /// Bytes of the file, as stored, that were read so far: for progress.
    pub fn stored_bytes(&self) -> u64 {
        self.stream.stored()
    }

    /// Where the next record or block begins, in bytes of the decompressed file.
    pub fn offset(&self) -> u64 {
        self.stream.offset()
    }

    /// Turns what was counted on the way into warnings, once.
    fn finish(&mut self) {
        if self.finished {
            return;
        }
        self.finished = true;
        // Reading may have stopped before, at damage in what was unpacked.
        let told = self.info.warnings.last();
        self.info.bomb = self.stream.is_bomb()
            && told.is_some_and(|warning| warning.cause.starts_with(self.stream.broken()));
        match &self.reader {
            Reader::Pcap(pcap) => pcap.finish(&mut self.info),
            Reader::Pcapng(pcapng) => pcapng.finish(&mut self.info),
            Reader::Nothing => {}
        }
    }
}
