//! Times as ISO 8601 text: `2026-01-05T09:00:00.000000000Z`.

use super::number::eight_digits;
use super::text::STEP;

const SECOND: u64 = 1_000_000_000;
const DAY: i64 = 86_400;

/// Bytes of a time.
pub(super) const LENGTH: usize = 30;

/// Seconds that are remembered: those of many minutes, whatever the order of the rows.
const REMEMBERED: usize = 1024;

/// Writes times with what stands behind them; what a second has been written as is kept.
#[derive(Debug, Clone)]
pub(super) struct Clock {
    day: Day,
    seconds: Vec<Second>,
    /// The last bytes of a step, where nothing is but the end of a time and what is behind it.
    end: u64,
    /// Bytes of a time and what is behind it.
    length: usize,
}

/// The day that was written last.
#[derive(Debug, Clone, Copy)]
struct Day {
    /// Since 1970.
    number: i64,
    /// The date, the first digit in the lowest byte: 11 bytes with the T behind it.
    text: u128,
}

/// A second as text.
#[derive(Debug, Clone, Copy)]
struct Second {
    /// Since 1970; beyond all if there is none.
    number: u64,
    /// Date, hours and minutes: the first half of a step, the first digit in the lowest byte.
    low: u128,
    /// The seconds, which begin the other half.
    high: u64,
}

impl Clock {
    /// A clock, and what stands behind every time: one byte at most.
    pub(super) fn new(behind: &[u8]) -> Self {
        let mut end = [0; STEP];
        let text = [b"Z", behind].concat();
        end.iter_mut().skip(LENGTH - 1).zip(&text).for_each(|(to, byte)| *to = *byte);
        let end = end.last_chunk().copied().unwrap_or_default();
        let seconds = vec![Second { number: u64::MAX, low: 0, high: 0 }; REMEMBERED];
        let day = Day { number: 0, text: text_of(*b"1970-01-01T") };
        Self { day, seconds, end: u64::from_le_bytes(end), length: LENGTH - 1 + text.len() }
    }

    /// Bytes of a time and what is behind it.
    pub(super) const fn length(&self) -> usize {
        self.length
    }

    /// Write a time given in ns since 1970 UTC; every `i64` has a year of four digits.
    #[inline]
    pub(super) fn write(&mut self, time: i64, to: &mut [u8; STEP]) {
        let Ok(time) = u64::try_from(time) else { return self.write_before_1970(time, to) };
        let number = time / SECOND;
        if let Some(second) = self.seconds.get_mut(number as usize % REMEMBERED) {
            if second.number != number {
                *second = self.day.second(number.cast_signed());
            }
            second.write(time - number * SECOND, self.end, to);
        }
    }

    #[cold]
    fn write_before_1970(&mut self, time: i64, to: &mut [u8; STEP]) {
        let second = self.day.second(time.div_euclid(SECOND.cast_signed()));
        let nanosecond = time.rem_euclid(SECOND.cast_signed());
        second.write(nanosecond.cast_unsigned(), self.end, to);
    }
}

impl Day {
    /// A second since 1970, be it of this day or not.
    #[inline(never)] // few are not remembered
    fn second(&mut self, second: i64) -> Second {
        let number = second.div_euclid(DAY);
        if number != self.number {
            self.turn(number);
        }
        // The clock begins in the first half of a step and ends in the other.
        let clock = of_day(second.rem_euclid(DAY).cast_unsigned());
        let low = self.text | u128::from(clock) << 88;
        Second { number: second.cast_unsigned(), low, high: clock >> 40 }
    }

    /// Be another day.
    #[cold]
    fn turn(&mut self, number: i64) {
        let (year, month, day) = date(number);
        let mut text = *b"1970-01-01T";
        // Each part with the sign behind it.
        let (years, days) = text.split_at_mut(5);
        digits(year, years);
        days.chunks_exact_mut(3).zip([month, day]).for_each(|(place, it)| digits(it, place));
        *self = Self { number, text: text_of(text) };
    }
}

impl Second {
    /// Write a nanosecond of it; `end` is what the last bytes hold behind all digits. Each part goes
    /// to its place: parts put together elsewhere would be waited for before they are copied.
    #[inline]
    fn write(&self, nanosecond: u64, end: u64, to: &mut [u8; STEP]) {
        let tenth = nanosecond / 100_000_000;
        let first = u64::from(b'.') | (u64::from(b'0') + tenth) << 8;
        let digits = eight_digits(nanosecond - tenth * 100_000_000);
        let high = [self.high | first << 24 | digits << 40, digits >> 24 | end];
        if let ([low], highs) = to.as_chunks_mut::<16>().0.split_at_mut(1) {
            *low = self.low.to_le_bytes();
            let highs = highs.iter_mut().flat_map(|high| high.as_chunks_mut().0);
            highs.zip(high).for_each(|(to, part)| *to = part.to_le_bytes());
        }
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
