//! When a conversation is over: after a pause, at an age, or at a new connection on its key.

use super::arrival::Arrival;
use super::row::{Origin, Row};
use super::{Options, Timeouts, tcp};
use crate::packet::transport::{ICMP, ICMP6, TCP, UDP};

/// Whether a packet begins a new flow on a key that is still live.
#[inline]
pub(super) fn is_over(options: &Options, row: &Row, origin: &Origin, packet: &Arrival<'_>) -> bool {
    if has_paused(options, row, origin, packet.time) {
        return true;
    }
    row.key.protocol() == TCP
        && packet.flags & tcp::SYN != 0
        && if options.partial {
            tcp::may_be_reuse(row, origin, packet)
        } else {
            tcp::is_reuse(row, origin, packet)
        }
}

/// A pause after which no flow is over, whichever it is.
pub(super) fn short(timeouts: &Timeouts) -> i64 {
    let Timeouts { tcp, closed, udp, icmp, other, active } = *timeouts;
    if active != 0 { i64::MIN } else { tcp.min(closed).min(udp).min(icmp).min(other) }
}

/// Whether a flow is over at this time, for nothing was heard of it or it is too old.
#[inline]
pub(super) fn has_paused(options: &Options, row: &Row, origin: &Origin, time: i64) -> bool {
    let Options { timeouts, partial, .. } = options;
    let limit = match row.key.protocol() {
        TCP if *partial => timeouts.tcp.min(timeouts.closed),
        TCP if row.is_closed() => timeouts.closed,
        TCP => timeouts.tcp,
        UDP => timeouts.udp,
        ICMP | ICMP6 => timeouts.icmp,
        _ => timeouts.other,
    };
    if time.saturating_sub(row.last_seen) > limit {
        return true;
    }
    timeouts.active != 0 && time.saturating_sub(origin.first_seen) > timeouts.active
}
