//! Which patterns match a head.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::parse::parse;
use super::scan::{Memory, Scan};
use super::size::size;
use super::{Pattern, PatternError};
use crate::texts::Texts;

/// Memory that the expression of one pattern may take.
const PATTERN_BYTES: usize = 16 << 20;
/// Memory that all may take.
const TOTAL_BYTES: usize = 256 << 20;

/// Patterns, compiled, and what one thread needs to look for them.
#[derive(Debug)]
pub struct Patterns {
    compiled: Arc<Compiled>,
    /// One for each scan.
    memories: Vec<Memory>,
}

/// What threads share.
#[derive(Debug)]
struct Compiled {
    /// By IP protocol the number of its scan, from 1; 0: there is none.
    of: [u16; 256],
    /// For flows of an IP protocol for which there are some patterns of its own: these and the
    /// general ones, so that a head is looked through once. Besides, the general ones.
    scans: Vec<Scan>,
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
            total += size(&hir, PATTERN_BYTES).map_err(fail)?;
            if total > TOTAL_BYTES {
                return Err(fail(format!(
                    "all patterns up to it take more than {TOTAL_BYTES} bytes of memory"
                )));
            }
            groups.entry(pattern.ip_protocol).or_default().push((number, hir));
        }
        let general = groups.remove(&None).unwrap_or_default();
        let mut compiled = Compiled { of: [0; 256], scans: Vec::new() };
        if !general.is_empty() {
            compiled.scans.push(Scan::new(general.clone())?);
            compiled.of = [1; 256];
        }
        for (protocol, mut group) in groups {
            group.extend_from_slice(&general);
            compiled.scans.push(Scan::new(group)?);
            if let Some(of) = compiled.of.get_mut(usize::from(protocol.unwrap_or_default())) {
                *of = compiled.scans.len() as u16;
            }
        }
        Ok(Self::of(Arc::new(compiled)))
    }

    fn of(compiled: Arc<Compiled>) -> Self {
        let memories = compiled.scans.iter().map(|_| Memory::default()).collect();
        Self { compiled, memories }
    }

    /// The same for another thread.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self::of(Arc::clone(&self.compiled))
    }

    /// Whether there is none for flows of a protocol.
    #[must_use]
    pub fn is_empty(&self, ip_protocol: u8) -> bool {
        self.compiled.of.get(usize::from(ip_protocol)) == Some(&0)
    }

    /// Add the numbers of the patterns that match a head, ascending; an empty head matches none.
    /// Whether further bytes behind these could bring more matches.
    #[inline]
    pub fn find(&mut self, ip_protocol: u8, head: &[u8], found: &mut Vec<u32>) -> bool {
        self.look(ip_protocol, head, false, found)
    }

    /// The same for a head that `ends`, or that may grow, which alone costs more to know.
    #[inline]
    pub(super) fn look(
        &mut self,
        ip_protocol: u8,
        head: &[u8],
        ends: bool,
        found: &mut Vec<u32>,
    ) -> bool {
        if head.is_empty() {
            return true;
        }
        let Self { compiled, memories } = self;
        let number = compiled.of.get(usize::from(ip_protocol)).copied().unwrap_or_default();
        let Some(number) = usize::from(number).checked_sub(1) else { return false };
        let (Some(scan), Some(memory)) = (compiled.scans.get(number), memories.get_mut(number))
        else {
            return false;
        };
        let before = found.len();
        let open = scan.find(memory, head, ends, found);
        if found.len() - before > 1
            && let Some(new) = found.get_mut(before..)
        {
            new.sort_unstable();
        }
        open
    }

    /// The matches of many heads, one for each protocol; one that is missing matches nothing.
    pub fn find_all(&mut self, ip_protocols: &[u8], heads: &impl Texts) -> Matches {
        self.find_each(0..ip_protocols.len(), ip_protocols, heads)
    }

    /// The same where all but the heads of these rows, which ascend, match nothing.
    pub fn find_some(&mut self, rows: &[u32], ip_protocols: &[u8], heads: &impl Texts) -> Matches {
        self.find_each(rows.iter().map(|row| *row as usize), ip_protocols, heads)
    }

    fn find_each(
        &mut self,
        rows: impl Iterator<Item = usize>,
        ip_protocols: &[u8],
        heads: &impl Texts,
    ) -> Matches {
        let mut numbers = Vec::new();
        // Rows with matches, and how many there are up to their end.
        let mut ends = Vec::new();
        for row in rows {
            let Some(protocol) = ip_protocols.get(row) else { continue };
            let head = heads.text(row).unwrap_or_default();
            let before = numbers.len();
            self.look(*protocol, head, true, &mut numbers);
            if numbers.len() > before {
                ends.push((row + 1, numbers.len().cast_signed() as i64));
            }
        }
        // Memory that is zero already, so where nothing matched there is nothing to write.
        let mut filled = vec![0; ip_protocols.len() + 1];
        let behind = ends.iter().skip(1).map(|(row, _)| *row).chain([filled.len()]);
        for ((row, count), next) in ends.iter().zip(behind) {
            filled.get_mut(*row..next).unwrap_or_default().fill(*count);
        }
        Matches { offsets: filled, numbers }
    }
}
