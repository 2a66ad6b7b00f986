//! Addresses as people write them.

/// Many addresses as text in one buffer.
#[derive(Debug, Default)]
pub struct AddressTexts {
    text: Vec<u8>,
    ends: Vec<usize>,
    /// Bytes at the begin and at the end of each that do not belong to it.
    quote: usize,
}

impl AddressTexts {
    /// The texts of addresses, each between quotes and ended by a line feed.
    ///
    /// # Arguments
    /// An address is 16 bytes, IPv4 in the first four; a version is 4 or 6.
    #[must_use]
    pub fn new(packed: &[[u8; 16]], versions: &[u8], quote: &[u8]) -> Self {
        let mut text = Vec::with_capacity(packed.len() * (17 + 2 * quote.len()));
        let mut ends = Vec::with_capacity(packed.len());
        for (address, version) in packed.iter().zip(versions) {
            text.extend_from_slice(quote);
            push_address(address, *version, &mut text);
            text.extend_from_slice(quote);
            text.push(b'\n');
            ends.push(text.len());
        }
        Self { text, ends, quote: quote.len() }
    }

    /// All of them, line by line.
    #[must_use]
    pub fn lines(&self) -> &[u8] {
        &self.text
    }

    /// One, without its quotes.
    #[must_use]
    pub fn get(&self, number: usize) -> Option<&[u8]> {
        let begin = number.checked_sub(1).map_or(Some(0), |last| self.ends.get(last).copied())?;
        let end = self.ends.get(number)?.checked_sub(1 + self.quote)?;
        self.text.get(begin + self.quote..end)
    }
}

/// Write an address as `inet_ntop` of the C library does (RFC 5952).
///
/// Rust's own way differs in one thing: it writes the last 32 bits of `::a.b.c.d` (the deprecated
/// IPv4-compatible form, RFC 4291 section 2.5.5.1) in hexadecimal.
pub fn push_address(packed: &[u8; 16], version: u8, text: &mut Vec<u8>) {
    let [a, b, c, d, ..] = *packed;
    if version == 4 {
        push_byte(a, text);
        for byte in [b, c, d] {
            text.push(b'.');
            push_byte(byte, text);
        }
        return;
    }
    match *packed {
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d] if (a, b) != (0, 0) => {
            text.extend_from_slice(b"::");
            push_address(&four([a, b, c, d]), 4, text);
        }
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, a, b, c, d] => {
            text.extend_from_slice(b"::ffff:");
            push_address(&four([a, b, c, d]), 4, text);
        }
        _ => push_groups(packed, text),
    }
}

/// An address of IPv4 as it is kept.
fn four(address: [u8; 4]) -> [u8; 16] {
    (u128::from(u32::from_be_bytes(address)) << 96).to_be_bytes()
}

/// Write the groups of an address of IPv6, and `::` for the longest run of two or more that are 0,
/// the first one of several.
fn push_groups(packed: &[u8; 16], text: &mut Vec<u8>) {
    let mut run = 0;
    let mut longest = (0, 1); // where it ends, and how long it is
    let ends = packed.as_chunks().0.iter().zip(1..).map(|(group, end)| {
        run = if *group == [0; 2] { run + 1 } else { 0 };
        (end, run)
    });
    ends.for_each(|found: (usize, usize)| {
        if found.1 > longest.1 {
            longest = found;
        }
    });
    let (end, length) = longest;
    for (group, number) in packed.as_chunks().0.iter().zip(0..) {
        if length > 1 && number + length == end {
            text.extend_from_slice(b"::");
        } else if number >= end || number + length < end {
            if number > 0 && number != end {
                text.push(b':');
            }
            push_group(u16::from_be_bytes(*group), text);
        }
    }
}

fn push_group(group: u16, text: &mut Vec<u8>) {
    let nibbles = [group >> 12, group >> 8 & 15, group >> 4 & 15, group & 15];
    let leading = (group.leading_zeros() / 4).min(3);
    for nibble in nibbles.into_iter().skip(leading as usize) {
        let nibble = nibble as u8;
        text.push(if nibble < 10 { b'0' + nibble } else { b'a' - 10 + nibble });
    }
}

fn push_byte(byte: u8, text: &mut Vec<u8>) {
    if byte >= 100 {
        text.push(b'0' + byte / 100);
    }
    if byte >= 10 {
        text.push(b'0' + byte / 10 % 10);
    }
    text.push(b'0' + byte % 10);
}

#[cfg(test)]
mod tests {
    use std::net::Ipv6Addr;

    use super::*;

    fn texts(addresses: &[[u8; 16]], version: u8) -> AddressTexts {
        AddressTexts::new(addresses, &vec![version; addresses.len()], b"'")
    }

    fn four(a: u8, b: u8, c: u8, d: u8) -> [u8; 16] {
        [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    }

    fn six(text: &str) -> String {
        let texts = texts(&[text.parse::<Ipv6Addr>().unwrap().octets()], 6);
        String::from_utf8(texts.get(0).unwrap().to_vec()).unwrap()
    }

    #[test]
    fn addresses_are_written_as_the_c_library_does() {
        for text in ["::", "::1", "::ffff", "::1.2.3.4", "::ffff:1.2.3.4", "fe80::1", "1::2:0:0:3"]
        {
            assert_eq!(six(text), text);
        }
        assert_eq!(six("2001:db8:0:1:0:0:0:1"), "2001:db8:0:1::1");
        assert_eq!(six("2001:db8:0:1:1:1:1:1"), "2001:db8:0:1:1:1:1:1");
    }

    #[test]
    fn groups_of_every_form_are_written_as_rust_does() {
        let forms = [0_u16, 0, 1, 0x20, 0x300, 0x4000, 0xABCD, 0xFFFF];
        let mut state = 1_u32;
        for _ in 0..20_000 {
            let groups: [u16; 8] = std::array::from_fn(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                forms[(state >> 24) as usize % (2 + state as usize % 7)]
            });
            let address = Ipv6Addr::from(groups);
            let is_compatible = groups[..6] == [0; 6] && groups[6] != 0; // written in another way
            if !is_compatible {
                assert_eq!(six(&address.to_string()), address.to_string());
            }
        }
    }

    #[test]
    fn every_byte_of_an_address_is_written_as_a_number() {
        for byte in 0..=255 {
            let texts = texts(&[four(10, byte, 0, byte)], 4);
            assert_eq!(texts.lines(), format!("'10.{byte}.0.{byte}'\n").as_bytes());
        }
    }
}
