//! Times as milliseconds since 1970.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Returns whole milliseconds, rounded down.
pub(crate) fn millis(at: SystemTime) -> i64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Returns whole milliseconds, rounded up: an end never comes early.
pub(crate) fn millis_up(at: SystemTime) -> i64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos().div_ceil(1_000_000)).unwrap_or(i64::MAX)
}

/// Returns the time of this many milliseconds.
pub(crate) fn time(millis: i64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(u64::try_from(millis).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_rounded_up_and_a_beginning_down() {
        let at = UNIX_EPOCH + Duration::from_micros(1_500);
        assert_eq!((millis(at), millis_up(at)), (1, 2));
        assert_eq!(time(2), UNIX_EPOCH + Duration::from_millis(2));
        let before = UNIX_EPOCH - Duration::from_secs(1);
        assert_eq!((millis(before), millis_up(before), time(-1)), (0, 0, UNIX_EPOCH));
    }
}
