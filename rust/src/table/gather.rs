//! Byte strings of some rows, put one after the other.

use crate::texts::Texts;

/// Rows of one entry of an index, as a power of two.
const STEP: usize = 10;

/// Offsets and bytes of some rows, counted over all parts; None if there is no such row.
#[must_use]
pub fn gather(parts: &[impl Texts], rows: &[i64]) -> Option<(Vec<i64>, Vec<u8>)> {
    let ends: Vec<usize> = parts
        .iter()
        .scan(0, |end, part| {
            *end += part.rows();
            Some(*end)
        })
        .collect();
    // Rows jump from part to part, as those of both sides do: the part of each is not searched for.
    let last = ends.last().map_or(0, |end| end >> STEP);
    let part_of = |entry: usize| ends.partition_point(|end| *end <= entry << STEP);
    let index: Vec<usize> = (0..=last).map(part_of).collect();
    let mut offsets = Vec::with_capacity(rows.len() + 1);
    let mut data = Vec::new();
    offsets.push(0);
    for &row in rows {
        let row = usize::try_from(row).ok()?;
        let mut part = *index.get(row >> STEP)?;
        while *ends.get(part)? <= row {
            part += 1;
        }
        let own = parts.get(part)?;
        let before = *ends.get(part)? - own.rows();
        let text = own.text(row - before)?;
        if !text.is_empty() {
            data.extend_from_slice(text);
        }
        offsets.push(i64::try_from(data.len()).ok()?);
    }
    Some((offsets, data))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::Joined;

    #[test]
    fn rows_are_counted_over_all_parts() {
        let parts = [
            Joined { offsets: &[0, 2, 2], data: b"ab" },
            Joined { offsets: &[0], data: b"" },
            Joined { offsets: &[0, 3], data: b"cde" },
        ];
        let (offsets, data) = gather(&parts, &[2, 1, 0, 2]).unwrap();
        assert_eq!((offsets.as_slice(), data.as_slice()), (&[0, 3, 3, 5, 8][..], &b"cdeabcde"[..]));
        assert_eq!(gather(&parts, &[]), Some((vec![0], vec![])));
    }

    #[test]
    fn rows_are_found_in_parts_of_any_length() {
        let offsets: Vec<i64> = (0..=3000).map(|row| row % 2).collect();
        let lengths = [1, 0, 1023, 1, 3000, 0, 2, 700];
        let parts: Vec<_> = lengths
            .iter()
            .map(|rows| Joined { offsets: offsets.get(..=*rows).unwrap(), data: b"x" })
            .collect();
        let all: i64 = lengths.iter().map(|rows| i64::try_from(*rows).unwrap()).sum();
        let rows: Vec<i64> = (0..all).rev().collect();
        // Every second row ends before it begins, which makes it no row.
        let even: Vec<i64> = lengths
            .iter()
            .scan(0, |end, rows| {
                let begin = *end;
                *end += i64::try_from(*rows).unwrap();
                Some((begin..*end).step_by(2))
            })
            .flatten()
            .collect();
        assert_eq!(gather(&parts, &even).unwrap().1, vec![b'x'; even.len()]);
        assert_eq!(gather(&parts, &rows), None);
        assert_eq!(gather(&parts, &[all]), None);
    }

    #[test]
    fn there_is_no_row_beyond_the_last_nor_outside_the_data() {
        let parts = [Joined { offsets: &[0, 1, 9, 4, -1], data: b"ab" }];
        for row in [-1, 1, 2, 3, 4, i64::MAX] {
            assert_eq!(gather(&parts, &[row]), None, "{row}");
        }
        assert!(gather(&parts, &[0]).is_some());
        let none: [Joined<'_>; 0] = [];
        assert_eq!(gather(&none, &[0]), None);
    }
}
