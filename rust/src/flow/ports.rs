//! A set of ports, asked twice for every new flow.

const WORDS: usize = 65_536 / 64;

/// Ports of IP protocols: one bit each, a table for each protocol.
#[derive(Clone, Debug, Default)]
pub(super) struct Ports {
    tables: Vec<(u8, Box<[u64; WORDS]>)>,
}

impl Ports {
    pub(super) fn new(ports: &[(u8, u16)]) -> Self {
        let mut all = Self::default();
        for (protocol, port) in ports {
            let known = all.tables.iter().position(|(other, _)| other == protocol);
            let place = known.unwrap_or_else(|| {
                all.tables.push((*protocol, Box::new([0; WORDS])));
                all.tables.len() - 1
            });
            if let Some((_, table)) = all.tables.get_mut(place)
                && let Some(word) = table.get_mut(usize::from(port >> 6))
            {
                *word |= 1 << (port & 63);
            }
        }
        all
    }

    #[inline]
    pub(super) fn has(&self, protocol: u8, port: u16) -> bool {
        let table = self.tables.iter().find(|(known, _)| *known == protocol);
        let word = table.and_then(|(_, table)| table.get(usize::from(port >> 6)));
        word.is_some_and(|word| word >> (port & 63) & 1 != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_belongs_to_its_protocol() {
        let ports = Ports::new(&[(6, 135), (17, 69), (6, 65_535), (6, 0)]);
        for (protocol, port, expected) in [
            (6, 135, true),
            (17, 135, false),
            (17, 69, true),
            (6, 69, false),
            (6, 65_535, true),
            (6, 0, true),
            (17, 0, false),
            (132, 135, false),
        ] {
            assert_eq!(ports.has(protocol, port), expected, "{protocol} {port}");
        }
    }
}
