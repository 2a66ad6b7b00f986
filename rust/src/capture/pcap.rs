//! The pcap file format: both byte orders, microseconds and nanoseconds, and "modified".
//!
//! Source: draft-ietf-opsawg-pcap; for the modified format and the swapped lengths of versions
//! before 2.4, the remarks in libpcap's savefile documentation.

use std::io::{self, Read};

use super::order::Order;
use super::outcome::{FileInfo, Frame, Interface, Oddity, Together};
use super::stream::{Fill, Stream};
use super::{MAX_CAPTURED, Turn};

const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;
/// What the modified format puts behind them: interface index, protocol, packet type.
const MODIFIED_EXTRA: usize = 8;

const NS: i64 = 1_000_000_000;

/// Offsets in the file header, after the magic.
mod file_field {
    pub(super) const MAJOR_VERSION: usize = 4;
    pub(super) const MINOR_VERSION: usize = 6;
    pub(super) const SNAP_LENGTH: usize = 16;
    /// The upper half says how long the frame check sequence is.
    pub(super) const LINK_TYPE: usize = 20;
}

/// Offsets in the header of a record.
mod field {
    pub(super) const SECONDS: usize = 0;
    pub(super) const FRACTION: usize = 4;
    pub(super) const CAPTURED_LENGTH: usize = 8;
    pub(super) const WIRE_LENGTH: usize = 12;
}

/// A variant of the format, by its magic.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kind {
    magic: [u8; 4],
    order: Order,
    pub(super) name: &'static str,
    /// Nanoseconds a tick of the fraction.
    tick: u32,
    modified: bool,
}

impl Kind {
    const fn new(magic: u32, order: Order, name: &'static str, tick: u32) -> Self {
        let magic = match order {
            Order::Big => magic.to_be_bytes(),
            Order::Little => magic.to_le_bytes(),
        };
        Self { magic, order, name, tick, modified: false }
    }

    const fn modified(order: Order) -> Self {
        let plain = Self::new(0xa1b2_cd34, order, "pcap modified", 1000);
        Self { modified: true, ..plain }
    }

    /// The variant whose file begins so.
    pub(super) fn of(head: &[u8]) -> Option<&'static Self> {
        static KINDS: [Kind; 6] = [
            Kind::new(0xa1b2_c3d4, Order::Little, "pcap", 1000),
            Kind::new(0xa1b2_c3d4, Order::Big, "pcap", 1000),
            Kind::new(0xa1b2_3c4d, Order::Little, "pcap ns", 1),
            Kind::new(0xa1b2_3c4d, Order::Big, "pcap ns", 1),
            Kind::modified(Order::Little),
            Kind::modified(Order::Big),
        ];
        KINDS.iter().find(|kind| head.starts_with(&kind.magic))
    }
}

/// What the file header says that the reading of records needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PcapHeader {
    kind: &'static Kind,
    /// Before version 2.4 the two lengths of a record may stand in either order.
    swapped_lengths: bool,
    link_type: u16,
    snap_length: u32,
}

impl PcapHeader {
    /// Reads a file header.
    fn parse(kind: &'static Kind, head: &[u8; FILE_HEADER]) -> Self {
        let major = kind.order.u16(head, file_field::MAJOR_VERSION);
        let minor = kind.order.u16(head, file_field::MINOR_VERSION);
        Self {
            kind,
            swapped_lengths: major == 2 && minor <= 3,
            link_type: (kind.order.u32(head, file_field::LINK_TYPE) & 0xffff) as u16,
            snap_length: kind.order.u32(head, file_field::SNAP_LENGTH),
        }
    }

    /// Its one interface, without frames.
    fn interface(&self) -> Interface {
        Interface::new(self.link_type, self.snap_length)
    }
}

/// The fields of a record header.
struct Record {
    seconds: u32,
    fraction: u32,
    captured: u32,
    wire: u32,
}

impl Record {
    #[inline]
    fn read(head: &[u8; RECORD_HEADER], order: Order) -> Self {
        Self {
            seconds: order.u32(head, field::SECONDS),
            fraction: order.u32(head, field::FRACTION),
            captured: order.u32(head, field::CAPTURED_LENGTH),
            wire: order.u32(head, field::WIRE_LENGTH),
        }
    }

    #[inline]
    fn in_order(self, swapped_lengths: bool) -> Self {
        if swapped_lengths && self.captured > self.wire {
            return Self { captured: self.wire, wire: self.captured, ..self };
        }
        self
    }
}

/// Reads the file header. None where the file ends inside it, which has been written down.
pub(super) fn begin<R: Read>(
    stream: &mut Stream<R>,
    kind: &'static Kind,
    info: &mut FileInfo,
) -> io::Result<Option<Pcap>> {
    stream.fill_patiently(FILE_HEADER)?;
    let Some((head, _)) = stream.window().split_first_chunk::<FILE_HEADER>() else {
        let (cause, fix) = stream
            .ended("the file ends inside the file header", "copy the file again from its source");
        info.cut_at(stream.window().len() as u64, cause, fix);
        return Ok(None);
    };
    let header = PcapHeader::parse(kind, head);
    stream.consume(FILE_HEADER);
    info.interfaces.push(header.interface());
    Ok(Some(Pcap::new(header)))
}

/// The state of one file.
pub(super) struct Pcap {
    header: PcapHeader,
    /// Records that keep more than was on the wire.
    liars: Oddity,
}

/// Why the records of a window are at an end.
enum Stop {
    /// The next record needs so many bytes in the window.
    Need(usize),
    Limit,
    /// The next record claims so many bytes.
    TooLong(u32),
}

impl Pcap {
    fn new(header: PcapHeader) -> Self {
        Self { header, liars: Oddity::default() }
    }

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
            let before = left;
            let window = stream.window();
            let mut frames = Together::new(&mut sink);
            let (offset, modified) = (stream.offset(), self.header.kind.modified);
            let (rest, stop) = match (self.header.kind.order, modified) {
                (Order::Little, false) => {
                    self.window::<false, 0, F>(window, offset, &mut left, &mut frames)
                }
                (Order::Big, false) => {
                    self.window::<true, 0, F>(window, offset, &mut left, &mut frames)
                }
                (Order::Little, true) => {
                    self.window::<false, MODIFIED_EXTRA, F>(window, offset, &mut left, &mut frames)
                }
                (Order::Big, true) => {
                    self.window::<true, MODIFIED_EXTRA, F>(window, offset, &mut left, &mut frames)
                }
            };
            frames.hand_over();
            let consumed = window.len() - rest;
            stream.consume(consumed);
            if let Some(interface) = info.interfaces.first_mut() {
                interface.frames += (before - left) as u64;
            }
            match stop {
                Stop::Limit => return Turn::Paused,
                Stop::TooLong(captured) => {
                    info.cut_at(
                        stream.offset(),
                        format!(
                            "a record claims {captured} bytes, more than the {MAX_CAPTURED} that \
                             a frame may have; reading stopped here"
                        ),
                        "the file is damaged from here on; repair it with pcapfix or record again",
                    );
                    return Turn::Ended;
                }
                Stop::Need(need) => match stream.fill(need) {
                    Fill::Ready => {}
                    Fill::Interrupted => return Turn::Paused,
                    Fill::Failed(error) => return Turn::Failed(error),
                    Fill::End => {
                        if !stream.window().is_empty() || !stream.broken().is_empty() {
                            let (cause, fix) = stream.ended(
                                "the file ends inside a record",
                                "everything before was read; copy the file again if it should be \
                                 longer",
                            );
                            info.cut_at(stream.offset(), cause, fix);
                        }
                        return Turn::Ended;
                    }
                },
            }
        }
    }

    /// Hands over the frames of a window: the hot path. Returns how many of its bytes are left.
    #[inline]
    fn window<'a, const BIG: bool, const EXTRA: usize, F: FnMut(&[Frame<'_>])>(
        &mut self,
        window: &'a [u8],
        offset: u64,
        left: &mut usize,
        frames: &mut Together<'a, '_, F>,
    ) -> (usize, Stop) {
        let PcapHeader { kind, swapped_lengths, link_type, .. } = self.header;
        let (tick, link_type) = (i64::from(kind.tick), i32::from(link_type));
        let order = if BIG { Order::Big } else { Order::Little };
        let mut rest = window;
        loop {
            if *left == 0 {
                return (rest.len(), Stop::Limit);
            }
            let Some((head, behind)) = rest.split_first_chunk::<RECORD_HEADER>() else {
                return (rest.len(), Stop::Need(RECORD_HEADER + EXTRA));
            };
            let Some(behind) = behind.get(EXTRA..) else {
                return (rest.len(), Stop::Need(RECORD_HEADER + EXTRA));
            };
            let record = Record::read(head, order).in_order(swapped_lengths);
            let captured = record.captured as usize;
            let Some((data, next)) = behind.split_at_checked(captured) else {
                let stop = if record.captured > MAX_CAPTURED {
                    Stop::TooLong(record.captured)
                } else {
                    Stop::Need(RECORD_HEADER + EXTRA + captured)
                };
                return (rest.len(), stop);
            };
            if record.captured > MAX_CAPTURED {
                return (rest.len(), Stop::TooLong(record.captured));
            }
            if record.wire < record.captured {
                self.liars.note(offset + (window.len() - rest.len()) as u64);
            }
            rest = next;
            *left -= 1;
            frames.push(Frame {
                time: i64::from(record.seconds) * NS + i64::from(record.fraction) * tick,
                link_type,
                data,
                wire_length: record.wire.max(record.captured),
            });
        }
    }

    /// Writes down what did not stop the reading but must be known.
    pub(super) fn finish(&self, info: &mut FileInfo) {
        self.liars.warn(
            "a record keeps more bytes than it says were on the wire; the kept bytes were used",
            &mut info.warnings,
        );
    }
}
