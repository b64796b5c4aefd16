//! Connects to the database.

use std::{fmt, str::FromStr as _, time::Duration};

use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::postgres::errors::described;

/// How many connections a node has.
const CONNECTIONS: u32 = 16;
/// How long a call waits for a free connection. It is less than the time that tower-sso waits for a lookup.
const PATIENCE: Duration = Duration::from_secs(2);

/// Connects with a pool of connections.
pub(crate) async fn pool(url: &str) -> Result<PgPool, PostgresError> {
    let options = PgConnectOptions::from_str(url)?.application_name("tower-sso").options([
        // A lock that another node holds makes a call fail, and does not make it wait for ever.
        ("lock_timeout", "2s"),
        ("statement_timeout", "10s"),
        // A node that is gone, and whose connection nobody closed, holds its locks no longer than this.
        ("idle_in_transaction_session_timeout", "5s"),
        ("tcp_keepalives_idle", "5"),
        ("tcp_keepalives_interval", "2"),
        ("tcp_keepalives_count", "3"),
    ]);
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(PATIENCE);
    Ok(pool.connect_with(options).await?)
}

/// Why a PostgreSQL database was not opened.
#[derive(Debug)]
#[non_exhaustive]
pub enum PostgresError {
    /// The database failed.
    Database(sqlx::Error),
    /// The database is a replica: what is written elsewhere arrives there late.
    Replica,
    /// A later version of this crate migrated the tables.
    #[non_exhaustive]
    Newer {
        /// The version of the tables.
        found: i64,
        /// The latest version that this crate knows.
        known: i64,
    },
}

impl fmt::Display for PostgresError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(error) => f.write_str(&described(error)),
            Self::Replica => f.write_str("expected the primary PostgreSQL server, found a replica"),
            Self::Newer { found, known } => write!(
                f,
                "a later version of tower-sso-sqlx wrote the database: expected tables of version {known} at most, \
                 found {found}"
            ),
        }
    }
}

impl std::error::Error for PostgresError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Database(error) => Some(error),
            Self::Replica | Self::Newer { .. } => None,
        }
    }
}

impl From<sqlx::Error> for PostgresError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}
