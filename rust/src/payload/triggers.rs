//! Patterns that ask for something when they match: a longer head, a transcript.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Pattern, PatternError, Patterns};

/// What the patterns that match ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Demand {
    /// Bytes of the heads of both sides; 0: as they are.
    pub head_bytes: usize,
    /// A transcript.
    pub transcript: bool,
    /// Whether a longer head could ask for more.
    pub is_open: bool,
}

/// The patterns of one reading that ask for something.
#[derive(Debug)]
pub struct Triggers {
    patterns: Patterns,
    demands: Arc<HashMap<u32, Demand>>,
    /// IP protocols for which there is one that asks for a transcript; None: for all.
    transcripts: Vec<Option<u8>>,
    are_all_patterns: bool,
    found: Vec<u32>,
}

impl Triggers {
    /// Those among all patterns, which are compiled already; None if there are none.
    ///
    /// # Errors
    /// As [`Patterns::new`].
    pub fn new(patterns: &[Pattern], compiled: &Patterns) -> Result<Option<Self>, PatternError> {
        let asks = |pattern: &&Pattern| pattern.head_bytes > 0 || pattern.transcript;
        let asking: Vec<&Pattern> = patterns.iter().filter(asks).collect();
        if asking.is_empty() {
            return Ok(None);
        }
        let demand = |it: &Pattern| Demand {
            head_bytes: it.head_bytes,
            transcript: it.transcript,
            is_open: false,
        };
        let selecting = asking.iter().filter(|pattern| pattern.transcript);
        let are_all_patterns = asking.len() == patterns.len();
        Ok(Some(Self {
            demands: Arc::new(asking.iter().map(|it| (it.number, demand(it))).collect()),
            transcripts: selecting.map(|pattern| pattern.ip_protocol).collect(),
            patterns: if are_all_patterns { compiled.beside() } else { Patterns::new(asking)? },
            are_all_patterns,
            found: Vec::new(),
        }))
    }

    /// The same for another thread.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self {
            patterns: self.patterns.beside(),
            demands: Arc::clone(&self.demands),
            transcripts: self.transcripts.clone(),
            are_all_patterns: self.are_all_patterns,
            found: Vec::new(),
        }
    }

    /// Whether there are no patterns besides: what matches no trigger matches nothing.
    #[must_use]
    pub const fn are_all_patterns(&self) -> bool {
        self.are_all_patterns
    }

    /// Whether there is one for flows of a protocol.
    #[must_use]
    pub fn are_for(&self, ip_protocol: u8) -> bool {
        !self.patterns.is_empty(ip_protocol)
    }

    /// Whether one of them asks for a transcript.
    #[must_use]
    pub fn may_select(&self, ip_protocol: u8) -> bool {
        self.transcripts.iter().any(|it| it.is_none_or(|protocol| protocol == ip_protocol))
    }

    /// What those that match ask for together.
    pub fn demand(&mut self, ip_protocol: u8, head: &[u8]) -> Demand {
        let Self { patterns, demands, found, .. } = self;
        found.clear();
        let is_open = patterns.find(ip_protocol, head, found);
        let asked = found.iter().filter_map(|number| demands.get(number));
        asked.fold(Demand { is_open, ..Demand::default() }, |all, one| Demand {
            head_bytes: all.head_bytes.max(one.head_bytes),
            transcript: all.transcript | one.transcript,
            ..all
        })
    }
}
