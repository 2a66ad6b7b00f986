//! One step of each decompressor, and what it led to.
//!
//! gzip, bzip2 and xz take a slice of input and fill a slice of output; what they wrote before an
//! error is known from their counters and kept. zstd and lz4 read the input themselves.

use std::io::{BufRead, ErrorKind, Read};

use lz4_flex::frame::FrameDecoder as Lz4Decoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder as ZstdDecoder};

use super::Limits;
use super::input::Input;
use crate::capture::format::Compression;

/// Window of gzip's deflate, as a power of two.
const GZIP_WINDOW_BITS: u8 = 15;
/// What xz's decoder needs beside its dictionary, at most, KiB.
const XZ_OVERHEAD: u32 = 1024;

/// What a step led to.
pub(super) struct Step {
    /// Bytes written.
    pub(super) produced: usize,
    pub(super) outcome: Outcome,
}

pub(super) enum Outcome {
    /// Go on.
    More,
    /// The member is complete, and its checksum right.
    MemberEnd,
    /// The file ends inside the member.
    Cut,
    /// The member cannot be read on, in the decompressor's words.
    Damaged(String),
    /// The member needs more memory than is allowed.
    TooWide,
}

impl Step {
    fn new(produced: usize, outcome: Outcome) -> Self {
        Self { produced, outcome }
    }

    pub(super) fn damaged(detail: &impl ToString) -> Self {
        Self::new(0, Outcome::Damaged(detail.to_string()))
    }
}

/// A decompressor on its input.
pub(super) enum Decoder<R: Read> {
    /// Between members.
    Idle(Input<R>),
    Gzip(Input<R>, Box<flate2::Decompress>),
    Bzip2(Input<R>, Box<bzip2::Decompress>),
    Xz(Input<R>, Box<lzma_rust2::XzStream>),
    Zstd(Input<R>, Box<Zstd>),
    Lz4(Box<Lz4Decoder<Input<R>>>),
    /// Only while one decoder takes the place of another.
    Gone,
}

impl<R: Read> Decoder<R> {
    pub(super) fn idle(input: Input<R>) -> Self {
        Self::Idle(input)
    }

    pub(super) fn input(&self) -> Option<&Input<R>> {
        match self {
            Self::Idle(input)
            | Self::Gzip(input, _)
            | Self::Bzip2(input, _)
            | Self::Xz(input, _)
            | Self::Zstd(input, _) => Some(input),
            Self::Lz4(decoder) => Some(decoder.get_ref()),
            Self::Gone => None,
        }
    }

    pub(super) fn input_mut(&mut self) -> Option<&mut Input<R>> {
        match self {
            Self::Idle(input)
            | Self::Gzip(input, _)
            | Self::Bzip2(input, _)
            | Self::Xz(input, _)
            | Self::Zstd(input, _) => Some(input),
            Self::Lz4(decoder) => Some(decoder.get_mut()),
            Self::Gone => None,
        }
    }

    /// Gets ready for a member.
    pub(super) fn begin(&mut self, compression: Compression, limits: Limits) {
        *self = match std::mem::replace(self, Self::Gone) {
            Self::Idle(input)
            | Self::Gzip(input, _)
            | Self::Bzip2(input, _)
            | Self::Xz(input, _)
            | Self::Zstd(input, _) => Self::on(input, compression, limits),
            Self::Lz4(decoder) => Self::on(decoder.into_inner(), compression, limits),
            Self::Gone => Self::Gone,
        }
    }

    fn on(input: Input<R>, compression: Compression, limits: Limits) -> Self {
        match compression {
            Compression::Gzip => {
                Self::Gzip(input, Box::new(flate2::Decompress::new_gzip(GZIP_WINDOW_BITS)))
            }
            Compression::Bzip2 => Self::Bzip2(input, Box::new(bzip2::Decompress::new(false))),
            Compression::Xz => {
                let memory = (limits.window >> 10).saturating_add(XZ_OVERHEAD);
                let decoder = lzma_rust2::XzStream::new_mem_limit(false, memory);
                Self::Xz(input, Box::new(decoder))
            }
            Compression::Zstd => Self::Zstd(input, Box::new(Zstd::new(limits))),
            Compression::Lz4 => Self::Lz4(Box::new(Lz4Decoder::new(input))),
        }
    }

    /// Unpacks some into `room`.
    pub(super) fn step(&mut self, room: &mut [u8]) -> Step {
        match self {
            Self::Gzip(input, decoder) => by_slices(input, |bytes| gzip(decoder, bytes, room)),
            Self::Bzip2(input, decoder) => by_slices(input, |bytes| bzip2(decoder, bytes, room)),
            Self::Xz(input, decoder) => by_slices(input, |bytes| xz(decoder, bytes, room)),
            Self::Zstd(input, decoder) => decoder.step(input, room),
            Self::Lz4(decoder) => lz4(decoder, room),
            Self::Idle(_) | Self::Gone => Step::new(0, Outcome::Cut),
        }
    }
}

/// Runs a decompressor that takes slices; it returns how much it consumed, and the step.
fn by_slices<R: Read>(input: &mut Input<R>, run: impl FnOnce(&[u8]) -> (usize, Step)) -> Step {
    let Some(bytes) = input.fill_or_keep_error() else { return Step::new(0, Outcome::More) };
    let empty = bytes.is_empty();
    let (consumed, step) = run(bytes);
    input.consume(consumed);
    match step.outcome {
        Outcome::More if step.produced == 0 && empty => Step::new(0, Outcome::Cut),
        Outcome::More if step.produced == 0 && consumed == 0 => Step::damaged(&"it makes no sense"),
        _ => step,
    }
}

fn gzip(decoder: &mut flate2::Decompress, bytes: &[u8], room: &mut [u8]) -> (usize, Step) {
    let (read, written) = (decoder.total_in(), decoder.total_out());
    let outcome = match decoder.decompress(bytes, room, flate2::FlushDecompress::None) {
        Ok(flate2::Status::StreamEnd) => Outcome::MemberEnd,
        Ok(_) => Outcome::More,
        Err(error) => {
            // Of some errors zlib tells the cause only to the call before, which succeeded.
            let words = error.message().filter(|words| !words.starts_with("repeated call"));
            Outcome::Damaged(words.unwrap_or("not deflate data").to_owned())
        }
    };
    let consumed = (decoder.total_in() - read) as usize;
    (consumed, Step::new((decoder.total_out() - written) as usize, outcome))
}

fn bzip2(decoder: &mut bzip2::Decompress, bytes: &[u8], room: &mut [u8]) -> (usize, Step) {
    let (read, written) = (decoder.total_in(), decoder.total_out());
    let outcome = match decoder.decompress(bytes, room) {
        Ok(bzip2::Status::StreamEnd) => Outcome::MemberEnd,
        Ok(_) => Outcome::More,
        Err(error) => Outcome::Damaged(error.to_string()),
    };
    let consumed = (decoder.total_in() - read) as usize;
    (consumed, Step::new((decoder.total_out() - written) as usize, outcome))
}

/// Of a file that was cut, some 20 bytes before the cut are not unpacked: the decompressor wants to
/// be sure that a symbol is complete.
fn xz(decoder: &mut lzma_rust2::XzStream, bytes: &[u8], room: &mut [u8]) -> (usize, Step) {
    let (read, written) = (decoder.total_in(), decoder.total_out());
    let outcome = match decoder.process(bytes, room, lzma_rust2::Action::Run) {
        Ok(result) if result.status == lzma_rust2::Status::StreamEnd => Outcome::MemberEnd,
        Ok(_) => Outcome::More,
        Err(error) if error.kind() == ErrorKind::OutOfMemory => Outcome::TooWide,
        Err(error) => Outcome::Damaged(error.to_string()),
    };
    let consumed = (decoder.total_in() - read) as usize;
    (consumed, Step::new((decoder.total_out() - written) as usize, outcome))
}

fn lz4<R: Read>(decoder: &mut Lz4Decoder<Input<R>>, room: &mut [u8]) -> Step {
    match decoder.read(room) {
        Ok(0) | Err(_) if decoder.get_ref().ended() => Step::new(0, Outcome::Cut),
        Ok(0) => Step::new(0, Outcome::MemberEnd),
        Ok(produced) => Step::new(produced, Outcome::More),
        Err(error) => Step::damaged(&error),
    }
}

/// The decompressor for one frame of zstd.
pub(super) struct Zstd {
    decoder: ZstdDecoder,
    begun: bool,
    /// How the frame ended early, to be told once everything before was handed on.
    ending: Option<Outcome>,
}

impl Zstd {
    fn new(limits: Limits) -> Self {
        let mut decoder = ZstdDecoder::new();
        decoder.set_max_window_size(u64::from(limits.window));
        Self { decoder, begun: false, ending: None }
    }

    fn step<R: Read>(&mut self, input: &mut Input<R>, room: &mut [u8]) -> Step {
        if !self.begun {
            self.begun = true;
            if let Err(error) = self.decoder.reset(&mut *input) {
                return Step::new(0, ending(&error, input));
            }
        }
        loop {
            if self.decoder.can_collect() > 0 {
                return match self.decoder.read(room) {
                    Ok(produced) => Step::new(produced, Outcome::More),
                    Err(error) => Step::damaged(&error),
                };
            }
            if let Some(ending) = self.ending.take() {
                return Step::new(0, ending);
            }
            if self.decoder.is_finished() {
                return Step::new(0, self.check());
            }
            let some = BlockDecodingStrategy::UptoBlocks(1);
            if let Err(error) = self.decoder.decode_blocks(&mut *input, some) {
                self.ending = Some(ending(&error, input));
                // The decoder keeps a window of history back until the frame is finished. An
                // empty last block (RFC 8878 section 3.1.1.2) and a checksum finish it, so that
                // everything before the damage comes out.
                let last_block: &[u8] = &[1, 0, 0, 0, 0, 0, 0];
                let _ =
                    self.decoder.decode_blocks(last_block, BlockDecodingStrategy::UptoBlocks(1));
            }
        }
    }

    /// Compares the checksum, where there is one.
    fn check(&self) -> Outcome {
        match (self.decoder.get_checksum_from_data(), self.decoder.get_calculated_checksum()) {
            (Some(stored), Some(calculated)) if stored != calculated => {
                Outcome::Damaged("the checksum is wrong".to_owned())
            }
            _ => Outcome::MemberEnd,
        }
    }
}

/// What an error of zstd's decoder means.
fn ending<R: Read>(error: &FrameDecoderError, input: &Input<R>) -> Outcome {
    match error {
        FrameDecoderError::WindowSizeTooBig { .. } => Outcome::TooWide,
        FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::BadMagicNumber(_)) => {
            Outcome::Damaged("no frame begins where one must".to_owned())
        }
        _ if input.ended() => Outcome::Cut,
        error => Outcome::Damaged(error.to_string()),
    }
}
