//! The two sides of a conversation.
#![forbid(unsafe_code)]

use std::hint::select_unpredictable;

/// Who sent a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The smaller endpoint.
    A,
    /// The larger one.
    B,
}

impl Side {
    /// The one that did not send it.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

/// A value of each side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Pair<T> {
    /// Of the smaller endpoint.
    pub a: T,
    /// Of the larger one.
    pub b: T,
}

impl<T> Pair<T> {
    /// The value of one side. No branch: who sends next is not to be foreseen.
    #[inline]
    pub fn of(&self, side: Side) -> &T {
        select_unpredictable(matches!(side, Side::A), &self.a, &self.b)
    }

    /// The value of one side, to change it.
    #[inline]
    pub fn of_mut(&mut self, side: Side) -> &mut T {
        select_unpredictable(matches!(side, Side::A), &mut self.a, &mut self.b)
    }
}
