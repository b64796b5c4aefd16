//! [`DirectoryFindings`]: what is wrong with a directory, in sentences.

use std::fmt;

/// What [`DirectoryCheck::run`](crate::testing::DirectoryCheck::run) found. Each finding is a sentence that says what
/// was found and what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryFindings(Vec<String>);

impl DirectoryFindings {
    /// Returns the findings as an error, if there are any.
    pub(crate) fn result(sentences: Vec<String>) -> Result<(), Self> {
        if sentences.is_empty() { Ok(()) } else { Err(Self(sentences)) }
    }

    /// Returns the sentences.
    pub fn sentences(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// Formats one sentence in each line.
impl fmt::Display for DirectoryFindings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for DirectoryFindings {}
