//! Errors that the person who starts the hub must fix.

use std::fmt;

use tower_sso::ConfigError;

/// An error that prevents the hub from starting: its place, what was expected, and what was found.
#[derive(Debug)]
pub(crate) struct Problem {
    place: String,
    sentence: String,
}

impl Problem {
    pub(crate) fn new(place: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self { place: place.into(), sentence: sentence.into() }
    }

    /// Returns whether the place is an option of the command line. Then no file is its place.
    pub(crate) fn is_about_option(&self) -> bool {
        self.place.starts_with("--")
    }

    /// Adds a place in front, such as the file before a field.
    pub(crate) fn within(mut self, outer: impl fmt::Display) -> Self {
        self.place = format!("{outer}: {}", self.place);
        self
    }

    /// Returns an error in the table `connection[index]`, or in `test_idp[index]`.
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
