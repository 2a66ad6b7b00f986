//! Stacks of tunnels as numbers; 0 is no tunnel.

use std::collections::HashMap;

use crate::packet::Tunnel;

/// Every stack that a flow was inside of.
#[derive(Debug)]
pub(super) struct Stacks {
    numbers: HashMap<Box<[Tunnel]>, u32>,
    names: Vec<String>,
    last: (Box<[Tunnel]>, u32),
}

impl Stacks {
    pub(super) fn new() -> Self {
        Self { numbers: HashMap::new(), names: vec![String::new()], last: (Box::default(), 0) }
    }

    /// The number of a stack, outermost tunnel first.
    #[inline]
    pub(super) fn number(&mut self, tunnels: &[Tunnel]) -> u32 {
        if tunnels.is_empty() { 0 } else { self.number_of(tunnels) }
    }

    #[inline(never)]
    fn number_of(&mut self, tunnels: &[Tunnel]) -> u32 {
        if *self.last.0 == *tunnels {
            return self.last.1;
        }
        let number = self.numbers.get(tunnels).copied().unwrap_or_else(|| {
            let number = self.names.len() as u32;
            let names: Vec<_> = tunnels.iter().map(ToString::to_string).collect();
            self.names.push(names.join("/"));
            self.numbers.insert(tunnels.into(), number);
            number
        });
        self.last = (tunnels.into(), number);
        number
    }

    /// Descriptions by number.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }
}
