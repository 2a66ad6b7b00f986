//! Bytes as a person reads them.

/// Put bytes behind others as ASCII text: quoted where three of four are printable, or white space,
/// and else in hexadecimal, a space between.
pub fn push_sketch(bytes: &[u8], text: &mut String) {
    let is_readable = |byte: &&u8| matches!(**byte, b' '..=b'~' | b'\t' | b'\n' | b'\r');
    let readable = bytes.iter().filter(is_readable).count();
    if bytes.is_empty() || readable * 4 < bytes.len() * 3 {
        for (place, byte) in bytes.iter().enumerate() {
            if place > 0 {
                text.push(' ');
            }
            push_hexadecimal(*byte, text);
        }
        return;
    }
    text.push('"');
    for byte in bytes {
        match byte {
            b'\t' => text.push_str("\\t"),
            b'\n' => text.push_str("\\n"),
            b'\r' => text.push_str("\\r"),
            b'"' => text.push_str("\\\""),
            b'\\' => text.push_str("\\\\"),
            b' '..=b'~' => text.push(char::from(*byte)),
            _ => {
                text.push_str("\\x");
                push_hexadecimal(*byte, text);
            }
        }
    }
    text.push('"');
}

fn push_hexadecimal(byte: u8, text: &mut String) {
    for digit in [byte >> 4, byte & 15] {
        text.push(char::from(if digit < 10 { b'0' + digit } else { b'a' - 10 + digit }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sketch(bytes: &[u8]) -> String {
        let mut text = String::new();
        push_sketch(bytes, &mut text);
        text
    }

    #[test]
    fn text_is_quoted_and_all_else_is_hexadecimal() {
        assert_eq!(sketch(b"PING\r\n"), "\"PING\\r\\n\"");
        assert_eq!(sketch(b"a\"\\\t\x7fbcdefg"), "\"a\\\"\\\\\\t\\x7fbcdefg\"");
        assert_eq!(sketch(b"\x16\x03\x01"), "16 03 01");
        assert_eq!(sketch(b"abc\xff"), "\"abc\\xff\"");
        assert_eq!(sketch(b"ab\xff"), "61 62 ff");
        assert_eq!(sketch(b""), "");
    }
}
