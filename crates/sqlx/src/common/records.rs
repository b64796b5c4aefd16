//! How records are read from their rows. A record that can't be read is an error, and never left out.

use std::sync::Arc;

use tower_sso_core::{
    LookupError,
    audit::AuditRecord,
    connection::ConnectionRecord,
    session::SsoSession,
    store::{ClaimKind, JoinLink},
};

use crate::common::time::time;

pub(crate) fn read_session(record: &str) -> Result<Arc<SsoSession>, LookupError> {
    let session = serde_json::from_str(record);
    Ok(Arc::new(
        session.map_err(|error| LookupError::new(format!("a stored SSO session can't be read: {error}")))?,
    ))
}

pub(crate) fn read_join_link((record, uses): (String, i64)) -> Result<JoinLink, LookupError> {
    let mut link: JoinLink = serde_json::from_str(&record)
        .map_err(|error| LookupError::new(format!("a stored join link can't be read: {error}")))?;
    link.uses = u64::try_from(uses)?;
    Ok(link)
}

pub(crate) fn read_audit(record: &str) -> Result<AuditRecord, LookupError> {
    serde_json::from_str(record)
        .map_err(|error| LookupError::new(format!("a stored audit record can't be read: {error}")))
}

/// Organization, number, when, by whom, and the sealed settings.
pub(crate) type ConnectionRow = (String, i64, i64, Option<String>, Vec<u8>);

pub(crate) fn read_connection(
    (organization, number, changed_at, changed_by, sealed): ConnectionRow,
) -> Result<ConnectionRecord, LookupError> {
    let (number, changed_by) = (u64::try_from(number)?, changed_by.map(Into::into));
    Ok(ConnectionRecord::new(organization.into(), number, time(changed_at), changed_by, sealed))
}

/// Returns the name of a kind in the database.
pub(crate) fn kind_name(kind: ClaimKind) -> &'static str {
    match kind {
        ClaimKind::Replay => "replay",
        ClaimKind::Notice => "notice",
    }
}
