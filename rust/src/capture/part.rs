//! Where some bytes lie in the buffer that holds them.

/// A slice of a buffer, to be found again once the buffer has gone to another thread.
///
/// A vector that moves keeps its bytes where they are. So the distance of two addresses is a place
/// in it, and one that does not belong there finds nothing or other bytes of it, no worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The lower half of the address, which is enough in a buffer below 4 GiB.
    address: u32,
    length: u32,
}

impl Part {
    /// Of these bytes.
    #[inline]
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self { address: bytes.as_ptr().addr() as u32, length: bytes.len() as u32 }
    }

    /// The bytes, where this is the buffer that they lie in.
    #[inline]
    #[must_use]
    pub fn within(self, buffer: &[u8]) -> &[u8] {
        let start = self.address.wrapping_sub(buffer.as_ptr().addr() as u32) as usize;
        buffer.get(start..start + self.length as usize).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_found_after_its_buffer_has_moved() {
        let buffer: Vec<u8> = (0..=255).collect();
        let parts = [0..0, 0..256, 7..9, 255..256, 256..256].map(|range| {
            let bytes = buffer.get(range).unwrap();
            (Part::of(bytes), bytes.to_vec())
        });
        std::thread::spawn(move || {
            for (part, bytes) in parts {
                assert_eq!(part.within(&buffer), bytes);
            }
        })
        .join()
        .unwrap();
    }

    #[test]
    fn a_part_of_another_buffer_is_not_found() {
        let (one, other) = (vec![1; 100], vec![2; 10]);
        let found = Part::of(&one).within(&other);
        assert!(found.is_empty() || found.iter().all(|byte| *byte == 2));
        assert_eq!(Part::of(&[]).within(&other), b"");
    }
}
