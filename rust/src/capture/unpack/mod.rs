//! Decompression while reading: gzip, bzip2, xz, zstd and lz4, in bounded memory.
//!
//! A file is a row of members (gzip's word; xz's streams, the frames of zstd and lz4), perhaps
//! with zeros between them. What was decoded before damage is kept and handed on. A file that
//! unpacks to absurdly more than it holds is stopped ([`Limits`]).
//!
//! | file | job |
//! |---|---|
//! | `input.rs` | the compressed bytes |
//! | `decoder.rs` | one step of each decompressor, and what it led to |

mod decoder;
mod input;
#[cfg(test)]
mod tests;

use std::io::{self, BufRead, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use self::decoder::{Decoder, Outcome, Step};
use self::input::Input;
use super::format::Compression;

/// Bounds for what a compressed file may ask of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many times its size a file may unpack to, once it has passed `bomb_bytes`.
    pub bomb_ratio: u64,
    /// Unpacked bytes below which the ratio does not matter.
    pub bomb_bytes: u64,
    /// Bytes of history that a decompressor may keep (window, dictionary size). `xz -9` needs
    /// 64 MiB, `zstd --ultra -22` and `--long` need 128 MiB.
    pub window: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bomb_ratio: 1000, bomb_bytes: 64 << 20, window: 128 << 20 }
    }
}

/// Why unpacking stopped before the end of the file.
struct Broken {
    cause: String,
    /// What to do about it, where it is not to copy the file again.
    fix: Option<String>,
    /// Whether it unpacks to absurdly more than it holds.
    bomb: bool,
}

/// A compressed input as the bytes that it holds.
pub(super) struct Unpacker<R: Read> {
    decoder: Decoder<R>,
    compression: Compression,
    limits: Limits,
    unpacked: u64,
    place: Place,
    broken: Option<Broken>,
}

/// Where the input stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Within a member.
    Inside,
    /// Behind a member, or before the first.
    Between,
    End,
}

impl<R: Read> Unpacker<R> {
    /// Begins with `head`, which was read from `reader` already.
    pub(super) fn new(reader: R, head: Vec<u8>, compression: Compression, limits: Limits) -> Self {
        Self {
            decoder: Decoder::idle(Input::new(reader, head)),
            compression,
            limits,
            unpacked: 0,
            place: Place::Between,
            broken: None,
        }
    }

    pub(super) fn compression(&self) -> Compression {
        self.compression
    }

    /// Bytes read from the file, as stored.
    pub(super) fn stored(&self) -> u64 {
        self.decoder.input().map_or(0, Input::stored)
    }

    /// Why unpacking stopped before the end of the file, else empty.
    pub(super) fn broken(&self) -> &str {
        self.broken.as_ref().map_or("", |broken| &broken.cause)
    }

    /// What to do about it, if there is anything special.
    pub(super) fn fix(&self) -> Option<&str> {
        self.broken.as_ref()?.fix.as_deref()
    }

    /// Whether it was stopped because it unpacks to absurdly more than it holds.
    pub(super) fn is_bomb(&self) -> bool {
        self.broken.as_ref().is_some_and(|broken| broken.bomb)
    }

    /// Unpacks into `room`; 0 at the end, or where unpacking had to stop.
    pub(super) fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        while self.broken.is_none() && self.place != Place::End {
            if self.place == Place::Between && !self.next_member()? {
                continue;
            }
            // One byte beyond the bound tells a bomb, wherever the decompressor's blocks end.
            let left = (self.bound() + 1).saturating_sub(self.unpacked);
            let length = room.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            let room = room.get_mut(..length).unwrap_or_default();
            // The decompressors are other people's; should one panic on hostile bytes, that is
            // damage of this file and not the end of the run.
            let step = catch_unwind(AssertUnwindSafe(|| self.decoder.step(room)))
                .unwrap_or_else(|_| Step::damaged(&"the decompressor gave up"));
            if let Some(error) = self.decoder.input_mut().and_then(Input::take_error) {
                return Err(error);
            }
            match step.outcome {
                Outcome::More => {}
                Outcome::MemberEnd => self.place = Place::Between,
                Outcome::Cut => self.stop("data is cut short", None),
                Outcome::Damaged(detail) => self.stop(&format!("data is damaged ({detail})"), None),
                Outcome::TooWide => self.stop(
                    &format!(
                        "data needs more than the {} MiB of memory that are allowed to unpack it",
                        self.limits.window >> 20
                    ),
                    Some(self.by_hand()),
                ),
            }
            self.unpacked += step.produced as u64;
            self.stop_bomb();
            if step.produced > 0 {
                return Ok(step.produced.min(room.len()));
            }
        }
        Ok(0)
    }

    /// Passes over what stands between members. False if there is no further one.
    fn next_member(&mut self) -> io::Result<bool> {
        let Some(input) = self.decoder.input_mut() else {
            self.place = Place::End;
            return Ok(false);
        };
        loop {
            let bytes = input.fill_buf()?;
            if bytes.is_empty() {
                self.place = Place::End;
                return Ok(false);
            }
            // Tapes and some tools pad with zeros.
            let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
            let all = zeros == bytes.len();
            input.consume(zeros);
            if all {
                continue;
            }
            if !matches!(self.compression, Compression::Zstd | Compression::Lz4)
                || !input.skip_skippable_frame()?
            {
                break;
            }
        }
        self.decoder.begin(self.compression, self.limits);
        self.place = Place::Inside;
        Ok(true)
    }

    /// Stops where far more comes out than a capture could hold.
    fn stop_bomb(&mut self) {
        let (bound, stored) = (self.bound(), self.stored());
        if self.unpacked > bound && self.broken.is_none() {
            let ratio = self.limits.bomb_ratio;
            self.stop(
                &format!(
                    "data is a decompression bomb: {stored} bytes unpack to more than {bound}, \
                     over {ratio} times as many"
                ),
                Some(self.by_hand()),
            );
            if let Some(broken) = &mut self.broken {
                broken.bomb = true;
            }
        }
    }

    /// How many bytes may come out of what was read so far.
    fn bound(&self) -> u64 {
        let Limits { bomb_ratio, bomb_bytes, .. } = self.limits;
        bomb_bytes.max(self.stored().saturating_mul(bomb_ratio))
    }

    fn stop(&mut self, what: &str, fix: Option<String>) {
        let cause = format!("the {} {what}", self.compression.name());
        self.broken = Some(Broken { cause, fix, bomb: false });
    }

    fn by_hand(&self) -> String {
        let command = self.compression.name();
        format!("if you trust the file, unpack it yourself: {command} -d < FILE | classify -")
    }
}
