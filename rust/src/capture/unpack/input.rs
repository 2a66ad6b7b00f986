//! The compressed bytes of a file, buffered, with what the decompressors need to know of them.

use std::io::{self, BufRead, ErrorKind, Read};

/// Bytes asked for in one read.
const CHUNK: usize = 256 * 1024;

/// Magic and length of a frame that zstd and lz4 pass over (RFC 8878 section 3.1.2).
const SKIPPABLE_HEADER: usize = 8;

pub(super) struct Input<R> {
    reader: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    stored: u64,
    /// Whether more was asked for than the file holds.
    ended: bool,
    /// What the operating system said; decompressors hide it in errors of their own.
    error: Option<io::Error>,
}

impl<R: Read> Input<R> {
    /// Begins with `head`, which was read from `reader` already.
    pub(super) fn new(reader: R, head: Vec<u8>) -> Self {
        let end = head.len();
        let mut buffer = head;
        buffer.resize(end.max(CHUNK), 0);
        Self { reader, buffer, start: 0, end, stored: end as u64, ended: false, error: None }
    }

    pub(super) fn stored(&self) -> u64 {
        self.stored
    }

    /// Whether a decompressor wanted more than there is.
    pub(super) fn ended(&self) -> bool {
        self.ended
    }

    pub(super) fn take_error(&mut self) -> Option<io::Error> {
        self.error.take()
    }

    /// Like [`BufRead::fill_buf`], with the error kept for [`Input::take_error`].
    pub(super) fn fill_or_keep_error(&mut self) -> Option<&[u8]> {
        if let Err(error) = self.fill_buf() {
            self.error = Some(error);
            return None;
        }
        Some(self.buffered())
    }

    /// The bytes that are there.
    pub(super) fn buffered(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Reads once more, behind what is there. Returns how many bytes came.
    fn read_more(&mut self) -> io::Result<usize> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        let room = self.buffer.get_mut(self.end..).unwrap_or_default();
        let count = self.reader.read(room)?.min(room.len());
        self.end += count;
        self.stored += count as u64;
        Ok(count)
    }

    /// Passes over a skippable frame of zstd or lz4, if one begins here.
    pub(super) fn skip_skippable_frame(&mut self) -> io::Result<bool> {
        while self.buffered().len() < SKIPPABLE_HEADER && self.read_more()? > 0 {}
        let Some(&[magic, 0x2a, 0x4d, 0x18, a, b, c, d]) =
            self.buffered().first_chunk::<SKIPPABLE_HEADER>()
        else {
            return Ok(false);
        };
        if magic & 0xf0 != 0x50 {
            return Ok(false);
        }
        self.consume(SKIPPABLE_HEADER);
        let mut left = u64::from(u32::from_le_bytes([a, b, c, d]));
        while left > 0 {
            let bytes = self.fill_buf()?.len();
            if bytes == 0 {
                break;
            }
            let here = usize::try_from(left).map_or(bytes, |left| left.min(bytes));
            self.consume(here);
            left -= here as u64;
        }
        Ok(true)
    }
}

impl<R: Read> BufRead for Input<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end && self.read_more()? == 0 {
            self.ended = true;
        }
        Ok(self.buffered())
    }

    fn consume(&mut self, count: usize) {
        self.start = self.end.min(self.start + count);
    }
}

impl<R: Read> Read for Input<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if room.is_empty() {
            return Ok(0);
        }
        // An interrupted read is begun again here: not every decompressor would.
        while let Err(error) = self.fill_buf() {
            let kind = error.kind();
            if kind != ErrorKind::Interrupted {
                self.error = Some(error);
                return Err(kind.into());
            }
        }
        let mut bytes = self.buffered();
        let count = bytes.read(room)?;
        self.consume(count);
        Ok(count)
    }
}
