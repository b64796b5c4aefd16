//! What the person who starts the hub has to mend.

use std::fmt;

use tower_sso::ConfigError;

/// Something that keeps the hub from starting: where it stands, what was expected, what was found.
#[derive(Debug)]
pub(crate) struct Problem {
    place: String,
    sentence: String,
}

impl Problem {
    pub(crate) fn new(place: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self { place: place.into(), sentence: sentence.into() }
    }

    /// Puts a place in front: a file before a field.
    pub(crate) fn within(mut self, outer: impl fmt::Display) -> Self {
        self.place = format!("{outer}: {}", self.place);
        self
    }

    /// A mistake in the table `connection[index]`, or in `test_idp[index]`.
    pub(crate) fn of_table(table: &str, error: &ConfigError) -> Self {
        let field = error.field().trim_start_matches("connection").trim_start_matches('.');
        let place = if field.is_empty() { table.to_owned() } else { format!("{table}.{field}") };
        let organization = error.organization().map(|it| format!(" (organization {it:?})"));
        Self::new(place, format!("{}{}", error.problem(), organization.unwrap_or_default()))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.sentence)
    }
}
