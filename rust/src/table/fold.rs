//! One value for each group of rows.

/// What is made of the values of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// Their sum.
    Sum,
    /// The smallest.
    Least,
    /// The largest.
    Most,
}

/// Whole numbers as they lie in memory.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    /// All of them.
    pub bytes: &'a [u8],
    /// Bytes of one: 1 (not negative), 4 or 8.
    pub width: usize,
}

/// The values of each of `size` groups in one; of a group without rows 0, or the end of the range.
/// None if a row is of no group, or the columns differ in length or have another width.
#[must_use]
pub fn folded(fold: Fold, group: Column<'_>, values: Column<'_>, size: usize) -> Option<Vec<i64>> {
    match group.width {
        4 => {
            with(fold, group.bytes.as_chunks().0, |it| i32::from_ne_bytes(it).into(), values, size)
        }
        8 => with(fold, group.bytes.as_chunks().0, i64::from_ne_bytes, values, size),
        _ => None,
    }
}

fn with<const N: usize>(
    fold: Fold,
    group: &[[u8; N]],
    number: impl Fn([u8; N]) -> i64,
    values: Column<'_>,
    size: usize,
) -> Option<Vec<i64>> {
    let groups = group.iter().map(|bytes| number(*bytes));
    let bytes = values.bytes;
    match values.width {
        1 => each(fold, groups, bytes.iter().map(|byte| i64::from(*byte)), size),
        4 => {
            let values = bytes.as_chunks().0.iter().map(|it| i32::from_ne_bytes(*it).into());
            each(fold, groups, values, size)
        }
        8 => {
            let values = bytes.as_chunks().0.iter().map(|it| i64::from_ne_bytes(*it));
            each(fold, groups, values, size)
        }
        _ => None,
    }
}

fn each(
    fold: Fold,
    groups: impl ExactSizeIterator<Item = i64>,
    values: impl ExactSizeIterator<Item = i64>,
    size: usize,
) -> Option<Vec<i64>> {
    if groups.len() != values.len() {
        return None;
    }
    let rows = groups.zip(values);
    match fold {
        Fold::Sum => add(rows, vec![0; size], i64::wrapping_add),
        Fold::Least => add(rows, vec![i64::MAX; size], i64::min),
        Fold::Most => add(rows, vec![i64::MIN; size], i64::max),
    }
}

#[inline]
fn add(
    rows: impl Iterator<Item = (i64, i64)>,
    mut result: Vec<i64>,
    how: impl Fn(i64, i64) -> i64,
) -> Option<Vec<i64>> {
    for (group, value) in rows {
        let kept = result.get_mut(usize::try_from(group).ok()?)?;
        *kept = how(*kept, value);
    }
    Some(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(fold: Fold, group: &[i64], values: &[i64], size: usize) -> Option<Vec<i64>> {
        let wide = |of: &[i64]| of.iter().flat_map(|it| it.to_ne_bytes()).collect::<Vec<u8>>();
        let (group, values) = (wide(group), wide(values));
        let column = |bytes| Column { bytes, width: 8 };
        folded(fold, column(&group), column(&values), size)
    }

    #[test]
    fn each_group_has_its_sum_its_smallest_and_its_largest_value() {
        let (group, values) = ([0, 2, 0, 2, 2], [5, -1, 3, i64::MAX - 9, 7]);
        assert_eq!(of(Fold::Sum, &group, &values, 3), Some(vec![8, 0, i64::MAX - 3]));
        assert_eq!(of(Fold::Least, &group, &values, 3), Some(vec![3, i64::MAX, -1]));
        assert_eq!(of(Fold::Most, &group, &values, 3), Some(vec![5, i64::MIN, i64::MAX - 9]));
    }

    #[test]
    fn columns_can_be_narrow() {
        let group: Vec<u8> = [1_i32, 0, 1].iter().flat_map(|it| it.to_ne_bytes()).collect();
        let four: Vec<u8> = [-1_i32, 7, 5].iter().flat_map(|it| it.to_ne_bytes()).collect();
        let group = Column { bytes: &group, width: 4 };
        let ones = Column { bytes: &[1, 0, 255], width: 1 };
        assert_eq!(folded(Fold::Sum, group, ones, 2), Some(vec![0, 256]));
        let four = Column { bytes: &four, width: 4 };
        assert_eq!(folded(Fold::Sum, group, four, 2), Some(vec![7, 4]));
        assert_eq!(folded(Fold::Sum, group, Column { bytes: &[0; 6], width: 2 }, 2), None);
        assert_eq!(folded(Fold::Sum, Column { bytes: &[0; 3], width: 1 }, ones, 2), None);
    }

    #[test]
    fn rows_of_no_group_and_columns_of_other_lengths_are_refused() {
        for group in [-1, 1, i64::MAX] {
            assert_eq!(of(Fold::Least, &[group], &[1], 1), None);
        }
        assert_eq!(of(Fold::Least, &[0], &[], 1), None);
    }
}
