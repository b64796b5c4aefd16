//! A transaction that writes.
//!
//! The transactions of sqlx are not used. If a statement fails because the disk is full, SQLite itself undoes the
//! transaction; sqlx then can't undo it again, and the connection is of no use from then on.

use sqlx::{Sqlite, SqliteConnection, pool::PoolConnection};
use tokio::{runtime::Handle, sync::OwnedMutexGuard};
use tower_sso_core::LookupError;

use crate::sqlite::errors::lookup_error;

/// A transaction that writes. If it is dropped before its end, because nobody waits for the call any more, nothing of it
/// is written.
pub(crate) struct Writing(Option<Open>);

struct Open {
    connection: PoolConnection<Sqlite>,
    /// The next writer of this process begins when this one has ended.
    turn: OwnedMutexGuard<()>,
}

impl Writing {
    pub(crate) async fn begin(
        connection: PoolConnection<Sqlite>,
        turn: OwnedMutexGuard<()>,
    ) -> Result<Self, LookupError> {
        let mut writing = Self(Some(Open { connection, turn }));
        execute(writing.connection()?, "begin immediate").await?;
        Ok(writing)
    }

    pub(crate) fn connection(&mut self) -> Result<&mut SqliteConnection, LookupError> {
        let open = self.0.as_mut().ok_or_else(|| LookupError::new("the transaction has ended"))?;
        Ok(&mut open.connection)
    }

    /// Commits if there is an answer, and otherwise undoes everything.
    pub(crate) async fn end<T>(mut self, answer: Result<T, LookupError>) -> Result<T, LookupError> {
        let answer = answer?;
        execute(self.connection()?, "commit").await?;
        self.0 = None;
        Ok(answer)
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        let Some(Open { mut connection, turn }) = self.0.take() else { return };
        match Handle::try_current() {
            // It fails if SQLite has undone the transaction.
            Ok(runtime) => drop(runtime.spawn(async move {
                drop(execute(&mut connection, "rollback").await);
                drop((connection, turn));
            })),
            // A connection that is closed undoes its transaction.
            Err(_) => drop(connection.detach()),
        }
    }
}

async fn execute(connection: &mut SqliteConnection, statement: &'static str) -> Result<(), LookupError> {
    sqlx::query(statement).execute(connection).await.map(drop).map_err(|error| lookup_error(&error))
}
