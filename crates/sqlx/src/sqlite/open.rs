//! Opens the database.

use std::{fmt, fs, io, path::Path, time::Duration};

use sqlx::{
    SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::sqlite::errors::described;

/// How long a call waits for another process that writes. It is less than the time that tower-sso waits for a lookup.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

/// How many connections read at the same time.
const CONNECTIONS: u32 = 8;

/// Opens a file with a pool of connections. Creates the file if it does not exist.
pub(crate) async fn pool(path: &Path) -> Result<SqlitePool, OpenError> {
    create_private(path).map_err(|error| OpenError::File { path: path.display().to_string(), error })?;
    // sqlx sets the busy timeout before it runs any statement.
    let options = SqliteConnectOptions::new()
        .filename(path)
        .busy_timeout(BUSY_TIMEOUT)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true);
    Ok(SqlitePoolOptions::new().max_connections(CONNECTIONS).connect_with(options).await?)
}

/// Creates the file, readable by its owner alone, if it does not exist. SQLite gives its other files the same
/// permissions.
fn create_private(path: &Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Why a database was not opened.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// The file can't be created.
    #[non_exhaustive]
    File {
        /// The path of the file.
        path: String,
        /// What went wrong.
        error: io::Error,
    },
    /// The database failed.
    Database(sqlx::Error),
    /// The key file can't be used.
    #[non_exhaustive]
    KeyFile {
        /// The path of the file.
        path: String,
        /// What was expected and found.
        problem: String,
    },
    /// A later version of this crate has migrated the database.
    #[non_exhaustive]
    Newer {
        /// The version of the tables that were found.
        found: i64,
        /// The latest version that this crate knows.
        known: i64,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, error } => write!(f, "{path} can't be created: {error}"),
            Self::Database(error) => f.write_str(&described(error)),
            Self::KeyFile { path, problem } => write!(f, "{path}: {problem}"),
            Self::Newer { found, known } => write!(
                f,
                "a later version of tower-sso-sqlx wrote the database: expected tables of version {known} at most, \
                 found {found}"
            ),
        }
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::File { error, .. } => Some(error),
            Self::Database(error) => Some(error),
            Self::KeyFile { .. } | Self::Newer { .. } => None,
        }
    }
}

impl From<sqlx::Error> for OpenError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}
