//! The sealed form of a change. Its context is the place of the record: a record that is moved to another organization, or
//! to another number, does not open.

use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use tower_sso_core::{AccountId, LookupError, OrgId, connection::ConnectionRecord, keys::KeyRing};

use crate::connection::stored::changes::FieldChange;

const LABEL: &str = "connection";

/// What a record says.
// No `Debug`: the document has secrets.
#[derive(Serialize, Deserialize)]
pub(crate) struct Contents {
    /// The settings as TOML, or `None` if the connection was removed.
    #[serde(rename = "document")]
    pub(crate) document: Option<String>,
    #[serde(rename = "changes")]
    pub(crate) changes: Vec<FieldChange>,
}

/// Returns a sealed record.
pub(crate) fn seal(
    keys: &KeyRing,
    place: (&OrgId, u64),
    when: (SystemTime, Option<&AccountId>),
    contents: &Contents,
) -> Result<ConnectionRecord, LookupError> {
    let ((organization, number), (at, by)) = (place, when);
    let mut record = ConnectionRecord::new(organization.clone(), number, at, by.cloned(), Vec::new());
    let bytes = serde_json::to_vec(contents)?;
    record.sealed = with_context(&record, |context| keys.seal(LABEL, context, &bytes))?;
    Ok(record)
}

/// Opens a record.
pub(crate) fn open(keys: &KeyRing, record: &ConnectionRecord) -> Result<Contents, LookupError> {
    let opened = with_context(record, |context| keys.open(LABEL, context, &record.sealed));
    let opened = opened.map_err(|error| {
        let number = record.number;
        LookupError::new(format!("change {number} of the connection of {}: {error}", record.organization))
    })?;
    Ok(serde_json::from_slice(&opened)?)
}

/// Returns the bytes sealed again with the current key, if another key sealed them.
pub(crate) fn reseal(keys: &KeyRing, record: &ConnectionRecord) -> Result<Option<Vec<u8>>, LookupError> {
    with_context(record, |context| keys.reseal(LABEL, context, &record.sealed))
}

fn with_context<T>(record: &ConnectionRecord, then: impl FnOnce(&[&str]) -> T) -> T {
    let number = record.number.to_string();
    let since = record.changed_at.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis().to_string();
    let by = record.changed_by.as_ref().map(AccountId::as_str);
    let context = [Some(record.organization.as_str()), Some(&number), Some(&since), by];
    then(&context.into_iter().flatten().collect::<Vec<_>>())
}
