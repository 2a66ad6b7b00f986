//! What is bounded over all flows of a table, and whether halves of it may be filled apart.

/// What there is of it, or may come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Live flows.
    pub flows: u64,
    /// Bytes that transcripts have kept.
    pub kept: u64,
    /// Bytes that count as kept as soon as a pattern asks for them.
    pub waiting: u64,
}

/// Whether what comes next can meet a bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// No bound is met.
    Ample,
    /// Transcripts can keep nothing any more, and no other bound is met.
    None,
    /// A bound may be met, so what comes has to be counted in order.
    Unknown,
}

impl Usage {
    /// Both.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self {
            flows: self.flows.saturating_add(other.flows),
            kept: self.kept.saturating_add(other.kept),
            waiting: self.waiting.saturating_add(other.waiting),
        }
    }

    /// One less the other, of which it was made.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self {
            flows: self.flows.saturating_sub(other.flows),
            kept: self.kept.saturating_sub(other.kept),
            waiting: self.waiting.saturating_sub(other.waiting),
        }
    }

    /// What room there is for so much more, where there may be this in all.
    #[must_use]
    pub const fn room(self, more: Self, most: Self) -> Room {
        let all = self.with(more);
        if all.flows > most.flows {
            Room::Unknown
        } else if all.kept.saturating_add(all.waiting) <= most.kept {
            Room::Ample
        } else if self.kept >= most.kept {
            Room::None
        } else {
            Room::Unknown
        }
    }
}
