//! Byte strings by row, wherever they are kept.

/// One byte string a row.
pub trait Texts {
    /// How many.
    fn rows(&self) -> usize;

    /// The one of a row, if there is such a row and its bytes are there.
    fn text(&self, row: usize) -> Option<&[u8]>;
}

/// Byte strings in one buffer: row i is `data[offsets[i]..offsets[i + 1]]`.
#[derive(Clone, Copy, Debug)]
pub struct Joined<'a> {
    /// One more than there are rows.
    pub offsets: &'a [i64],
    /// All of them.
    pub data: &'a [u8],
}

impl<'a> Joined<'a> {
    /// The one of a row, which lives as long as the bytes do.
    #[inline]
    #[must_use]
    pub fn part(self, row: usize) -> Option<&'a [u8]> {
        let begin = usize::try_from(*self.offsets.get(row)?).ok()?;
        let end = usize::try_from(*self.offsets.get(row.checked_add(1)?)?).ok()?;
        self.data.get(begin..end)
    }
}

impl Texts for Joined<'_> {
    fn rows(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    #[inline]
    fn text(&self, row: usize) -> Option<&[u8]> {
        self.part(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_in_the_data_is_not_there() {
        let texts = Joined { offsets: &[0, 2, 2, 9, -1, 1], data: b"ab" };
        let found: Vec<_> = (0..6).map(|row| texts.text(row)).collect();
        assert_eq!(found, [Some(&b"ab"[..]), Some(b""), None, None, None, None]);
        assert_eq!(texts.rows(), 5);
        assert_eq!(texts.text(usize::MAX), None);
        assert_eq!(Joined { offsets: &[], data: b"ab" }.rows(), 0);
    }
}
