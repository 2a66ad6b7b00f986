//! Memory that an expression takes.

use regex_syntax::hir::{Class, Hir, HirKind};

use super::automaton;

/// Up to here a rough upper bound will do.
const SMALL: usize = 1 << 16;

/// At most so many bytes, if that is little; else the true size. An error if it is over `limit`.
pub(super) fn size(hir: &Hir, limit: usize) -> Result<usize, String> {
    match bound(hir).saturating_add(FIXED) {
        bound if bound <= SMALL => Ok(bound),
        _ => automaton::size(hir, limit),
    }
}

/// What every expression takes.
const FIXED: usize = 4096;
/// What a state takes that leads to no more than two others.
const STATE: usize = 64;
/// What each further one takes.
const FURTHER: usize = 32;

fn bound(hir: &Hir) -> usize {
    let all = |parts: &[Hir]| parts.iter().map(bound).fold(STATE, usize::saturating_add);
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => STATE,
        HirKind::Literal(literal) => STATE * (literal.0.len() + 1),
        HirKind::Class(Class::Bytes(class)) => STATE + FURTHER * class.ranges().len(),
        HirKind::Class(Class::Unicode(class)) if class.is_ascii() => {
            STATE + FURTHER * class.ranges().len()
        }
        HirKind::Class(Class::Unicode(_)) => SMALL, // nobody has counted them
        HirKind::Capture(capture) => bound(&capture.sub).saturating_add(STATE),
        HirKind::Concat(parts) => all(parts),
        HirKind::Alternation(parts) => all(parts).saturating_add(FURTHER * parts.len()),
        HirKind::Repetition(many) => {
            let copies = many.max.unwrap_or(many.min.saturating_add(1)).max(1) as usize;
            bound(&many.sub).saturating_add(2 * STATE).saturating_mul(copies)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::*;

    #[test]
    fn the_bound_is_never_too_low() {
        for expression in [
            &b""[..],
            b"a",
            b"^GET /",
            b"(?i)connect|options|a|b|c",
            b"[^a]{0,9}(?:b|cd?)*e+$?",
            br"^(?:[\x00-\x02]{3,}x|y{7}|(?:ab){2,5}){1,4}",
            b"[acegikmoqsuwy]{30}",
            b"(((a?)+)?b*){3}",
            b"(?:){500}",
            b"^(?:a|c)(?:x|z|[0-9])",
            b"(?i)[^\\r\\n]{0,200}ftp",
        ] {
            let Ok(hir) = parse(expression) else { continue };
            let exact = automaton::size(&hir, usize::MAX).expect("a size");
            let bound = bound(&hir).saturating_add(FIXED);
            assert!(exact <= bound, "{}: {exact} > {bound}", expression.escape_ascii());
        }
    }

    #[test]
    fn what_is_large_is_refused() {
        let hir = parse(b"(?:[a-y]{500}){500}").expect("an expression");
        assert!(size(&hir, 1 << 20).is_err());
        assert!(size(&parse(b"a{9999}").expect("an expression"), 1 << 24).is_ok());
    }
}
