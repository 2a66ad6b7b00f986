//! The options behind a block's fixed part: code, length, value, padded to 4 bytes.

use crate::capture::order::Order;

/// Code and value of each option; ends without complaint at the first lying length.
pub(super) struct Options<'a> {
    rest: &'a [u8],
    order: Order,
}

impl<'a> Options<'a> {
    /// The options that begin `start` bytes into a body; none if it is shorter.
    pub(super) fn behind(start: usize, body: &'a [u8], order: Order) -> Self {
        Self { rest: body.get(start..).unwrap_or_default(), order }
    }
}

impl<'a> Iterator for Options<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (head, behind) = self.rest.split_first_chunk::<4>()?;
        let (code, length) = (self.order.u16(head, 0), usize::from(self.order.u16(head, 2)));
        if code == 0 {
            self.rest = &[];
            return None;
        }
        let Some((value, padded)) = behind.split_at_checked(length) else {
            self.rest = &[];
            return None;
        };
        self.rest = padded.get(length.wrapping_neg() % 4..).unwrap_or_default();
        Some((code, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(bytes: &[u8]) -> Vec<(u16, &[u8])> {
        Options::behind(0, bytes, Order::Little).collect()
    }

    #[test]
    fn values_are_padded_to_four_bytes() {
        let bytes = b"\x01\x00\x05\x00hello\0\0\0\x02\x00\x00\x00\x03\x00\x04\x00abcd";
        assert_eq!(options(bytes), [(1, &b"hello"[..]), (2, b""), (3, b"abcd")]);
    }

    #[test]
    fn the_end_of_options_ends_them() {
        assert_eq!(options(b"\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00"), [(1, &b""[..])]);
    }

    #[test]
    fn a_lying_length_ends_them() {
        assert_eq!(options(b"\x01\x00\x01\x00a\0\0\0\x01\x00\x09\x00abc"), [(1, &b"a"[..])]);
    }

    #[test]
    fn the_last_value_may_lack_its_padding() {
        assert_eq!(options(b"\x01\x00\x01\x00a"), [(1, &b"a"[..])]);
    }
}
