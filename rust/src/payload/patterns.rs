//! Which patterns match a head.

use std::collections::BTreeMap;

use super::automaton;
use super::parse::parse;
use super::scan::Scan;
use super::{Pattern, PatternError};

/// Memory that the expression of one pattern may take.
const PATTERN_BYTES: usize = 16 << 20;
/// Memory that all may take.
const TOTAL_BYTES: usize = 256 << 20;

/// Patterns, compiled.
#[derive(Debug)]
pub struct Patterns {
    /// For flows of an IP protocol for which there are some of its own: these and the general
    /// ones, so that a head is walked through once.
    of_one: Vec<(u8, Scan)>,
    /// The general ones.
    of_all: Option<Scan>,
}

/// Pattern numbers of rows: row i has `numbers[offsets[i]..offsets[i+1]]`, ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matches {
    /// One more than there are rows.
    pub offsets: Vec<i64>,
    /// The numbers.
    pub numbers: Vec<u32>,
}

impl Patterns {
    /// Compile them.
    ///
    /// # Errors
    /// An expression is not one, or takes too much memory.
    pub fn new<'a>(patterns: impl IntoIterator<Item = &'a Pattern>) -> Result<Self, PatternError> {
        let mut total = 0;
        let mut groups: BTreeMap<Option<u8>, Vec<_>> = BTreeMap::new();
        for pattern in patterns {
            let number = pattern.number;
            let fail = |cause| PatternError { number, cause };
            let hir = parse(&pattern.expression).map_err(fail)?;
            total += automaton::size(&hir, PATTERN_BYTES).map_err(fail)?;
            if total > TOTAL_BYTES {
                return Err(fail(format!(
                    "all patterns up to it take more than {TOTAL_BYTES} bytes of memory"
                )));
            }
            groups.entry(pattern.ip_protocol).or_default().push((number, hir));
        }
        let general = groups.remove(&None).unwrap_or_default();
        let mut of_one = Vec::new();
        for (protocol, mut group) in groups {
            group.extend_from_slice(&general);
            if let Some(protocol) = protocol {
                of_one.push((protocol, Scan::new(group)?));
            }
        }
        let of_all = if general.is_empty() { None } else { Some(Scan::new(general)?) };
        Ok(Self { of_one, of_all })
    }

    /// Whether there is none for flows of a protocol.
    #[must_use]
    pub fn is_empty(&self, ip_protocol: u8) -> bool {
        self.of_all.is_none() && self.of_one.iter().all(|(protocol, _)| *protocol != ip_protocol)
    }

    /// Add the numbers of the patterns that match a head, ascending; an empty head matches none.
    /// Whether further bytes behind these could bring more matches.
    pub fn find(&mut self, ip_protocol: u8, head: &[u8], found: &mut Vec<u32>) -> bool {
        if head.is_empty() {
            return true;
        }
        let own = self.of_one.iter_mut().find(|(protocol, _)| *protocol == ip_protocol);
        let Some(scan) = own.map(|(_, scan)| scan).or(self.of_all.as_mut()) else { return false };
        let before = found.len();
        let open = scan.find(head, found);
        if found.len() - before > 1
            && let Some(new) = found.get_mut(before..)
        {
            new.sort_unstable();
        }
        open
    }

    /// The matches of many heads, which lie one behind the other in `data`, each from its offset
    /// to the next one or to the end.
    pub fn find_all(&mut self, ip_protocols: &[u8], offsets: &[i64], data: &[u8]) -> Matches {
        let mut matches = Matches::default();
        matches.offsets.reserve_exact(ip_protocols.len() + 1);
        matches.offsets.push(0);
        let place = |row: usize| {
            offsets.get(row).map_or(data.len(), |offset| usize::try_from(*offset).unwrap_or(0))
        };
        for (row, protocol) in ip_protocols.iter().enumerate() {
            let head = data.get(place(row)..place(row + 1)).unwrap_or_default();
            self.find(*protocol, head, &mut matches.numbers);
            matches.offsets.push(matches.numbers.len().cast_signed() as i64);
        }
        matches
    }
}
