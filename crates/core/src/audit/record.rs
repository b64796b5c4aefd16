//! [`AuditRecord`]: what a log keeps of an event.

use std::{collections::BTreeMap, time::SystemTime};

use serde::{Deserialize, Serialize};

use crate::{
    credential::CredentialKind,
    id::{AccountId, OrgId},
    protocol::Protocol,
};

/// One event, as a log keeps it. It contains no secret, no code and no token.
///
/// The serialized form is kept: later versions read what earlier ones wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuditRecord {
    /// When it happened.
    #[serde(rename = "at", with = "crate::time::millis")]
    pub at: SystemTime,
    /// The reference that the visitor's page shows, if there was a page.
    #[serde(rename = "reference")]
    pub reference: String,
    /// The stable name of what happened, such as `login.finished`.
    #[serde(rename = "name")]
    pub name: String,
    /// How bad it is.
    #[serde(rename = "level")]
    pub level: AuditLevel,
    /// The organization, if it was known.
    #[serde(rename = "organization", default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<OrgId>,
    /// The account that it happened to, if it was known.
    #[serde(rename = "account", default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountId>,
    /// The account that acted, if it is another one.
    #[serde(rename = "actor", default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<AccountId>,
    /// The digest of the id of the credential that the event is about.
    #[serde(rename = "credential", default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
    /// The kind of that credential.
    #[serde(rename = "credential_kind", default, skip_serializing_if = "Option::is_none")]
    pub credential_kind: Option<CredentialKind>,
    /// The protocol of the connection.
    #[serde(rename = "protocol", default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<Protocol>,
    /// The version of the connection.
    #[serde(rename = "version", default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The network that the request came from, such as `192.0.2.0/24`.
    #[serde(rename = "network", default, skip_serializing_if = "Option::is_none")]
    pub network: Option<String>,
    /// What else is known, by name, such as the kind of a refusal and its cause.
    #[serde(rename = "details", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub details: BTreeMap<String, String>,
}

impl AuditRecord {
    /// Returns a record about nobody.
    #[must_use]
    pub fn new(
        at: SystemTime,
        reference: impl Into<String>,
        name: impl Into<String>,
        level: AuditLevel,
    ) -> Self {
        Self {
            at,
            reference: reference.into(),
            name: name.into(),
            level,
            organization: None,
            account: None,
            actor: None,
            credential: None,
            credential_kind: None,
            protocol: None,
            version: None,
            network: None,
            details: BTreeMap::new(),
        }
    }
}

/// How bad an event is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum AuditLevel {
    /// It is as it should be.
    #[serde(rename = "info")]
    Info,
    /// Somebody was refused, or something needs attention.
    #[serde(rename = "warning")]
    Warning,
    /// Something failed.
    #[serde(rename = "error")]
    Error,
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn the_kept_form_does_not_change() {
        let at = UNIX_EPOCH + Duration::from_millis(1_500);
        let mut record = AuditRecord::new(at, "r", "login.refused", AuditLevel::Warning);
        let short = r#"{"at":1500,"reference":"r","name":"login.refused","level":"warning"}"#;
        assert_eq!(serde_json::to_string(&record).unwrap(), short);
        assert_eq!(serde_json::from_str::<AuditRecord>(short).unwrap(), record);
        record.organization = Some("1".into());
        record.account = Some("ada".into());
        record.actor = Some("root".into());
        record.credential = Some("AQEB".to_owned());
        record.credential_kind = Some(CredentialKind::Token);
        record.protocol = Some(Protocol::Saml);
        record.version = Some("AgIC".to_owned());
        record.network = Some("192.0.2.0/24".to_owned());
        record.details.insert("kind".to_owned(), "state_used".to_owned());
        let kept = serde_json::to_string(&record).unwrap();
        let expected = r#"{"at":1500,"reference":"r","name":"login.refused","level":"warning","organization":"1","account":"ada","actor":"root","credential":"AQEB","credential_kind":"token","protocol":"saml","version":"AgIC","network":"192.0.2.0/24","details":{"kind":"state_used"}}"#;
        assert_eq!(kept, expected);
        assert_eq!(serde_json::from_str::<AuditRecord>(&kept).unwrap(), record);
    }
}
