//! Labels that are addresses: most have one form, which is put together without a detour.

use super::labels::{Kept, Labels};
use super::text::Record;
use crate::table::push_address;

/// The decimal text of each byte and a point behind it, the first digit in the lowest byte, and how
/// many bytes that are.
const BYTES: [(u32, u32); 256] = {
    let mut texts = [(0, 0); 256];
    let mut rest: &mut [(u32, u32)] = &mut texts;
    let mut byte = 0;
    while let Some((place, others)) = rest.split_first_mut() {
        let (hundreds, tens, ones) = (byte / 100, byte / 10 % 10, byte % 10);
        let mut text = (b'.' as u32) << 8 | (b'0' as u32 + ones);
        let mut length = 2;
        if byte >= 10 {
            text = text << 8 | (b'0' as u32 + tens);
            length += 1;
        }
        if byte >= 100 {
            text = text << 8 | (b'0' as u32 + hundreds);
            length += 1;
        }
        *place = (text, length);
        rest = others;
        byte += 1;
    }
    texts
};

impl Labels {
    /// The texts of addresses, and what stands for null.
    ///
    /// # Arguments
    /// An address is 16 bytes, IPv4 in the first four; a version is 4 or 6.
    #[must_use]
    pub fn addresses(packed: &[[u8; 16]], versions: &[u8], null: &[u8]) -> Self {
        let mut records = Vec::with_capacity(packed.len() + 1);
        let mut longest = null.len();
        let mut text = Vec::new();
        for (address, version) in packed.iter().zip(versions) {
            if *version == 4 {
                let (text, length) = four(address);
                longest = longest.max(length);
                records.push(Record::of(text.to_le_bytes(), length));
                continue;
            }
            text.clear();
            push_address(address, *version, &mut text);
            longest = longest.max(text.len());
            if longest > Record::LONGEST {
                return Self::written(packed, versions, null);
            }
            records.push(Record::new(&text));
        }
        if longest > Record::LONGEST {
            return Self::written(packed, versions, null);
        }
        records.push(Record::new(null));
        Self { kept: Kept::Short(records), longest }
    }

    /// The same where a text is too long for the short way.
    fn written(packed: &[[u8; 16]], versions: &[u8], null: &[u8]) -> Self {
        let (mut text, mut ends) = (Vec::with_capacity(packed.len() * 24), vec![0]);
        for (address, version) in packed.iter().zip(versions) {
            push_address(address, *version, &mut text);
            ends.push(text.len());
        }
        let bounds = ends.iter().zip(ends.iter().skip(1));
        let texts = bounds.map(|(begin, end)| text.get(*begin..*end).unwrap_or_default());
        Self::of(&texts.chain([null]).collect::<Vec<_>>())
    }
}

/// An IPv4 address as text, the first digit in the lowest byte, and how many bytes it has; what is
/// behind them is a point.
#[inline]
fn four(address: &[u8; 16]) -> (u128, usize) {
    let (mut text, mut bits) = (0, 0);
    for byte in address.iter().take(4) {
        let (own, length) = BYTES.get(usize::from(*byte)).copied().unwrap_or_default();
        text |= u128::from(own) << bits;
        bits += length * 8;
    }
    (text, (bits / 8) as usize - 1)
}
