//! IEEE 802.11 data frames, bare or behind a radiotap header.
//!
//! Source: IEEE 802.11-2020 sections 9.2 and 9.3; radiotap.org.

use super::link::{self, Inner};
use super::{Failure, Other, Stop, view};

const TO_DS: u8 = 0x01;
const FROM_DS: u8 = 0x02;
const PROTECTED: u8 = 0x40;
const ORDER: u8 = 0x80;
const NO_DATA: u8 = 0x4;
const QOS: u8 = 0x8;
const AGGREGATE: u8 = 0x80;

const HAS_TSFT: u32 = 1;
const HAS_FLAGS: u32 = 1 << 1;
const EXTENDED: u32 = 1 << 31;
const FLAG_CHECK_SEQUENCE: u8 = 0x10;
const FLAG_PADDED: u8 = 0x20;
const FLAG_BAD_CHECK_SEQUENCE: u8 = 0x40;

fn other(name: &'static str) -> Stop {
    Stop::NotIp(Other::Named(name))
}

/// Skip the radiotap header, minding the frame check sequence and padding that it tells of.
///
/// # Errors
/// The frame is cut, or something else than IP.
pub fn radiotap(data: &[u8]) -> Inner<'_> {
    let head: &[u8; 8] = view(data, "radiotap")?;
    let length = usize::from(u16::from_le_bytes([head[2], head[3]]));
    if length < 8 {
        return Err(Failure::new("radiotap", "impossible length").into());
    }
    let (header, frame) = data.split_at_checked(length).ok_or(Failure::cut_short("radiotap"))?;
    let present = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
    let (mut place, mut word) = (8, present);
    while word & EXTENDED != 0 {
        let Some(more) = header.get(place..).and_then(<[u8]>::first_chunk) else { break };
        word = u32::from_le_bytes(*more);
        place += 4;
    }
    if present & HAS_TSFT != 0 {
        place = place.next_multiple_of(8) + 8;
    }
    let flags =
        if present & HAS_FLAGS == 0 { 0 } else { header.get(place).copied().unwrap_or_default() };
    if flags & FLAG_BAD_CHECK_SEQUENCE != 0 {
        return Err(other("802.11 frame with a bad checksum"));
    }
    let checked = flags & FLAG_CHECK_SEQUENCE != 0 && frame.len() > 4;
    let kept = frame.len() - if checked { 4 } else { 0 };
    dot11(frame.get(..kept).unwrap_or(frame), flags & FLAG_PADDED != 0)
}

/// An 802.11 frame: only unprotected data frames hold something that can be read on.
///
/// # Errors
/// The frame is cut, or something else than IP.
pub fn dot11(data: &[u8], padded: bool) -> Inner<'_> {
    data_frame(*view(data, "802.11")?, data, padded)
}

/// An 802.11 frame with the two bytes of its frame control, as the standard orders them.
///
/// # Errors
/// The frame is cut, or something else than IP.
pub fn data_frame([control, flags]: [u8; 2], data: &[u8], padded: bool) -> Inner<'_> {
    let subtype = control >> 4;
    match control >> 2 & 3 {
        0 => return Err(other("802.11 management")),
        1 => return Err(other("802.11 control")),
        2 => {}
        _ => return Err(other("802.11 extension")),
    }
    if subtype & NO_DATA != 0 {
        return Err(other("802.11 data frame without data"));
    }
    if flags & PROTECTED != 0 {
        return Err(other("802.11 protected data"));
    }
    let mut length = if flags & TO_DS != 0 && flags & FROM_DS != 0 { 30 } else { 24 };
    let mut aggregated = false;
    if subtype & QOS != 0 {
        let quality: &[u8; 2] = view(data.get(length..).unwrap_or_default(), "802.11")?;
        aggregated = quality[0] & AGGREGATE != 0;
        length += if flags & ORDER != 0 { 6 } else { 2 };
    }
    if padded {
        length = length.next_multiple_of(4);
    }
    if aggregated {
        return Err(other("802.11 aggregate"));
    }
    link::llc(data.get(length..).ok_or(Failure::cut_short("802.11"))?)
}
