//! Addresses as people write them.

use std::io::Write;
use std::net::{Ipv4Addr, Ipv6Addr};

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
    // Writing to a vector does not fail.
    let _ = if let [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d] = *packed
        && (a, b) != (0, 0)
    {
        write!(text, "::{}", Ipv4Addr::new(a, b, c, d))
    } else {
        write!(text, "{}", Ipv6Addr::from(*packed))
    };
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
    fn every_byte_of_an_address_is_written_as_a_number() {
        for byte in 0..=255 {
            let texts = texts(&[four(10, byte, 0, byte)], 4);
            assert_eq!(texts.lines(), format!("'10.{byte}.0.{byte}'\n").as_bytes());
        }
    }
}
