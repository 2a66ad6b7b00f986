//! Times as ISO 8601 text: `2026-01-05T09:00:00.000000000Z`.

use super::line::{Fixed, Line};
use super::number::eight_digits;

const SECOND: u64 = 1_000_000_000;
const DAY: u64 = 86_400;

/// Date of the first second of 1970.
const START: &[u8; 11] = b"1970-01-01T";

/// Bytes of the point and nine digits of a second.
const FRACTION: usize = 10;

/// Writes times with what stands before them; neighbours of the same day cost little.
#[derive(Debug, Clone)]
pub(super) struct Clock {
    day: i64,
    /// What stands before a time, and the date.
    begin: Fixed,
    /// The end of a time and the quote behind it, behind nothing where the fraction stands.
    end: u128,
    /// Bytes of the fraction and of what is behind it.
    length: usize,
    /// The end where there was no room for it.
    quote: Fixed,
}

impl Clock {
    /// A clock, and what stands before every time and around it.
    pub(super) fn new(before: &[u8], quote: &[u8]) -> Self {
        let begin = Fixed::new([before, quote, START].concat());
        let (mut end, mut length) = ([0; 16], FRACTION);
        let mut behind = [b"Z", quote].concat();
        if let Some(end) = end.get_mut(FRACTION..FRACTION + behind.len()) {
            end.copy_from_slice(&behind);
            length += behind.len();
            behind.clear();
        }
        Self { day: 0, begin, end: u128::from_le_bytes(end), length, quote: Fixed::new(behind) }
    }

    /// Write a time given in ns since 1970 UTC; every `i64` has a year of four digits.
    #[inline]
    pub(super) fn write(&mut self, time: i64, line: &mut Line<'_>) {
        if let Ok(time) = u64::try_from(time) {
            let second = time / SECOND;
            let day = second / DAY;
            self.put(day.cast_signed(), second - day * DAY, time - second * SECOND, line);
        } else {
            self.write_before_1970(time, line);
        }
    }

    #[cold]
    fn write_before_1970(&mut self, time: i64, line: &mut Line<'_>) {
        let second = time.div_euclid(SECOND.cast_signed());
        let day = second.div_euclid(DAY.cast_signed());
        let (of_day, of_second) =
            (second.rem_euclid(DAY.cast_signed()), time.rem_euclid(SECOND.cast_signed()));
        self.put(day, of_day.cast_unsigned(), of_second.cast_unsigned(), line);
    }

    /// Write a time: the day since 1970, the second of it, the nanosecond of that.
    #[inline]
    fn put(&mut self, day: i64, second: u64, nanosecond: u64, line: &mut Line<'_>) {
        if day != self.day {
            self.turn(day);
        }
        let tenth = nanosecond / 100_000_000;
        let digits = u128::from(eight_digits(nanosecond - tenth * 100_000_000)) << 16;
        let first = u128::from(u64::from(b'.') | (u64::from(b'0') + tenth) << 8);
        let clock = of_day(second).to_le_bytes();
        if line.put_cell(&self.begin, clock, 8).is_none() {
            line.put_fixed(&self.begin);
            line.put_short(clock, 8);
        }
        line.put_short((first | digits | self.end).to_le_bytes(), self.length);
        if self.quote.len() > 0 {
            line.put_fixed(&self.quote);
        }
    }

    /// Put in another date.
    #[cold]
    fn turn(&mut self, day: i64) {
        self.day = day;
        let (year, month, day) = date(day);
        let mut text = *START;
        // Each part with the sign behind it.
        let (years, days) = text.split_at_mut(5);
        digits(year, years);
        days.chunks_exact_mut(3).zip([month, day]).for_each(|(place, it)| digits(it, place));
        self.begin.set_end(&text);
    }
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
