//! Addresses as people write them.

use std::net::{Ipv4Addr, Ipv6Addr};

/// An address as text, as `inet_ntop` of the C library writes it (RFC 5952).
///
/// Rust's own way differs in one thing: it writes the last 32 bits of `::a.b.c.d` (the deprecated
/// IPv4-compatible form, RFC 4291 section 2.5.5.1) in hexadecimal.
#[must_use]
pub fn address_text(packed: &[u8; 16], version: u8) -> String {
    let [a, b, c, d, ..] = *packed;
    if version == 4 {
        return Ipv4Addr::new(a, b, c, d).to_string();
    }
    if let [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d] = *packed
        && (a, b) != (0, 0)
    {
        return format!("::{}", Ipv4Addr::new(a, b, c, d));
    }
    Ipv6Addr::from(*packed).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn six(text: &str) -> String {
        address_text(&text.parse::<Ipv6Addr>().unwrap().octets(), 6)
    }

    #[test]
    fn addresses_are_written_as_the_c_library_does() {
        assert_eq!(
            address_text(&[10, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 4),
            "10.0.0.255"
        );
        for text in ["::", "::1", "::ffff", "::1.2.3.4", "::ffff:1.2.3.4", "fe80::1", "1::2:0:0:3"]
        {
            assert_eq!(six(text), text);
        }
        assert_eq!(six("2001:db8:0:1:0:0:0:1"), "2001:db8:0:1::1");
        assert_eq!(six("2001:db8:0:1:1:1:1:1"), "2001:db8:0:1:1:1:1:1");
    }
}
