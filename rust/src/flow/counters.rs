//! Where every frame went. The counters add up to the frames.

use std::collections::HashMap;

use super::Place;
use crate::packet::{Other, Partial, Stop};

/// Address families that are told apart; they are the only details without an end to their number.
/// The other numbers have 16 bits. Python tells apart as many of all of them together, so no more
/// are needed.
const MOST_FAMILIES: u32 = 1000;

/// Frames with one outcome, and the first of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// How many.
    pub frames: u64,
    /// The first one.
    pub first: Place,
}

/// Outcomes of frames.
#[derive(Debug, Default)]
pub struct Counters {
    /// Frames in a flow.
    pub in_flow: Option<Count>,
    /// Fragments whose head was never seen.
    pub headless: Option<Count>,
    /// Frames that ended before a flow, by reason.
    pub stopped: HashMap<Stop, Count>,
    families: u32,
    /// Frames of an interface that the file does not describe.
    pub not_described: Option<Count>,
    /// Frames in a flow that could be decoded only in part, by reason.
    pub partial: HashMap<Partial, u64>,
}

#[inline]
fn add(count: &mut Option<Count>, place: Place) {
    match count {
        Some(count) => count.frames += 1,
        None => *count = Some(Count { frames: 1, first: place }),
    }
}

impl Counters {
    /// Frames are in flows.
    #[inline]
    pub fn flow(&mut self, frames: u64, first: Place) {
        self.in_flow.get_or_insert(Count { frames: 0, first }).frames += frames;
    }

    /// A frame in a flow could be decoded only in part.
    #[cold]
    pub fn partial(&mut self, partial: Partial) {
        *self.partial.entry(partial).or_default() += 1;
    }

    /// A frame ended before a flow.
    pub fn stop(&mut self, mut stop: Stop, place: Place) {
        if let Stop::NotIp(Other::Family(_)) = stop
            && !self.stopped.contains_key(&stop)
        {
            if self.families == MOST_FAMILIES {
                stop = Stop::NotIp(Other::Named("other"));
            } else {
                self.families += 1;
            }
        }
        self.stopped
            .entry(stop)
            .and_modify(|count| count.frames += 1)
            .or_insert(Count { frames: 1, first: place });
    }

    /// The interface of a frame is not described.
    pub fn no_interface(&mut self, place: Place) {
        add(&mut self.not_described, place);
    }

    /// A fragment will never find its head.
    pub fn no_head(&mut self, place: Place) {
        add(&mut self.headless, place);
    }
}
