//! What the blocks of a pcapng file mean, within their section.

use super::clock::Clock;
use super::option::Options;
use super::{Damage, Found, MAX_CAPTURED, MAX_INTERFACES, Packet};
use crate::capture::order::Order;
use crate::capture::outcome::{FileInfo, Frame, Interface, SHORT_BLOCK};

/// Comments that are kept of a file, and bytes of each.
const KEPT_COMMENTS: usize = 20;
const KEPT_TEXT: usize = 2_000;
/// Bytes kept of an interface's name and description.
const KEPT_NAME: usize = 256;

/// Option codes of section 3.5 and of the blocks' own lists.
mod code {
    pub(super) const COMMENT: u16 = 1;
    pub(super) const SHB_HARDWARE: u16 = 2;
    pub(super) const SHB_OS: u16 = 3;
    pub(super) const SHB_USERAPPL: u16 = 4;
    pub(super) const IF_NAME: u16 = 2;
    pub(super) const IF_DESCRIPTION: u16 = 3;
    pub(super) const IF_TSRESOL: u16 = 9;
    pub(super) const IF_TSOFFSET: u16 = 14;
    pub(super) const ISB_IFDROP: u16 = 5;
    pub(super) const ISB_OSDROP: u16 = 7;
}

/// Offsets in a packet block's body, the same for both that have a time.
mod field {
    pub(super) const TIME_HIGH: usize = 4;
    pub(super) const TIME_LOW: usize = 8;
    pub(super) const CAPTURED_LENGTH: usize = 12;
    pub(super) const WIRE_LENGTH: usize = 16;
}

/// An interface of the section.
struct Known {
    /// Its place in [`FileInfo::interfaces`].
    index: usize,
    link_type: u16,
    snap_length: u32,
    clock: Clock,
}

/// A section's byte order and interfaces, and what goes on from section to section.
#[derive(Default)]
pub(super) struct Section {
    pub(super) order: Order,
    interfaces: Vec<Known>,
    /// Packets of the whole file so far.
    frames: u64,
    last_time: i64,
}

impl Section {
    /// A section begins: the interfaces of the last one are over.
    pub(super) fn begin(&mut self, body: &[u8], info: &mut FileInfo) -> Found<'static> {
        self.interfaces.clear();
        for (code, value) in Options::behind(16, body, self.order) {
            let field = match code {
                code::COMMENT => {
                    comment(value, 0, info);
                    continue;
                }
                code::SHB_HARDWARE => &mut info.hardware,
                code::SHB_OS => &mut info.os,
                code::SHB_USERAPPL => &mut info.application,
                _ => continue,
            };
            if field.is_empty() {
                *field = text(value, KEPT_TEXT);
            }
        }
        Found::Nothing
    }

    /// An interface is described.
    pub(super) fn interface(&mut self, body: &[u8], info: &mut FileInfo) -> Found<'static> {
        let Some(head) = body.first_chunk::<8>() else { return Found::Short };
        let order = self.order;
        let mut interface = Interface::new(order.u16(head, 0), order.u32(head, 4));
        let (mut resolution, mut offset) = (6, 0);
        for (code, value) in Options::behind(8, body, order) {
            match code {
                code::COMMENT => comment(value, 0, info),
                code::IF_NAME => interface.name = text(value, KEPT_NAME),
                code::IF_DESCRIPTION => interface.description = text(value, KEPT_NAME),
                code::IF_TSRESOL => resolution = value.first().copied().unwrap_or(resolution),
                code::IF_TSOFFSET if value.len() == 8 => {
                    offset = order.u64(value, 0).cast_signed();
                }
                _ => {}
            }
        }
        if info.interfaces.len() >= MAX_INTERFACES {
            return Found::Damage(Damage::Interfaces);
        }
        self.interfaces.push(Known {
            index: info.interfaces.len(),
            link_type: interface.link_type,
            snap_length: interface.snap_length,
            clock: Clock::new(resolution, offset),
        });
        info.interfaces.push(interface);
        Found::Nothing
    }

    /// What the recorder says it lost on an interface.
    pub(super) fn statistics(&mut self, body: &[u8], info: &mut FileInfo) -> Found<'static> {
        let Some(head) = body.first_chunk::<4>() else { return Found::Short };
        let number = self.order.u32(head, 0) as usize;
        let Some(known) = self.interfaces.get(number) else { return Found::Nothing };
        let index = known.index;
        let mut lost: Option<u64> = None;
        for (code, value) in Options::behind(12, body, self.order) {
            match code {
                code::COMMENT => comment(value, 0, info),
                code::ISB_IFDROP | code::ISB_OSDROP if value.len() == 8 => {
                    let more = self.order.u64(value, 0);
                    lost = Some(lost.unwrap_or(0).saturating_add(more));
                }
                _ => {}
            }
        }
        if let (Some(lost), Some(interface)) = (lost, info.interfaces.get_mut(index)) {
            interface.dropped = i64::try_from(lost).unwrap_or(i64::MAX);
        }
        Found::Nothing
    }

    /// An enhanced packet block.
    #[inline]
    pub(super) fn packet<'a>(&mut self, body: &'a [u8], info: &mut FileInfo) -> Packet<'a> {
        let Some((head, behind)) = body.split_first_chunk::<20>() else {
            return Found::Short.into();
        };
        let number = self.order.u32(head, 0);
        self.timed_packet(number, head, behind, info)
    }

    /// A packet block, which is obsolete: a shorter interface number, and a count of drops.
    pub(super) fn old_packet<'a>(&mut self, body: &'a [u8], info: &mut FileInfo) -> Packet<'a> {
        let Some((head, behind)) = body.split_first_chunk::<20>() else {
            return Found::Short.into();
        };
        let number = u32::from(self.order.u16(head, 0));
        self.timed_packet(number, head, behind, info)
    }

    /// What the two blocks have in common: time and lengths, and the frame behind them.
    #[inline]
    fn timed_packet<'a>(
        &mut self,
        number: u32,
        head: &[u8; 20],
        behind: &'a [u8],
        info: &mut FileInfo,
    ) -> Packet<'a> {
        let order = self.order;
        let (high, low) = (order.u32(head, field::TIME_HIGH), order.u32(head, field::TIME_LOW));
        let ticks = u64::from(high) << 32 | u64::from(low);
        let captured = order.u32(head, field::CAPTURED_LENGTH);
        let wire = order.u32(head, field::WIRE_LENGTH);
        let Some((data, options)) = behind.split_at_checked(captured as usize) else {
            return Found::Short.into();
        };
        if captured > MAX_CAPTURED {
            return Found::Damage(Damage::Packet { captured }).into();
        }
        let padding = captured.wrapping_neg() as usize % 4;
        if options.len() > padding {
            for (code, value) in Options::behind(padding, options, order) {
                if code == code::COMMENT {
                    comment(value, self.frames + 1, info);
                }
            }
        }
        let known = self.interfaces.get(number as usize);
        let time = known.map_or(self.last_time, |known| known.clock.time(ticks));
        self.frame(number, time, data, wire, info)
    }

    /// A simple packet block: no interface and no time. It is the first interface's, and its
    /// time is the last one seen.
    pub(super) fn simple_packet<'a>(&mut self, body: &'a [u8], info: &mut FileInfo) -> Packet<'a> {
        let Some((head, data)) = body.split_first_chunk::<4>() else {
            return Found::Short.into();
        };
        let wire = self.order.u32(head, 0);
        let snap_length = match self.interfaces.first() {
            Some(known) if known.snap_length > 0 => known.snap_length,
            _ => wire,
        };
        let captured = (wire.min(snap_length) as usize).min(data.len());
        if captured > MAX_CAPTURED as usize {
            let captured = u32::try_from(captured).unwrap_or(u32::MAX);
            return Found::Damage(Damage::Packet { captured }).into();
        }
        let data = data.get(..captured).unwrap_or(data);
        self.frame(0, self.last_time, data, wire, info)
    }

    /// A frame was recorded here, but there is nothing of it that could be believed.
    #[cold]
    pub(super) fn short_packet(&mut self) -> Frame<'static> {
        self.frames += 1;
        Frame { time: self.last_time, link_type: SHORT_BLOCK, data: &[], wire_length: 0 }
    }

    #[inline]
    fn frame<'a>(
        &mut self,
        number: u32,
        time: i64,
        data: &'a [u8],
        wire: u32,
        info: &mut FileInfo,
    ) -> Packet<'a> {
        self.frames += 1;
        self.last_time = time;
        let captured = u32::try_from(data.len()).unwrap_or(u32::MAX);
        let known = self.interfaces.get(number as usize);
        if let Some(interface) = known.and_then(|known| info.interfaces.get_mut(known.index)) {
            interface.frames += 1;
        }
        let frame = Frame {
            time,
            link_type: known.map_or(-1, |known| i32::from(known.link_type)),
            data,
            wire_length: wire.max(captured),
        };
        Packet { found: Found::Frame(frame), stray: known.is_none(), liar: captured > wire }
    }
}

/// Keeps a comment, within bounds.
fn comment(value: &[u8], frame: u64, info: &mut FileInfo) {
    info.comment_count += 1;
    if info.comments.len() < KEPT_COMMENTS {
        info.comments.push((frame, text(value, KEPT_TEXT)));
    }
}

/// The first bytes of an option as text.
fn text(value: &[u8], kept: usize) -> String {
    String::from_utf8_lossy(value.get(..kept).unwrap_or(value)).into_owned()
}
