//! How an expression is looked for, so that thousands of them cost little.

use regex_syntax::hir::literal::{Extractor, Seq};
use regex_syntax::hir::{Dot, Hir, HirKind};

use super::beginning::Beginning;
use super::parse::is_anchored;

/// Strings of which a match holds one.
const MAX_STRINGS: usize = 64;
/// Shortest such string that is worth a search.
const SHORT: usize = 2;
/// The same where walking from the begin of the head would end soon.
const SHORT_ANCHORED: usize = 3;
/// One of so many heads of random bytes at most may begin as a match does.
const RARE: f64 = 2.0;
/// Parts of an expression that are tried as the first one of such a string.
const MAX_PARTS: usize = 32;
/// Beyond this length a string does not get better.
const LONG: usize = 8;

/// The ways to look for an expression.
#[derive(Debug)]
pub(super) enum Plan {
    /// It matches at the begin of the head only, and most heads begin otherwise.
    Begin(Box<Beginning>),
    /// It matches at the begin only, but nearly any bytes may stand there: walked from there with
    /// all others of its kind.
    WideBegin,
    /// Every match holds one of these strings: searched first.
    Strings(Strings),
    /// Walked through the whole head.
    Anywhere,
}

/// What every match holds.
#[derive(Debug)]
pub(super) struct Strings {
    pub(super) bytes: Vec<Vec<u8>>,
    /// A match begins with it, so there is none before the first one.
    pub(super) is_begin: bool,
    /// It is the match.
    pub(super) is_all: bool,
    /// The expression to test behind it: from there, or else from the head's begin.
    pub(super) test: Hir,
}

/// The way to look for one.
pub(super) fn plan(hir: &Hir) -> Plan {
    let anchored = is_anchored(hir);
    if anchored {
        let beginning = Beginning::of(hir);
        if beginning.rarity() >= RARE {
            return Plan::Begin(beginning.into());
        }
    }
    let shortest = if anchored { SHORT_ANCHORED } else { SHORT };
    match best(hir) {
        Some((part, strings)) if strings.min_literal_len().unwrap_or(0) >= shortest => {
            let is_begin = part == 0 && !anchored;
            let has_looks = !hir.properties().look_set().is_empty();
            let is_all = is_begin && strings.is_exact() && !has_looks;
            let literals = strings.literals().unwrap_or_default();
            Plan::Strings(Strings {
                bytes: literals.iter().map(|literal| literal.as_bytes().to_vec()).collect(),
                is_begin,
                is_all,
                test: if anchored { hir.clone() } else { behind_anything(hir) },
            })
        }
        _ if anchored => Plan::WideBegin,
        _ => Plan::Anywhere,
    }
}

/// The expression with anything before it: anchored, it matches where it matched anywhere.
fn behind_anything(hir: &Hir) -> Hir {
    let any = regex_syntax::hir::Repetition {
        min: 0,
        max: None,
        greedy: false,
        sub: Box::new(Hir::dot(Dot::AnyByte)),
    };
    Hir::concat(vec![Hir::repetition(any), hir.clone()])
}

fn prefixes(hir: &Hir) -> Seq {
    let mut extractor = Extractor::new();
    extractor.limit_total(MAX_STRINGS);
    extractor.extract(hir)
}

/// The longest strings of which every match holds one, and the part that begins with them.
fn best(hir: &Hir) -> Option<(usize, Seq)> {
    let mut hir = hir;
    while let HirKind::Capture(capture) = hir.kind() {
        hir = &capture.sub;
    }
    let score = |strings: &Seq| strings.min_literal_len().unwrap_or(0).min(LONG);
    let HirKind::Concat(parts) = hir.kind() else { return Some((0, prefixes(hir))) };
    let mut best: Option<(usize, Seq)> = None;
    for first in 0..parts.len().min(MAX_PARTS) {
        let strings = prefixes(&Hir::concat(parts.get(first..).unwrap_or_default().to_vec()));
        if best.as_ref().is_none_or(|(_, known)| score(&strings) > score(known)) {
            best = Some((first, strings));
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::*;

    fn name(expression: &[u8]) -> String {
        let plan = plan(&parse(expression).expect("an expression"));
        match plan {
            Plan::Strings(found) => {
                let all = found.bytes.join(&b"|"[..]);
                let kind = if found.is_all {
                    "all"
                } else if found.is_begin {
                    "begin"
                } else {
                    "within"
                };
                format!("{kind} {}", String::from_utf8_lossy(&all))
            }
            Plan::Begin(_) => "Begin".into(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn every_expression_is_looked_for_in_the_cheapest_way() {
        assert_eq!(name(b"^SSH-[12]"), "Begin");
        assert_eq!(name(b"(?i)^get "), "Begin");
        assert_eq!(name(br"^(?:\x16|\x14)\x03"), "Begin");
        assert_eq!(name(br"^..\x00\x05"), "Begin");
        assert_eq!(name(b"^.{4}SMB"), "Begin");
        assert_eq!(name(br"^[\x00-\xfe]"), "WideBegin");
        assert_eq!(name(b"^.{40}SMB"), "within SMB");
        assert_eq!(name(br"^[A-Z]+ [^\r]+ HTTP/1"), "Begin");
        assert_eq!(name(br"^[\x00-\xfe]{3}[^\r]+ HTTP/1"), "within  HTTP/1");
        assert_eq!(name(b"Host: "), "all Host: ");
        assert_eq!(name(b"Host: [a-z]+"), "begin Host: ");
        assert_eq!(name(b"[a-z]+@example"), "within @example");
        assert_eq!(name(b"foo|barred"), "all foo|barred");
        assert_eq!(name(b"[a-z]+@[a-z]+"), "Anywhere");
        assert_eq!(name(b""), "Anywhere");
    }
}
