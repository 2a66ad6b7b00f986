//! Expressions over bytes, as Python's `re` reads them with `DOTALL`.

use std::fmt::Write;

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Hir, Look};

/// Longest expression.
const MAX_LENGTH: usize = 65_536;
/// Deepest nesting of groups.
const MAX_NESTING: u32 = 100;

/// What an expression means; or why it means nothing.
pub(super) fn parse(expression: &[u8]) -> Result<Hir, String> {
    if expression.len() > MAX_LENGTH {
        return Err(format!("longer than {MAX_LENGTH} bytes"));
    }
    let hir = ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .dot_matches_new_line(true)
        .nest_limit(MAX_NESTING)
        .build()
        .parse(&text_of(expression))
        .map_err(|error| cause_of(&error))?;
    if hir.properties().look_set().contains_word_unicode() {
        return Err("word boundaries of Unicode have no meaning in bytes".into());
    }
    Ok(hir)
}

/// The error in one line, with its place.
fn cause_of(error: &regex_syntax::Error) -> String {
    match error {
        regex_syntax::Error::Parse(error) => {
            format!("{} (at byte {})", error.kind(), error.span().start.offset)
        }
        regex_syntax::Error::Translate(error) => {
            format!("{} (at byte {})", error.kind(), error.span().start.offset)
        }
        _ => "not a regular expression".into(),
    }
}

/// The expression as text: bytes beyond ASCII, which stand for themselves, as escapes.
fn text_of(expression: &[u8]) -> String {
    let mut text = String::with_capacity(expression.len());
    let mut escaped = false;
    for byte in expression {
        if byte.is_ascii() {
            text.push(char::from(*byte));
            escaped = *byte == b'\\' && !escaped;
            continue;
        }
        if escaped {
            text.pop();
        }
        let _ = write!(text, "\\x{byte:02X}"); // into memory: it cannot fail
        escaped = false;
    }
    text
}

/// Whether a match can begin only where the head begins.
pub(super) fn is_anchored(hir: &Hir) -> bool {
    hir.properties().look_set_prefix().contains(Look::Start)
}
