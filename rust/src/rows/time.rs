//! Times as ISO 8601 text: `2026-01-05T09:00:00.000000000Z`.

use super::number::eight_digits;
use super::text::{Record, STEP};

const SECOND: u64 = 1_000_000_000;
const DAY: u64 = 86_400;

/// Bytes of a time.
pub(super) const LENGTH: usize = 30;

/// Writes times with what stands behind them; neighbours of the same day cost little.
#[derive(Debug, Clone)]
pub(super) struct Clock {
    day: i64,
    /// The date, the first digit in the lowest byte: 11 bytes with the T behind it.
    date: u128,
    /// The last bytes of a step, where nothing is but the end of a time, what is behind it, and
    /// how many bytes all are.
    end: u128,
}

impl Clock {
    /// A clock, and what stands behind every time: one byte at most.
    pub(super) fn new(behind: &[u8]) -> Self {
        let mut end = [0; STEP];
        let text = [b"Z", behind].concat();
        end.iter_mut().skip(LENGTH - 1).zip(&text).for_each(|(to, byte)| *to = *byte);
        end[STEP - 1] = (LENGTH - 1 + text.len()) as u8;
        let end = end.last_chunk().copied().unwrap_or_default();
        Self { day: 0, date: text_of(*b"1970-01-01T"), end: u128::from_le_bytes(end) }
    }

    /// Write a time given in ns since 1970 UTC; every `i64` has a year of four digits.
    #[inline]
    pub(super) fn write(&mut self, time: i64, to: &mut Record) {
        if let Ok(time) = u64::try_from(time) {
            let second = time / SECOND;
            let day = second / DAY;
            self.put(day.cast_signed(), second - day * DAY, time - second * SECOND, to);
        } else {
            self.write_before_1970(time, to);
        }
    }

    #[cold]
    fn write_before_1970(&mut self, time: i64, to: &mut Record) {
        let second = time.div_euclid(SECOND.cast_signed());
        let day = second.div_euclid(DAY.cast_signed());
        let (of_day, of_second) =
            (second.rem_euclid(DAY.cast_signed()), time.rem_euclid(SECOND.cast_signed()));
        self.put(day, of_day.cast_unsigned(), of_second.cast_unsigned(), to);
    }

    /// Write a time: the day since 1970, the second of it, the nanosecond of that.
    #[inline]
    fn put(&mut self, day: i64, second: u64, nanosecond: u64, to: &mut Record) {
        if day != self.day {
            self.turn(day);
        }
        let tenth = nanosecond / 100_000_000;
        let first = u64::from(b'.') | (u64::from(b'0') + tenth) << 8;
        let digits = eight_digits(nanosecond - tenth * 100_000_000);
        // 16 bytes and 16 more: the clock begins in the first ones and ends in the others.
        let clock = of_day(second);
        let low = self.date | u128::from(clock) << 88;
        let high = u128::from(clock >> 40 | first << 24) | u128::from(digits) << 40 | self.end;
        let (mut all, halves) = ([0; STEP], [low.to_le_bytes(), high.to_le_bytes()]);
        all.as_chunks_mut().0.iter_mut().zip(halves).for_each(|(to, half)| *to = half);
        to.set_all(all);
    }

    /// Put in another date.
    #[cold]
    fn turn(&mut self, day: i64) {
        self.day = day;
        let (year, month, day) = date(day);
        let mut text = *b"1970-01-01T";
        // Each part with the sign behind it.
        let (years, days) = text.split_at_mut(5);
        digits(year, years);
        days.chunks_exact_mut(3).zip([month, day]).for_each(|(place, it)| digits(it, place));
        self.date = text_of(text);
    }
}

/// A date with the first digit in the lowest byte.
fn text_of(date: [u8; 11]) -> u128 {
    let mut text = [0; 16];
    text.iter_mut().zip(date).for_each(|(to, byte)| *to = byte);
    u128::from_le_bytes(text)
}

/// Hours, minutes and seconds of a number of seconds below a day, the first digit in the lowest
/// byte: two zeros among eight digits become colons.
#[inline]
const fn of_day(second: u64) -> u64 {
    let (hour, minute) = (second / 3600, second / 60);
    let colons = 0x0000_0a00_000a_0000;
    // An hour of 60 minutes is 100 of them here, and a minute of 60 seconds 1000.
    eight_digits(second + (1000 - 60) * minute + (1_000_000 - 60_000) * hour) + colons
}

/// Fill all but the last of a place with decimal digits, zeros in front.
fn digits(value: i64, place: &mut [u8]) {
    let mut rest = value;
    for digit in place.iter_mut().rev().skip(1) {
        *digit = b'0' + (rest % 10).unsigned_abs() as u8;
        rest /= 10;
    }
}

/// Year, month and day of a number of days since 1970 in the Gregorian calendar.
///
/// The year is taken to begin in March, so that the leap day is its last; Howard Hinnant,
/// "chrono-compatible low-level date algorithms", `civil_from_days`.
const fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468; // since 1 March of the year 0
    let era = days.div_euclid(146_097); // 400 years
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march = (5 * day_of_year + 2) / 153; // months since March
    let day = day_of_year - (153 * march + 2) / 5 + 1;
    let month = if march < 10 { march + 3 } else { march - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}
