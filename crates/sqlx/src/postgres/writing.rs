//! A transaction that writes.

use sqlx::{PgConnection, PgPool, Postgres, Transaction};
use tower_sso_core::LookupError;

use crate::postgres::errors::lookup_error;

/// A transaction that writes. If it is dropped before its end, because nobody waits for the call any more, nothing of it
/// is written.
pub(crate) struct Writing(Transaction<'static, Postgres>);

impl Writing {
    pub(crate) async fn begin(pool: &PgPool) -> Result<Self, LookupError> {
        // The locks order what the statements see: each of them must see what was committed before it began.
        let begun = pool.begin_with("begin isolation level read committed read write").await;
        begun.map(Self).map_err(|error| lookup_error(&error))
    }

    pub(crate) fn connection(&mut self) -> &mut PgConnection {
        &mut self.0
    }

    /// Commits if there is an answer, and otherwise undoes everything.
    pub(crate) async fn end<T>(self, answer: Result<T, LookupError>) -> Result<T, LookupError> {
        match answer {
            Ok(answer) => {
                self.0.commit().await.map_err(|error| lookup_error(&error))?;
                Ok(answer)
            }
            Err(error) => {
                // The error of the call is the one that matters.
                drop(self.0.rollback().await);
                Err(error)
            }
        }
    }
}
