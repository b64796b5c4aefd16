//! The errors of the database, in words.

use sqlx::Error;
use tower_sso_core::LookupError;

/// Returns the error of a call, for the operator.
pub(crate) fn lookup_error(error: &Error) -> LookupError {
    LookupError::new(described(error))
}

/// Says what was found: the name of the result code for the codes that an operator can mend, and SQLite's own words.
pub(crate) fn described(error: &Error) -> String {
    let code =
        error.as_database_error().and_then(|error| error.code()).and_then(|code| code.parse::<u32>().ok());
    // The lower byte is the primary result code.
    let what = match code.map(|code| code & 0xff) {
        Some(5 | 6) => "the SQLite database is locked by another process",
        Some(8) => "the SQLite database can't be written",
        Some(10) => "reading or writing the SQLite file failed",
        Some(11) => "the SQLite database is damaged",
        Some(13) => "the disk, or the SQLite database, is full",
        Some(14) => "the SQLite file can't be opened",
        Some(26) => "the file is not a SQLite database",
        _ => "the SQLite database failed",
    };
    format!("{what}: {error}")
}
