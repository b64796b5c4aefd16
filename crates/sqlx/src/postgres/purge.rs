//! Housekeeping: drops what has expired.

use std::time::SystemTime;

use sqlx::PgConnection;
use tower_sso_core::LookupError;

use crate::{
    common::purged::Purged,
    postgres::{claims, marks, sessions, values},
};

/// Drops at most `most` expired rows of each kind.
pub(crate) async fn expired(
    writing: &mut PgConnection,
    now: SystemTime,
    most: u32,
) -> Result<Purged, LookupError> {
    Ok(Purged {
        sessions: sessions::sweep(writing, now, most).await?,
        marks: marks::sweep(writing, now, most).await?,
        values: values::purge(writing, now, most).await?,
        claims: claims::purge(writing, now, most).await?,
    })
}
