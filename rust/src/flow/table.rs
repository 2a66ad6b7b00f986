//! The flow table: packets in, finished rows out; in one piece, or in two halves for two threads.

use super::Options;
use super::arrival::{Arrival, Arrivals};
use super::columns::Rows;
use super::content::Content;
use super::key::Six;
use super::locator::Locator;
use super::shard::{Shard, TOGETHER};

/// Live flows and finished rows, and what finds the flows of packets.
#[derive(Debug)]
pub struct FlowTable {
    pub(super) locator: Locator,
    pub(super) shards: Vec<Shard>,
}

/// Both halves of a table, for packets in the order in which they came.
#[derive(Debug)]
pub struct Halves<'a> {
    shards: [&'a mut Shard; 2],
    max_flows: u32,
}

impl FlowTable {
    /// An empty table.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self::looking_for(options, Content::default(), false)
    }

    /// An empty table that looks for something in what the packets carry.
    ///
    /// # Arguments
    ///
    /// * `in_halves` - whether two threads may have to work on it. The rows are the same, but not
    ///   which batch they are in.
    #[must_use]
    pub fn looking_for(options: Options, content: Content, in_halves: bool) -> Self {
        let options = Options { max_flows: options.max_flows.max(1), ..options };
        let mut shards = Vec::with_capacity(2);
        if in_halves {
            shards.push(Shard::new(options, content.beside()));
        }
        shards.push(Shard::new(options, content));
        if in_halves {
            // Who brings their packets knows how many flows there are in both.
            for shard in &mut shards {
                shard.room = u32::MAX;
            }
        }
        Self { locator: Locator::new(), shards }
    }

    /// Bring packets to their rows, in the order in which they came.
    pub fn bring(&mut self, arrivals: Arrivals<'_>) {
        if let Some(first) = arrivals.all.first() {
            let packets = arrivals.all.len() as u64 - arrivals.mentions;
            self.locator.counters.flow(packets, first.place);
        }
        match self.shards.as_mut_slice() {
            [one, other] => {
                Halves::new(one, other).bring_all(&arrivals.all, [&arrivals.sixes; 2]);
            }
            shards => shards.iter_mut().for_each(|it| it.bring_all(&arrivals.all, &arrivals.sixes)),
        }
        self.locator.let_go(arrivals);
        if self.locator.wind() {
            self.shards.iter_mut().for_each(Shard::renumber);
        }
    }

    /// What finds the flows of packets.
    #[must_use]
    pub const fn locator(&self) -> &Locator {
        &self.locator
    }

    /// What finds the flows of packets.
    pub const fn locator_mut(&mut self) -> &mut Locator {
        &mut self.locator
    }

    /// Flows put out of the live table early because it was full.
    #[must_use]
    pub fn evicted(&self) -> u64 {
        self.shards.iter().map(|shard| shard.evicted).sum()
    }

    /// Bytes of transcripts that were seen and not kept for want of room.
    #[must_use]
    pub fn transcript_dropped(&self) -> u64 {
        self.shards.iter().map(|shard| shard.content.transcript_dropped()).sum()
    }

    /// A full batch, if there is one.
    #[must_use]
    pub fn full_batch(&mut self) -> Option<Rows> {
        self.shards.iter_mut().find_map(Shard::full_batch)
    }

    /// The recording is over.
    pub fn finish(&mut self) {
        self.locator.finish();
        self.shards.iter_mut().for_each(Shard::finish);
    }

    /// After [`finish`](Self::finish): one batch after the other, None at the end.
    #[must_use]
    pub fn last_batch(&mut self) -> Option<Rows> {
        self.shards.iter_mut().find_map(Shard::last_batch)
    }

    /// What finds the flows of packets, and the halves, if it is in halves.
    ///
    /// # Errors
    /// It is in one piece; here it is.
    pub fn apart(mut self) -> Result<(Locator, [Shard; 2]), Box<Self>> {
        match <[Shard; 2]>::try_from(std::mem::take(&mut self.shards)) {
            Ok(halves) => Ok((self.locator, halves)),
            Err(shards) => Err(Self { shards, ..self }.into()),
        }
    }

    /// The table of which these are the parts.
    #[must_use]
    pub fn together(locator: Locator, halves: [Shard; 2]) -> Self {
        Self { locator, shards: halves.into() }
    }
}

impl<'a> Halves<'a> {
    /// The halves of a table.
    pub fn new(one: &'a mut Shard, other: &'a mut Shard) -> Self {
        let max_flows = one.options.max_flows;
        Self { shards: [one, other], max_flows }
    }

    #[inline]
    fn of(&mut self, packet: &Arrival<'_>) -> &mut Shard {
        let [one, other] = &mut self.shards;
        if packet.key.half() == 0 { one } else { other }
    }

    /// Bring packets to their rows, whose IPv6 addresses are these, half by half.
    pub(super) fn bring_all(&mut self, arrivals: &[Arrival<'_>], sixes: [&[Six]; 2]) {
        for together in arrivals.chunks(TOGETHER) {
            // As a shard does it.
            let mut guesses = [u32::MAX; TOGETHER];
            for (guess, arrival) in guesses.iter_mut().zip(together) {
                *guess = self.of(arrival).index.guess(arrival.tag);
            }
            let mut touched = 0;
            for (guess, arrival) in guesses.iter().zip(together) {
                touched ^= self.of(arrival).rows.touch(*guess);
            }
            std::hint::black_box(touched);
            for arrival in together {
                let sixes = if arrival.key.half() == 0 { sixes[0] } else { sixes[1] };
                self.bring(arrival, sixes);
            }
        }
    }

    /// Bring one packet to its row, within the bounds of both halves together.
    fn bring(&mut self, packet: &Arrival<'_>, sixes: &[Six]) {
        if self.live() >= self.max_flows
            && packet.error().is_none()
            && !self.of(packet).knows(packet, sixes)
        {
            self.evict();
        }
        let [one, other] = &mut self.shards;
        let (shard, beside) = if packet.key.half() == 0 { (one, other) } else { (other, one) };
        shard.content.share(&beside.content);
        shard.update(packet, sixes);
    }

    /// Number the last updates of rows anew.
    pub(super) fn renumber(&mut self) {
        self.shards.iter_mut().for_each(|shard| shard.renumber());
    }

    fn live(&self) -> u32 {
        self.shards.iter().map(|shard| shard.live).sum()
    }

    /// Make room: the flow that was idle longest ends.
    #[cold]
    fn evict(&mut self) {
        let [one, other] = &mut self.shards;
        let ages = [one.longest_idle(), other.longest_idle()];
        let shard = match ages {
            [Some(a), Some(b)] if b < a => other,
            [None, _] => other,
            _ => one,
        };
        shard.evict();
        self.shards.iter_mut().for_each(|shard| shard.has_gaps = true);
    }
}
