//! Times as ISO 8601 text: `2026-01-05T09:00:00.000000000Z`.

use super::line::Line;
use super::number::eight_digits;

const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400;

/// The first second of 1970, and behind it anything.
const START: [u8; 32] = *b"1970-01-01T00:00:00.            ";

/// Writes times; neighbours of the same second cost little, those of the same day not much.
#[derive(Debug, Clone)]
pub(super) struct Clock {
    second: i64,
    day: i64,
    text: [u8; 32],
}

impl Default for Clock {
    fn default() -> Self {
        Self { second: 0, day: 0, text: START }
    }
}

impl Clock {
    /// Write a time given in ns since 1970 UTC; every `i64` has a year of four digits.
    #[inline]
    pub(super) fn write(&mut self, time: i64, line: &mut Line) {
        let second = time.div_euclid(SECOND);
        if second != self.second {
            self.turn(second);
        }
        let nanosecond = time.rem_euclid(SECOND) as u32;
        line.put_part(&self.text, 0, 20);
        line.put_short([b'0' + (nanosecond / 100_000_000) as u8, 0, 0, 0, 0, 0, 0, 0], 1);
        line.put_short(eight_digits(nanosecond % 100_000_000), 8);
        line.put_short(*b"Z       ", 1);
    }

    /// Put in another date and time of day.
    fn turn(&mut self, second: i64) {
        self.second = second;
        let day = second.div_euclid(DAY);
        let (date_text, rest) = self.text.split_at_mut(11);
        if day != self.day {
            self.day = day;
            let (year, month, day) = date(day);
            // Each part with the sign behind it.
            let (years, days) = date_text.split_at_mut(5);
            digits(year, years);
            days.chunks_exact_mut(3).zip([month, day]).for_each(|(place, it)| digits(it, place));
        }
        let time = second.rem_euclid(DAY) as u32;
        let parts = [time / 3600, time / 60 % 60, time % 60];
        for (place, part) in rest.chunks_exact_mut(3).zip(parts) {
            digits(part.into(), place);
        }
    }
}

/// Fill all but the last of a place with decimal digits, zeros in front.
#[inline]
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
