//! Ticks of an interface's clock to nanoseconds since 1970: exactly, whatever the resolution.

const NS: i128 = 1_000_000_000;
/// Ten to this power is more than 64 bits can count.
const MAX_DIVISOR: u32 = 19;

/// The options `if_tsresol` and `if_tsoffset` of an interface.
#[derive(Clone, Copy)]
pub(super) struct Clock {
    unit: Unit,
    /// Added to every time, ns.
    offset: i128,
}

#[derive(Clone, Copy)]
enum Unit {
    /// So many ns a tick: down to 10^-9 s.
    Multiple(u64),
    /// So many ticks a ns: finer than 10^-9 s.
    Divisor(u64),
    /// 2^-n s.
    Binary(u32),
    /// So fine that 64 bits do not make a nanosecond.
    Nothing,
}

impl Clock {
    /// A clock.
    ///
    /// # Arguments
    ///
    /// * `resolution` - as it stands in `if_tsresol`: a negative power of ten, or, with the
    ///   highest bit set, of two.
    /// * `offset` - as it stands in `if_tsoffset`, in seconds.
    pub(super) fn new(resolution: u8, offset: i64) -> Self {
        let exponent = u32::from(resolution & 0x7f);
        let unit = if resolution & 0x80 != 0 {
            Unit::Binary(exponent)
        } else if exponent <= 9 {
            Unit::Multiple(10_u64.pow(9 - exponent))
        } else if exponent - 9 <= MAX_DIVISOR {
            Unit::Divisor(10_u64.pow(exponent - 9))
        } else {
            Unit::Nothing
        };
        Self { unit, offset: i128::from(offset) * NS }
    }

    /// Nanoseconds since 1970, within 0 and the largest time that there is.
    #[inline]
    pub(super) fn time(self, ticks: u64) -> i64 {
        if self.offset == 0
            && let Unit::Multiple(factor) = self.unit
        {
            let time = ticks.saturating_mul(factor);
            return i64::try_from(time).unwrap_or(i64::MAX);
        }
        self.exactly(ticks)
    }

    fn exactly(self, ticks: u64) -> i64 {
        let ticks = i128::from(ticks);
        let time = match self.unit {
            Unit::Multiple(factor) => ticks * i128::from(factor),
            Unit::Divisor(divisor) => ticks / i128::from(divisor),
            Unit::Binary(exponent) => (ticks * NS) >> exponent,
            Unit::Nothing => 0,
        };
        i64::try_from((time + self.offset).max(0)).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_ten_are_exact() {
        for (resolution, ticks, time) in [
            (0, 7, 7_000_000_000),
            (3, 7, 7_000_000),
            (6, 1_700_000_000_123_456, 1_700_000_000_123_456_000),
            (9, 7, 7),
            (12, 7_999, 7),
            (28, 10_000_000_000_000_000_000, 1),
            (29, u64::MAX, 0),
            (127, u64::MAX, 0),
        ] {
            assert_eq!(Clock::new(resolution, 0).time(ticks), time, "10^-{resolution}");
        }
    }

    #[test]
    fn powers_of_two_are_exact() {
        for (exponent, ticks, time) in [
            (0, 3, 3_000_000_000),
            (10, 1536, 1_500_000_000),
            (63, 1 << 63, 1_000_000_000),
            (127, u64::MAX, 0),
        ] {
            assert_eq!(Clock::new(0x80 | exponent, 0).time(ticks), time, "2^-{exponent}");
        }
    }

    #[test]
    fn the_offset_is_in_seconds_and_may_be_negative() {
        assert_eq!(Clock::new(6, 10).time(5), 10_000_005_000);
        assert_eq!(Clock::new(6, -1).time(1_500_000), 500_000_000);
    }

    #[test]
    fn times_stay_within_their_type() {
        assert_eq!(Clock::new(6, -10).time(5), 0);
        assert_eq!(Clock::new(6, i64::MIN).time(0), 0);
        assert_eq!(Clock::new(0, 0).time(u64::MAX), i64::MAX);
        assert_eq!(Clock::new(6, i64::MAX).time(u64::MAX), i64::MAX);
    }
}
