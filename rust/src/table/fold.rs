//! One value for each group of rows.

/// What is made of the values of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// Their sum; 0 of none.
    Sum,
    /// The smallest; of none the largest number there is.
    Least,
    /// The largest; of none the smallest number there is.
    Most,
}

impl Fold {
    const fn of_none(self) -> i64 {
        match self {
            Self::Sum => 0,
            Self::Least => i64::MAX,
            Self::Most => i64::MIN,
        }
    }

    /// Take the values of one column and of another, row by row, as one.
    pub fn join(self, values: &mut [i64], others: impl Iterator<Item = i64>) {
        let pairs = values.iter_mut().zip(others);
        match self {
            Self::Sum => pairs.for_each(|(value, other)| *value = value.wrapping_add(other)),
            Self::Least => pairs.for_each(|(value, other)| *value = other.min(*value)),
            Self::Most => pairs.for_each(|(value, other)| *value = other.max(*value)),
        }
    }
}

/// Groups that are so few have several values each, and rows take turns: what one row changes need
/// not have reached memory when the next one of its group is taken in.
const FEW: usize = 1 << 10;

/// How many values these have.
const TURNS: usize = 4;

/// What rows add to the value of their group.
#[derive(Clone, Copy, Debug)]
pub enum Amount<'a> {
    /// One value a row.
    Each(&'a [i64]),
    /// The same for every row.
    Same(i64),
}

/// One value of each group.
#[derive(Debug)]
pub struct Folded {
    fold: Fold,
    /// Of each group one, or one for each turn.
    values: Vec<i64>,
    turns: usize,
}

impl Folded {
    /// Of each of `size` groups without rows; None if they are more than memory can hold.
    #[must_use]
    pub fn new(fold: Fold, size: usize) -> Option<Self> {
        let turns = if size <= FEW { TURNS } else { 1 };
        let mut values = Vec::new();
        values.try_reserve_exact(size * turns).ok()?;
        values.resize(size * turns, fold.of_none());
        Some(Self { fold, values, turns })
    }

    /// What is made of values.
    #[must_use]
    pub const fn fold(&self) -> Fold {
        self.fold
    }

    /// Take in rows, of which these are the groups; None if there is no such group, or there are
    /// more or less values.
    pub fn add(&mut self, groups: &[u32], amount: Amount<'_>) -> Option<()> {
        match amount {
            Amount::Same(value) => self.take(groups, std::iter::repeat(value)),
            Amount::Each(values) if values.len() == groups.len() => {
                self.take(groups, values.iter().copied())
            }
            Amount::Each(_) => None,
        }
    }

    fn take(&mut self, groups: &[u32], values: impl Iterator<Item = i64>) -> Option<()> {
        match self.fold {
            Fold::Sum => self.each(groups, values, i64::wrapping_add),
            Fold::Least => self.each(groups, values, i64::min),
            Fold::Most => self.each(groups, values, i64::max),
        }
    }

    #[inline]
    fn each(
        &mut self,
        groups: &[u32],
        values: impl Iterator<Item = i64>,
        how: impl Fn(i64, i64) -> i64,
    ) -> Option<()> {
        let places = groups.iter().map(|group| *group as usize);
        if self.turns == 1 {
            return self.put(places, values, how);
        }
        let turns = (0..TURNS).cycle();
        self.put(places.zip(turns).map(|(place, turn)| place * TURNS + turn), values, how)
    }

    #[inline]
    fn put(
        &mut self,
        places: impl Iterator<Item = usize>,
        values: impl Iterator<Item = i64>,
        how: impl Fn(i64, i64) -> i64,
    ) -> Option<()> {
        for (place, value) in places.zip(values) {
            let kept = self.values.get_mut(place)?;
            *kept = how(*kept, value);
        }
        Some(())
    }

    /// The values of all groups.
    #[must_use]
    pub fn into_values(self) -> Vec<i64> {
        if self.turns == 1 {
            return self.values;
        }
        let each = self.values.chunks(self.turns).map(|turns| {
            let mut value = [self.fold.of_none()];
            for turn in turns {
                self.fold.join(&mut value, std::iter::once(*turn));
            }
            value[0]
        });
        each.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_group_has_its_sum_its_smallest_and_its_largest_value() {
        let (groups, values) = ([0, 2, 0, 2, 2], [5, -1, 3, i64::MAX - 9, 7]);
        for (fold, expected) in [
            (Fold::Sum, [8, 0, i64::MAX - 3]),
            (Fold::Least, [3, i64::MAX, -1]),
            (Fold::Most, [5, i64::MIN, i64::MAX - 9]),
        ] {
            let mut folded = Folded::new(fold, 3).unwrap();
            folded.add(&groups, Amount::Each(&values)).unwrap();
            assert_eq!(folded.into_values(), expected);
        }
    }

    #[test]
    fn rows_of_several_pieces_add_up_whatever_the_number_of_groups() {
        for size in [2, FEW, FEW + 1] {
            let mut folded = Folded::new(Fold::Sum, size).unwrap();
            folded.add(&[1, 1, 1, 1, 1], Amount::Each(&[2, 3, 4, 5, 6])).unwrap();
            folded.add(&[1, 0], Amount::Same(10)).unwrap();
            let mut expected = vec![0; size];
            expected[..2].copy_from_slice(&[10, 30]);
            assert_eq!(folded.into_values(), expected);
        }
    }

    #[test]
    fn columns_are_taken_as_one_before_they_are_taken_in() {
        for (fold, expected) in [(Fold::Sum, [5, 3]), (Fold::Least, [2, -4]), (Fold::Most, [3, 7])]
        {
            let mut values = [2, 7];
            fold.join(&mut values, [3, -4].into_iter());
            assert_eq!(values, expected);
        }
    }

    #[test]
    fn rows_of_no_group_and_columns_of_other_lengths_are_refused() {
        let mut folded = Folded::new(Fold::Least, 1).unwrap();
        for group in [1, u32::MAX] {
            assert_eq!(folded.add(&[0, group], Amount::Same(1)), None);
        }
        assert_eq!(folded.add(&[0], Amount::Each(&[])), None);
        assert!(Folded::new(Fold::Sum, usize::MAX / 2).is_none());
    }
}
