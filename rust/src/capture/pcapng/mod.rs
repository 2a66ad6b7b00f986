//! The pcapng file format: every section, interface and time resolution.
//!
//! Source: draft-ietf-opsawg-pcapng. Blocks are read one by one; an unknown block is passed over.
//!
//! | file | job |
//! |---|---|
//! | `mod.rs` | from block to block, and what stops that |
//! | `block.rs` | what the blocks mean |
//! | `option.rs` | the options behind a block's fixed part |
//! | `clock.rs` | ticks of an interface to nanoseconds |

mod block;
mod clock;
mod option;

use std::io::Read;

use self::block::Section;
use super::order::Order;
use super::outcome::{FileInfo, Frame, Oddity, Together};
use super::stream::{Fill, Stream};
use super::{MAX_CAPTURED, Turn};

const SECTION: u32 = 0x0a0d_0d0a; // the same in both byte orders
const INTERFACE: u32 = 1;
const OLD_PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const STATISTICS: u32 = 5;
const PACKET: u32 = 6;

/// Type and length, and the length once more at the end.
const MIN_BLOCK: u32 = 12;
/// Of a block that we look into; a longer one is damage.
const MAX_READ_BLOCK: u32 = 16 * 1024 * 1024;
/// Over all sections of a file; more is damage.
const MAX_INTERFACES: usize = 65_536;

/// The state of one file.
#[derive(Default)]
pub(super) struct Pcapng {
    section: Section,
    /// Bytes of an unknown block that are still to be passed over, and where it began.
    skipping: u64,
    skipped_from: u64,
    bad_trailers: Oddity,
    bad_bodies: Oddity,
    short_packets: Oddity,
    strays: Oddity,
    liars: Oddity,
}

/// Why the blocks of a window are at an end.
enum Stop {
    /// The next block needs so many bytes in the window.
    Need(usize),
    /// The next block is of no interest and so long.
    Skip(u32),
    Limit,
    /// The file cannot be read on from the next block.
    Damage(Damage),
}

/// What makes a file unreadable from a block on.
enum Damage {
    /// A section header does not say its byte order.
    NoByteOrder,
    /// A block has an impossible length.
    Length { kind: u32, length: u32 },
    /// A block that we would have to read is too long.
    TooLong { kind: u32, length: u32 },
    /// A packet claims too many bytes.
    Packet { captured: u32 },
    /// Too many interfaces.
    Interfaces,
}

impl Damage {
    fn words(&self, offset: u64) -> String {
        match self {
            Self::NoByteOrder if offset > 0 => {
                "a section header has no byte order magic".to_owned()
            }
            Self::NoByteOrder => "the first section header has no byte order magic".to_owned(),
            Self::Length { kind, length } => {
                format!("a block of type {kind:#x} claims an impossible length of {length}")
            }
            Self::TooLong { kind, length } => {
                format!("a block of type {kind:#x} claims {length} bytes")
            }
            Self::Packet { captured } => format!(
                "a packet claims {captured} bytes, more than the {MAX_CAPTURED} that a frame may \
                 have"
            ),
            Self::Interfaces => format!("more than {MAX_INTERFACES} interfaces are described"),
        }
    }
}

/// What a block that was looked into led to.
enum Found<'a> {
    Frame(Frame<'a>),
    Nothing,
    /// The block is too short for what it must hold.
    Short,
    Damage(Damage),
}

/// The frame of a packet block, and what is odd about it.
struct Packet<'a> {
    found: Found<'a>,
    stray: bool,
    liar: bool,
}

impl<'a> From<Found<'a>> for Packet<'a> {
    fn from(found: Found<'a>) -> Self {
        Self { found, stray: false, liar: false }
    }
}

impl Pcapng {
    /// Hands over frames up to the limit, the end of the file, or the first damage.
    pub(super) fn read<R: Read, F: FnMut(&[Frame<'_>])>(
        &mut self,
        stream: &mut Stream<R>,
        info: &mut FileInfo,
        limit: usize,
        mut sink: F,
    ) -> Turn {
        let mut left = limit;
        loop {
            let (filled, begun) = if self.skipping > 0 {
                (self.skip(stream), self.skipped_from)
            } else {
                let window = stream.window();
                let mut frames = Together::new(&mut sink);
                let (rest, stop) =
                    self.window(window, stream.offset(), info, &mut left, &mut frames);
                frames.hand_over();
                let consumed = window.len() - rest;
                stream.consume(consumed);
                let offset = stream.offset();
                match stop {
                    Stop::Limit => return Turn::Paused,
                    Stop::Need(need) => (stream.fill(need), offset),
                    Stop::Skip(length) => {
                        self.skipping = u64::from(length);
                        self.skipped_from = offset;
                        continue;
                    }
                    Stop::Damage(damage) => {
                        self.stop(info, offset, damage.words(offset), None);
                        return Turn::Ended;
                    }
                }
            };
            match filled {
                Fill::Ready => {}
                Fill::Interrupted => return Turn::Paused,
                Fill::Failed(error) => return Turn::Failed(error),
                Fill::End => {
                    self.end(stream, info, begun);
                    return Turn::Ended;
                }
            }
        }
    }

    /// Passes over an unknown block in bounded memory.
    fn skip<R: Read>(&mut self, stream: &mut Stream<R>) -> Fill {
        while self.skipping > 0 {
            let here = usize::try_from(self.skipping)
                .map_or(stream.window().len(), |left| left.min(stream.window().len()));
            stream.consume(here);
            self.skipping -= here as u64;
            if self.skipping > 0 {
                match stream.fill(1) {
                    Fill::Ready => {}
                    other => return other,
                }
            }
        }
        Fill::Ready
    }

    /// The data is at an end; `begun` is where the block began that was asked for.
    fn end<R: Read>(&mut self, stream: &Stream<R>, info: &mut FileInfo, begun: u64) {
        let window = stream.window();
        if self.skipping == 0 {
            if window.is_empty() && stream.broken().is_empty() {
                return;
            }
            // A section header is known by its first 4 bytes and useless without the next 8.
            if window.len() >= 8 && window.len() < 12 && window.starts_with(&SECTION.to_be_bytes())
            {
                self.stop(info, begun, Damage::NoByteOrder.words(begun), None);
                return;
            }
        }
        let (cause, fix) = stream.ended("the file ends inside a block", FIX);
        self.stop(info, begun, cause, Some(fix));
    }

    /// Reading stops here.
    fn stop(&mut self, info: &mut FileInfo, offset: u64, cause: String, fix: Option<String>) {
        self.skipping = 0;
        let fix = fix.unwrap_or_else(|| FIX.to_owned());
        info.cut_at(offset, cause + "; reading stopped here", fix);
    }

    /// Reads the blocks of a window. Returns how many of its bytes are left.
    fn window<'a, F: FnMut(&[Frame<'_>])>(
        &mut self,
        window: &'a [u8],
        start: u64,
        info: &mut FileInfo,
        left: &mut usize,
        frames: &mut Together<'a, '_, F>,
    ) -> (usize, Stop) {
        let mut rest = window;
        loop {
            if *left == 0 {
                return (rest.len(), Stop::Limit);
            }
            let Some((head, behind)) = rest.split_first_chunk::<8>() else {
                return (rest.len(), Stop::Need(8));
            };
            if head.starts_with(&SECTION.to_be_bytes()) {
                // The byte order is the section's own, and needed to read its length.
                let Some(magic) = behind.first_chunk::<4>() else {
                    return (rest.len(), Stop::Need(12));
                };
                self.section.order = match u32::from_be_bytes(*magic) {
                    0x1a2b_3c4d => Order::Big,
                    0x4d3c_2b1a => Order::Little,
                    _ => return (rest.len(), Stop::Damage(Damage::NoByteOrder)),
                };
            }
            let order = self.section.order;
            let (kind, length) = (order.u32(head, 0), order.u32(head, 4));
            if length < MIN_BLOCK || length % 4 != 0 {
                return (rest.len(), Stop::Damage(Damage::Length { kind, length }));
            }
            let read = matches!(
                kind,
                SECTION | INTERFACE | OLD_PACKET | SIMPLE_PACKET | STATISTICS | PACKET
            );
            if read && length > MAX_READ_BLOCK {
                return (rest.len(), Stop::Damage(Damage::TooLong { kind, length }));
            }
            let Some((block, next)) = rest.split_at_checked(length as usize) else {
                let stop = if read { Stop::Need(length as usize) } else { Stop::Skip(length) };
                return (rest.len(), stop);
            };
            if !read {
                rest = next;
                continue;
            }
            let offset = start + (window.len() - rest.len()) as u64;
            let (body, trailer) = block.split_last_chunk::<4>().unwrap_or((block, &[0; 4]));
            if order.u32(trailer, 0) != length {
                self.bad_trailers.note(offset);
            }
            match self.block(kind, body.get(8..).unwrap_or_default(), offset, info) {
                Found::Frame(frame) => {
                    *left -= 1;
                    frames.push(frame);
                }
                Found::Nothing => {}
                Found::Short if matches!(kind, OLD_PACKET | SIMPLE_PACKET | PACKET) => {
                    self.short_packets.note(offset);
                    *left -= 1;
                    frames.push(self.section.short_packet());
                }
                Found::Short => self.bad_bodies.note(offset),
                Found::Damage(damage) => return (rest.len(), Stop::Damage(damage)),
            }
            rest = next;
        }
    }

    /// Looks into one block.
    #[inline]
    fn block<'a>(
        &mut self,
        kind: u32,
        body: &'a [u8],
        offset: u64,
        info: &mut FileInfo,
    ) -> Found<'a> {
        let packet = match kind {
            PACKET => self.section.packet(body, info),
            SIMPLE_PACKET => self.section.simple_packet(body, info),
            OLD_PACKET => self.section.old_packet(body, info),
            INTERFACE => return self.section.interface(body, info),
            SECTION => return self.section.begin(body, info),
            _ => return self.section.statistics(body, info),
        };
        if packet.liar {
            self.liars.note(offset);
        }
        if packet.stray {
            self.strays.note(offset);
        }
        packet.found
    }

    /// Writes down what did not stop the reading but must be known.
    pub(super) fn finish(&self, info: &mut FileInfo) {
        for (oddity, cause) in [
            (&self.bad_trailers, "a block's two lengths differ; the first was believed"),
            (&self.bad_bodies, "a block is too short for what it must hold; it was passed over"),
            (
                &self.short_packets,
                "a packet block is too short for what it must hold; it was counted only",
            ),
            (&self.strays, "a packet names an interface that the file does not describe"),
            (&self.liars, "a packet keeps more bytes than it says were on the wire"),
        ] {
            oddity.warn(cause, &mut info.warnings);
        }
        if info.interfaces.is_empty() && !info.cut {
            info.warnings.push(super::Warning {
                offset: -1,
                cause: "no interface is described, so there is nothing that can be decoded"
                    .to_owned(),
                fix: "record again, or check that the tool that wrote the file is current"
                    .to_owned(),
                count: 1,
            });
        }
    }
}

const FIX: &str = "everything before was read; copy the file again if it should be longer";
