//! CAPWAP data: frames that access points and their controller hand each other.
//!
//! Source: RFC 5415 section 4.3. The control channel and what DTLS protects stay flows of their own.

use super::bytes::{be16, be32};
use super::tunnel::{ETHERNET, Kind, Opened, Tunnel};
use super::{Packet, view, wireless};

/// Port of the data channel (IANA).
pub(super) const PORT: u16 = 5247;

const NATIVE: u32 = 1 << 8; // the frame is one of the wireless binding, else it is Ethernet
const FRAGMENT: u32 = 1 << 7;
const KEEP_ALIVE: u32 = 1 << 3;
const DOT11: u32 = 1;

/// What the data channel carries.
///
/// # Errors
/// An 802.11 frame is cut, or holds something else than IP.
pub(super) fn open<'a>(data: &'a [u8], _packet: &Packet<'a>) -> Opened<'a> {
    let Some(head) = data.first_chunk::<8>() else { return Ok(None) };
    let bits = be32!(head, 0);
    let length = (bits >> 19 & 0x1F) as usize * 4;
    let tail = bits & FRAGMENT != 0 && be16!(head, 6) >> 3 != 0;
    if head[0] != 0 || length < 8 || tail || bits & KEEP_ALIVE != 0 {
        return Ok(None); // another version, DTLS, or no beginning of a frame
    }
    let frame = data.get(length..).unwrap_or_default();
    let tunnel = Tunnel::new(Kind::Capwap);
    if bits & NATIVE == 0 {
        return Ok(Some((tunnel, ETHERNET, frame)));
    }
    if bits >> 9 & 0x1F != DOT11 {
        return Ok(None);
    }
    // Cisco's swap the two bytes of frame control; the version in the first one is always 0.
    let &[first, second] = view(frame, "802.11")?;
    let swapped = !first.is_multiple_of(4) && second.is_multiple_of(4);
    let control = if swapped { [second, first] } else { [first, second] };
    let (ethertype, inner) = wireless::data_frame(control, frame, false)?;
    Ok(Some((tunnel, ethertype, inner)))
}
