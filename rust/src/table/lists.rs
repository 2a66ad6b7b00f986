//! The members of groups as lists, heaviest first, each different list once.

use std::cmp::Reverse;
use std::collections::HashMap;

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
    found: Vec<List>,
    known: HashMap<List, i32>,
    /// The list of one low member, 0 where it is not known yet.
    alone: Vec<i32>,
    /// The group that rows are added to, and what it has so far.
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
            found: vec![List::default()],
            known: HashMap::new(),
            alone: vec![0; LOW.into()],
            group: 0,
            members: Vec::new(),
            own: List::default(),
        })
    }

    /// Go on with members: the group of each, ascending, and their weights. None if there is no such
    /// group, or they are not in order.
    pub fn add(&mut self, groups: &[i64], members: &[i64], weights: &[i64]) -> Option<()> {
        for ((group, member), weight) in groups.iter().zip(members).zip(weights) {
            let group = usize::try_from(*group).ok().filter(|group| *group < self.codes.len())?;
            if group != self.group {
                self.end();
                if group < self.group {
                    return None;
                }
                self.group = group;
            }
            self.members.push((*weight, *member));
        }
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
        let code = (self.found.len() as u32).cast_signed(); // no more than there are groups, whose codes are kept
        self.known.insert(own.clone(), code);
        self.found.push(own.clone());
        code
    }

    /// The number of each group's list, and the lists.
    #[must_use]
    pub fn done(mut self) -> (Vec<i32>, Vec<List>) {
        self.end();
        (self.codes, self.found)
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
