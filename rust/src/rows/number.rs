//! Numbers as decimal text.

/// Digits of the largest.
const LONGEST: usize = 20;

/// Write a number in decimal, with a minus sign where it is negative.
#[inline]
pub(super) fn write_number(value: i64, out: &mut Vec<u8>) {
    if value < 0 {
        out.push(b'-');
    }
    let mut rest = value.unsigned_abs();
    if rest < 10 {
        out.push(b'0' + rest as u8);
        return;
    }
    let mut room = [0; LONGEST];
    let mut unused = LONGEST;
    for place in room.iter_mut().rev() {
        *place = b'0' + (rest % 10) as u8;
        rest /= 10;
        unused -= 1;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(room.get(unused..).unwrap_or_default());
}
