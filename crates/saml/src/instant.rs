//! Parses times and durations as SAML uses them: `xs:dateTime` in UTC (SAML core §1.3.3), and `xs:duration`.
//!
//! Any text of another form gives `None`, and never a guess.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Parses a time. It may end with `Z`; without a time zone it is in UTC, as SAML defines. An offset is accepted too,
/// because some providers send one and its meaning is clear. Returns `None` for everything else: other calendars, years
/// of more than four digits, leap seconds, and white space.
pub(crate) fn parse(text: &str) -> Option<SystemTime> {
    let (date, rest) = text.split_at_checked(10)?;
    let (time, rest) = rest.strip_prefix('T')?.split_at_checked(8)?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
    if !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) || year == 0 {
        return None;
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let (nanos, zone) = fraction(rest)?;
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    let seconds = seconds.checked_sub(offset(zone)?)?;
    let whole = Duration::from_secs(seconds.unsigned_abs());
    let at = if seconds < 0 { UNIX_EPOCH.checked_sub(whole) } else { UNIX_EPOCH.checked_add(whole) };
    at?.checked_add(Duration::from_nanos(nanos))
}

/// Parses three fields with exactly these numbers of digits, between separators.
fn numbers(text: &str, separator: char, widths: [usize; 3]) -> Option<[i64; 3]> {
    let mut fields = text.split(separator);
    let mut out = [0; 3];
    for (slot, width) in out.iter_mut().zip(widths) {
        let field = fields.next()?;
        if field.len() != width {
            return None;
        }
        *slot = digits(field)?;
    }
    fields.next().is_none().then_some(out)
}

fn digits(text: &str) -> Option<i64> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// Returns the fraction of a second in nanoseconds, truncated, and the text after it.
fn fraction(text: &str) -> Option<(u64, &str)> {
    let Some(rest) = text.strip_prefix('.') else { return Some((0, text)) };
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, zone) = rest.split_at_checked(end)?;
    if digits.is_empty() {
        return None;
    }
    let nanos: String = digits.chars().chain("000000000".chars()).take(9).collect();
    Some((nanos.parse().ok()?, zone))
}

/// Returns the time zone's offset from UTC, in seconds.
fn offset(zone: &str) -> Option<i64> {
    if matches!(zone, "" | "Z") {
        return Some(0);
    }
    let (sign, rest) = match zone.strip_prefix('+') {
        Some(rest) => (1, rest),
        None => (-1, zone.strip_prefix('-')?),
    };
    let (hours, minutes) = rest.split_once(':')?;
    if hours.len() != 2 || minutes.len() != 2 {
        return None;
    }
    let (hours, minutes) = (digits(hours)?, digits(minutes)?);
    let fits = (hours < 14 && minutes < 60) || (hours == 14 && minutes == 0);
    fits.then_some(sign * (hours * 3600 + minutes * 60))
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Returns the number of days since 1970-01-01 in the Gregorian calendar. Years are counted from March: in this way a
/// leap day is the last day of its year.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    365 * year + year / 4 - year / 100 + year / 400 + day_of_year - 719_468
}

/// Parses an `xs:duration` (SAML metadata §2.3.1 `cacheDuration`). A year counts as 365 days and a month as 30. Returns
/// `None` for a negative duration and for text that is not a duration.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let rest = text.strip_prefix('P')?;
    let (date, time) = match rest.split_once('T') {
        Some((_, "")) => return None,
        Some((date, time)) => (date, time),
        None => (rest, ""),
    };
    if date.is_empty() && time.is_empty() {
        return None;
    }
    let date = sum(date, &[('Y', 365 * 86_400), ('M', 30 * 86_400), ('D', 86_400)])?;
    Some(Duration::from_secs(date.checked_add(sum(time, &[('H', 3600), ('M', 60), ('S', 1)])?)?))
}

/// Adds up numbers, each followed by its unit, in the order of the units. A fraction is truncated.
fn sum(mut text: &str, units: &[(char, u64)]) -> Option<u64> {
    let mut total = 0_u64;
    for (unit, seconds) in units {
        let Some((number, rest)) = text.split_once(*unit) else { continue };
        let whole = match number.split_once('.') {
            Some((whole, fraction)) if *unit == 'S' => {
                digits(fraction)?;
                whole
            }
            Some(_) => return None,
            None => number,
        };
        let number = u64::try_from(digits(whole)?).ok()?;
        total = total.checked_add(number.checked_mul(*seconds)?)?;
        text = rest;
    }
    text.is_empty().then_some(total)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn times_are_read_in_the_forms_that_providers_write() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", at(0)),
            ("2026-05-28T20:26:40Z", at(1_780_000_000)),
            ("2026-05-28T20:26:40", at(1_780_000_000)),
            ("2026-05-28T22:26:40+02:00", at(1_780_000_000)),
            ("2026-05-28T06:26:40-14:00", at(1_780_000_000)),
            ("2026-05-28T20:26:40.5Z", at(1_780_000_000) + Duration::from_millis(500)),
            ("2026-05-28T20:26:40.1234567Z", at(1_780_000_000) + Duration::from_nanos(123_456_700)),
            ("2026-05-28T20:26:40.1234567899999Z", at(1_780_000_000) + Duration::from_nanos(123_456_789)),
            ("2024-02-29T00:00:00Z", at(1_709_164_800)),
            ("2000-02-29T23:59:59Z", at(951_868_799)),
            ("9999-12-31T23:59:59Z", at(253_402_300_799)),
            ("1969-12-31T23:59:59Z", UNIX_EPOCH - Duration::from_secs(1)),
            ("0001-01-01T00:00:00Z", UNIX_EPOCH - Duration::from_secs(62_135_596_800)),
        ] {
            assert_eq!(parse(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn anything_but_a_time_in_utc_is_refused() {
        for text in [
            "",
            "Z",
            "2026",
            "2026-05-28",
            "2026-05-28Z",
            "2026-05-28 20:26:40Z",
            "2026-05-28t20:26:40Z",
            "2026-05-28T20:26:40z",
            "2026-05-28T20:26Z",
            "2026-05-28T20:26:40.Z",
            "2026-05-28T20:26:40,5Z",
            " 2026-05-28T20:26:40Z",
            "2026-05-28T20:26:40Z ",
            "2026-05-28T20:26:40ZZ",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-01-00T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2100-02-29T00:00:00Z",
            "2026-04-31T00:00:00Z",
            "2026-05-28T24:00:00Z",
            "2026-05-28T20:60:00Z",
            "2026-05-28T20:26:60Z",
            "0000-01-01T00:00:00Z",
            "-2026-05-28T20:26:40Z",
            "99999-05-28T20:26:40Z",
            "+026-05-28T20:26:40Z",
            "2026-5-28T20:26:40Z",
            "20260528T202640Z",
            "2026-05-28T20:26:40+14:01",
            "2026-05-28T20:26:40+2:00",
            "2026-05-28T20:26:40+0200",
            "2026-05-28T20:26:40+02:60",
            "2026-05-28T2\u{0660}:26:40Z",
            "1780000000",
            "2026-05-28T20:26:40Z\0",
            "２０２６-05-28T20:26:40Z",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn durations_are_summed_and_bounded() {
        for (text, seconds) in [
            ("PT1H", Some(3600)),
            ("P1D", Some(86_400)),
            ("PT604800S", Some(604_800)),
            ("PT1.5S", Some(1)),
            ("P1DT2H3M4S", Some(93_784)),
            ("P1M", Some(2_592_000)),
            ("PT1M", Some(60)),
            ("P0D", Some(0)),
            ("", None),
            ("P", None),
            ("PT", None),
            ("P1DT", None),
            ("1H", None),
            ("-PT1H", None),
            ("PT1", None),
            ("PT1S1H", None),
            ("P1.5D", None),
            ("PT99999999999999999999S", None),
            ("P9223372036854775807Y", None),
            ("PT-1H", None),
            ("PT1H ", None),
        ] {
            assert_eq!(duration(text).map(|duration| duration.as_secs()), seconds, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn parsing_a_time_never_panics(text in "\\PC{0,40}", near in "[0-9+.:TZ-]{0,40}") {
            for text in [text, near] {
                let _ = (parse(&text), duration(&text));
            }
        }

        #[test]
        fn a_written_time_is_read_back_unchanged(seconds in 0_u64..253_370_764_800) {
            prop_assert_eq!(parse(&tower_sso_core::internal::rfc3339(at(seconds))), Some(at(seconds)));
        }
    }
}
