//! Times as ISO 8601 text: `2026-01-05T09:00:00.000000000Z`.

const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400;

/// Writes times; neighbours of the same second cost little.
#[derive(Debug, Clone)]
pub(super) struct Clock {
    second: i64,
    text: [u8; 30],
}

impl Default for Clock {
    fn default() -> Self {
        Self { second: 0, text: *b"1970-01-01T00:00:00.000000000Z" }
    }
}

impl Clock {
    /// Write a time given in ns since 1970 UTC; every `i64` has a year of four digits.
    #[inline]
    pub(super) fn write(&mut self, time: i64, out: &mut Vec<u8>) {
        let second = time.div_euclid(SECOND);
        if second != self.second {
            self.turn(second);
        }
        let (_, fraction) = self.text.split_at_mut(20);
        digits(time.rem_euclid(SECOND).unsigned_abs(), fraction.split_at_mut(9).0);
        out.extend_from_slice(&self.text);
    }

    /// Put in another date and time of day.
    fn turn(&mut self, second: i64) {
        self.second = second;
        let (year, month, day) = date(second.div_euclid(DAY));
        let seconds = second.rem_euclid(DAY);
        let parts = [year, month, day, seconds / 3600, seconds / 60 % 60, seconds % 60];
        let (whole, _) = self.text.split_at_mut(20);
        // Each part with the sign behind it.
        let (years, rest) = whole.split_at_mut(5);
        let places = [years].into_iter().chain(rest.chunks_exact_mut(3));
        for (place, part) in places.zip(parts) {
            let length = place.len() - 1;
            digits(part.unsigned_abs(), place.split_at_mut(length).0);
        }
    }
}

/// Fill a place with decimal digits, zeros in front.
#[inline]
fn digits(value: u64, place: &mut [u8]) {
    let mut rest = value;
    for digit in place.iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
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
