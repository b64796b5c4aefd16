//! Small parts that several pages use.

use std::time::{Duration, SystemTime};

use maud::{Markup, html};

use crate::model::{Organization, Repository, Visibility};

/// Formats a time to the minute.
pub(super) fn when(at: SystemTime) -> Markup {
    let exact = humantime::format_rfc3339_seconds(at).to_string();
    let shown = exact.get(..16).unwrap_or(&exact).replace('T', " ");
    html! { time datetime=(exact) { (shown) " UTC" } }
}

/// Formats the remaining time, in its two largest units: `6 days 23 h`.
pub(super) fn lasts(until: SystemTime, now: SystemTime) -> String {
    length(until.duration_since(now).unwrap_or(Duration::ZERO))
}

/// Formats a duration in its two largest units.
pub(super) fn length(length: Duration) -> String {
    let seconds = length.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => "less than a minute".to_owned(),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (1, 0, _) => "1 day".to_owned(),
        (1, hours, _) => format!("1 day {hours} h"),
        (days, 0, _) => format!("{days} days"),
        (days, hours, _) => format!("{days} days {hours} h"),
    }
}

pub(super) fn visibility(visibility: Visibility) -> Markup {
    let class = match visibility {
        Visibility::Public => "tag",
        Visibility::Private => "tag private",
    };
    html! { span class=(class) { (visibility.name()) } }
}

/// Renders a list of repositories, each with its organization.
pub(super) fn repositories<'a>(all: impl Iterator<Item = (&'a Organization, &'a Repository)>) -> Markup {
    html! {
        ul.repositories {
            @for (organization, repository) in all {
                li {
                    a href={ "/" (organization.slug) "/" (repository.name) } {
                        span.owner { (organization.slug) "/" } (repository.name)
                    }
                    (visibility(repository.visibility))
                    @if !repository.description.is_empty() { p { (repository.description) } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remaining_time_is_shown_in_at_most_two_units() {
        let now = SystemTime::now();
        for (seconds, expected) in [
            (0, "less than a minute"),
            (60, "1 min"),
            (3_600, "1 h"),
            (3_660, "1 h 1 min"),
            (86_400 + 3_600, "1 day 1 h"),
            (7 * 86_400, "7 days"),
            (7 * 86_400 - 1, "6 days 23 h"),
        ] {
            assert_eq!(lasts(now + Duration::from_secs(seconds), now), expected);
        }
        assert_eq!(lasts(now, now + Duration::from_secs(9)), "less than a minute");
    }
}
