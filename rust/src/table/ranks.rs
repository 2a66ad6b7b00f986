//! Places of rows in the order of whole numbers of which no two are equal.
//!
//! One bit for each number that there may be: those before a number are counted, so nothing is
//! sorted, and of numbers that lie close together the bits stay in the cache.

use std::ops::Range;

/// Bits for each row, at most; a sort needs no more memory.
const BITS_A_ROW: usize = 64;

/// For each row the place of its number among all; None if two are equal, or they lie far apart.
#[must_use]
pub fn ranks(parts: &[&[i64]]) -> Option<Vec<u32>> {
    let rows: usize = parts.iter().map(|part| part.len()).sum();
    u32::try_from(rows).ok()?;
    let Range { start, end } = range(parts)?;
    // The difference of two numbers fits, with one of 64 bits for the sign.
    let span = usize::try_from(end.wrapping_sub(start).cast_unsigned()).ok()?;
    if span / BITS_A_ROW > rows {
        return None;
    }
    let place = |number: i64| {
        let place = number.wrapping_sub(start).cast_unsigned() as usize;
        (place / 64, 1_u64 << (place % 64))
    };
    // Bits, and how many are set in all words before.
    let mut words = vec![(0_u64, 0_u32); span / 64 + 1];
    for number in parts.iter().copied().flatten() {
        let (word, bit) = place(*number);
        let (bits, _) = words.get_mut(word)?;
        if *bits & bit != 0 {
            return None;
        }
        *bits |= bit;
    }
    let mut count = 0;
    for (bits, before) in &mut words {
        *before = count;
        count += bits.count_ones();
    }
    let mut found = Vec::with_capacity(rows);
    for part in parts {
        found.extend(part.iter().map(|number| {
            let (word, bit) = place(*number);
            let (bits, before) = words.get(word).copied().unwrap_or_default();
            before + (bits & (bit - 1)).count_ones()
        }));
    }
    Some(found)
}

/// The least number and the greatest; None if there are none.
fn range(parts: &[&[i64]]) -> Option<Range<i64>> {
    let each = || parts.iter().copied().flatten().copied();
    Some(each().min()?..each().max()?)
}

/// For each place the row that goes there.
#[must_use]
pub fn rows(places: &[u32]) -> Vec<i64> {
    let mut rows = vec![0; places.len()];
    for (place, row) in places.iter().zip(0..) {
        rows.get_mut(*place as usize).into_iter().for_each(|it| *it = row);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_ranked_over_all_parts() {
        let parts: [&[i64]; 4] = [&[7, 300], &[], &[-70, 64, 63], &[65]];
        let places = ranks(&parts).expect("ranks");
        assert_eq!(places, [1, 5, 0, 3, 2, 4]);
        assert_eq!(rows(&places), [2, 0, 4, 3, 5, 1]);
    }

    #[test]
    fn of_many_numbers_every_one_has_its_place() {
        let numbers: Vec<i64> = (0..5000).map(|row| row * 4099 % 5003 * 13).collect();
        let places = ranks(&[&numbers[..99], &numbers[99..]]).expect("ranks");
        let mut sorted = numbers.clone();
        sorted.sort_unstable();
        assert!(
            numbers.iter().zip(places).all(|(number, place)| sorted[place as usize] == *number)
        );
    }

    #[test]
    fn what_is_equal_or_far_apart_is_not_ranked() {
        assert_eq!(ranks(&[&[5, 6], &[5]]), None);
        assert_eq!(ranks(&[&[i64::MIN, i64::MAX]]), None);
        assert_eq!(ranks(&[&[0, 1 << 20]]), None);
        assert_eq!(ranks(&[&[], &[]]), None);
        assert_eq!(ranks(&[&[i64::MAX]]), Some(vec![0]));
    }
}
