//! The errors of the database, in words.

use sqlx::Error;
use tower_sso_core::LookupError;

/// Returns the error of a call, for the operator.
pub(crate) fn lookup_error(error: &Error) -> LookupError {
    LookupError::new(described(error))
}

/// Says what was found: for the codes that an operator can mend, and PostgreSQL's own words.
pub(crate) fn described(error: &Error) -> String {
    let code = error.as_database_error().and_then(|error| error.code());
    let what = match (error, code.as_deref()) {
        (_, Some("25006")) => "the PostgreSQL database accepts no writes: it is a replica, or read-only",
        (_, Some("28000" | "28P01")) => "PostgreSQL refused the user or the password",
        (_, Some("3D000")) => "the PostgreSQL database does not exist",
        (_, Some("42501")) => "the PostgreSQL user may not do this",
        (_, Some("53100")) => "the disk of PostgreSQL is full",
        (_, Some("53300")) => "PostgreSQL has too many connections",
        (_, Some("55P03")) => "another transaction holds a lock in PostgreSQL for too long",
        (_, Some("57P01" | "57P02" | "57P03")) => "PostgreSQL is shutting down or starting",
        (Error::PoolTimedOut, _) => "no connection to PostgreSQL was free in time",
        (Error::Io(_), _) => "the connection to PostgreSQL failed",
        _ => "PostgreSQL failed",
    };
    format!("{what}: {error}")
}
