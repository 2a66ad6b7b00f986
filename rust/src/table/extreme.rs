//! The smallest or largest value of each group.

/// What is kept of the values of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extreme {
    /// The smallest.
    Least,
    /// The largest.
    Most,
}

/// The extreme of each of `size` groups; the end of the range where a group has no rows. None if a
/// row is of no group, or the columns differ in length.
#[must_use]
pub fn extremes(which: Extreme, group: &[i64], values: &[i64], size: usize) -> Option<Vec<i64>> {
    if group.len() != values.len() {
        return None;
    }
    let (nothing, best): (_, fn(i64, i64) -> i64) = match which {
        Extreme::Least => (i64::MAX, i64::min),
        Extreme::Most => (i64::MIN, i64::max),
    };
    let mut result = vec![nothing; size];
    for (group, value) in group.iter().zip(values) {
        let kept = result.get_mut(usize::try_from(*group).ok()?)?;
        *kept = best(*kept, *value);
    }
    Some(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_group_has_its_smallest_and_its_largest_value() {
        let (group, values) = ([0, 2, 0, 2, 2], [5, -1, 3, i64::MAX, 7]);
        let least = extremes(Extreme::Least, &group, &values, 3);
        assert_eq!(least, Some(vec![3, i64::MAX, -1]));
        let most = extremes(Extreme::Most, &group, &values, 3);
        assert_eq!(most, Some(vec![5, i64::MIN, i64::MAX]));
    }

    #[test]
    fn rows_of_no_group_and_columns_of_other_lengths_are_refused() {
        for group in [-1, 1, i64::MAX] {
            assert_eq!(extremes(Extreme::Least, &[group], &[1], 1), None);
        }
        assert_eq!(extremes(Extreme::Most, &[0], &[], 1), None);
    }
}
