//! The members of groups as lists, heaviest first, each different list once.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::mixed::Mixed;

/// Members with lower numbers are looked up in a table where they are alone.
const LOW: u16 = 1 << 12;

/// A list of members.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct List {
    /// The heaviest members; of equal ones the first.
    pub shown: Vec<i64>,
    /// How many there are besides.
    pub rest: usize,
}

/// Which list each group has.
#[derive(Debug)]
pub struct Lists {
    limit: usize,
    /// The number of each group's list.
    codes: Vec<i32>,
    known: HashMap<List, i32, Mixed>,
    /// The list of one low member, 0 where it is not known yet.
    alone: Vec<i32>,
    /// What the last row of many was, and how many there were.
    run: (u64, i64),
    /// The group that members are added to, and what it has so far.
    group: usize,
    members: Vec<(i64, i64)>,
    /// The list that is looked up.
    own: List,
}

impl Lists {
    /// The lists of so many groups, of which so many members are shown; number 0 has none. None if
    /// they are more than memory can hold.
    #[must_use]
    pub fn new(size: usize, limit: usize) -> Option<Self> {
        let mut codes = Vec::new();
        codes.try_reserve_exact(size).ok()?;
        codes.resize(size, 0);
        Some(Self {
            limit,
            codes,
            known: HashMap::from_iter([(List::default(), 0)]),
            alone: vec![0; LOW.into()],
            run: (0, 0),
            group: 0,
            members: Vec::new(),
            own: List::default(),
        })
    }

    /// Go on with members: the group of each, ascending, and their weights. None if there is no such
    /// group, or they are not in order.
    pub fn add(&mut self, groups: &[i64], members: &[i64], weights: &[i64]) -> Option<()> {
        let mut each = groups.iter().zip(members).zip(weights);
        each.try_for_each(|((group, member), weight)| self.put(*group, *member, *weight))
    }

    /// Go on with rows, sorted: the group of each and the member, which has so many bits, in one
    /// number. A member weighs as much as it has rows, but one that comes last nothing. None as
    /// above.
    pub fn add_rows(
        &mut self,
        rows: impl Iterator<Item = u64>,
        bits: u32,
        last: i64,
    ) -> Option<()> {
        for row in rows {
            if row == self.run.0 {
                self.run.1 += 1;
                continue;
            }
            self.end_run(bits, last)?;
            self.run = (row, 1);
        }
        Some(())
    }

    /// No row is to come any more. None as above.
    pub fn end_rows(&mut self, bits: u32, last: i64) -> Option<()> {
        self.end_run(bits, last)
    }

    fn end_run(&mut self, bits: u32, last: i64) -> Option<()> {
        let (row, count) = self.run;
        if count == 0 {
            return Some(());
        }
        let group = row.checked_shr(bits)?;
        let member = row ^ group.checked_shl(bits)?;
        let member = member.cast_signed();
        self.put(group.cast_signed(), member, if member == last { 0 } else { count })
    }

    fn put(&mut self, group: i64, member: i64, weight: i64) -> Option<()> {
        let group = usize::try_from(group).ok().filter(|group| *group < self.codes.len())?;
        if group != self.group {
            self.end();
            if group < self.group {
                return None;
            }
            self.group = group;
        }
        self.members.push((weight, member));
        Some(())
    }

    /// Nothing more comes to a group.
    fn end(&mut self) {
        let code = match self.members.as_slice() {
            [] => return,
            [(_, member)] => {
                let low = usize::try_from(*member).ok();
                match low.and_then(|low| self.alone.get(low)) {
                    Some(code) if *code != 0 => *code,
                    _ => {
                        let code = self.number();
                        if let Some(place) = low.and_then(|low| self.alone.get_mut(low)) {
                            *place = code;
                        }
                        code
                    }
                }
            }
            _ => self.number(),
        };
        if let Some(place) = self.codes.get_mut(self.group) {
            *place = code;
        }
        self.members.clear();
    }

    /// The number of the list that the members make.
    fn number(&mut self) -> i32 {
        self.members.sort_by_key(|(weight, _)| Reverse(*weight));
        let own = &mut self.own;
        own.shown.clear();
        own.shown.extend(self.members.iter().take(self.limit).map(|(_, member)| *member));
        own.rest = self.members.len() - own.shown.len();
        if let Some(code) = self.known.get(own) {
            return *code;
        }
        let code = (self.known.len() as u32).cast_signed(); // no more than there are groups, whose codes are kept
        self.known.insert(own.clone(), code);
        code
    }

    /// The number of each group's list, and the lists.
    #[must_use]
    pub fn done(mut self) -> (Vec<i32>, Vec<List>) {
        self.end();
        let mut found = vec![List::default(); self.known.len()];
        for (list, code) in self.known {
            if let Some(place) = found.get_mut(code.cast_unsigned() as usize) {
                *place = list;
            }
        }
        (self.codes, found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(shown: &[i64], rest: usize) -> List {
        List { shown: shown.to_vec(), rest }
    }

    #[test]
    fn members_stand_by_weight_and_equal_lists_are_one() {
        let mut lists = Lists::new(6, 2).unwrap();
        lists.add(&[0, 0, 1], &[7, 8, 7], &[1, 2, 9]).unwrap();
        lists.add(&[3, 3, 3, 4, 4, 5], &[5, 6, 4, 8, 7, 7], &[1, 1, 1, 3, 3, 0]).unwrap();
        let (codes, lists) = lists.done();
        assert_eq!(codes, [1, 2, 0, 3, 1, 2]);
        assert_eq!(lists, [list(&[], 0), list(&[8, 7], 0), list(&[7], 0), list(&[5, 6], 1)]);
    }

    #[test]
    fn a_member_weighs_as_much_as_it_has_rows() {
        let rows = [0, 0, 1, 2, 2, 6, 7, 7, 13, 13, 14].map(|row| row | 1 << 4);
        let mut lists = Lists::new(8, 2).unwrap();
        for part in rows.chunks(4) {
            lists.add_rows(part.iter().copied(), 2, 1).unwrap();
        }
        lists.end_rows(2, 1).unwrap();
        let (codes, lists) = lists.done();
        let codes: Vec<_> = codes.iter().map(|code| lists[*code as usize].clone()).collect();
        let none = list(&[], 0);
        assert_eq!(codes[..4], [none.clone(), none.clone(), none.clone(), none.clone()]);
        assert_eq!(codes[4..], [list(&[0, 2], 1), list(&[3, 2], 0), none, list(&[2, 1], 0)]);
        assert_eq!(Lists::new(2, 2).unwrap().add_rows([9, 1].into_iter(), 2, -1), None);
        assert_eq!(Lists::new(2, 2).unwrap().add_rows([1, 2].into_iter(), 64, -1), None);
    }

    #[test]
    fn members_of_any_number_can_be_alone() {
        let low = i64::from(LOW);
        let members = [0, low - 1, low, -1, i64::MAX, i64::MIN];
        let groups = [0, 1, 2, 3, 4, 5];
        let mut lists = Lists::new(6, 1).unwrap();
        lists.add(&groups, &members, &groups).unwrap();
        let (codes, lists) = lists.done();
        for (code, member) in codes.iter().zip(members) {
            assert_eq!(lists[usize::try_from(*code).unwrap()], list(&[member], 0));
        }
    }

    #[test]
    fn groups_that_are_not_there_or_not_in_order_are_refused() {
        for groups in [&[0, 2][..], &[-1], &[1, 0], &[i64::MAX]] {
            assert_eq!(Lists::new(2, 6).unwrap().add(groups, &[1, 1], &[1, 1]), None);
        }
        assert!(Lists::new(usize::MAX, 6).is_none());
    }
}
