//! The audit events for SSO sessions that were ended.

use std::{collections::BTreeMap, time::SystemTime};

use tower_sso_core::{LookupError, session::RevocationScope, store::RevokeOutcome};

use crate::audit::{action::Action, event::AuditEvent, reference::Reference, request::AuditedConnection};

/// Returns the events for a revocation. If the store reports which sessions ended, there is one event for each
/// organization, account and connection, because the sessions of an account or a credential may be in several
/// organizations.
pub(crate) fn ended(
    at: SystemTime,
    scope: RevocationScope,
    revoked: &RevokeOutcome,
) -> Result<Vec<AuditEvent>, LookupError> {
    let name = scope.name();
    let event = |count| -> Result<AuditEvent, LookupError> {
        Ok(AuditEvent::new(at, Reference::new()?, Action::SessionRevoked { scope: name, count }))
    };
    let mut whole = event(revoked.count)?;
    // Sessions that the provider ended all belong to one organization, and are reported to the host. One event covers
    // them.
    let together = matches!(scope, RevocationScope::Idp { .. });
    (whole.organization, whole.account, whole.credential) = match scope {
        RevocationScope::Credential(credential) => (None, None, Some(credential)),
        RevocationScope::Account(account) | RevocationScope::OtherEmails { account, .. } => {
            (None, Some(account), None)
        }
        RevocationScope::Member(organization, account) => (Some(organization), Some(account), None),
        RevocationScope::Session { organization, account, credential } => {
            (Some(organization), Some(account), Some(credential))
        }
        RevocationScope::Organization(organization) | RevocationScope::Idp { organization, .. } => {
            (Some(organization), None, None)
        }
        // A scope that is newer than this code names nobody.
        _ => (None, None, None),
    };
    if together || revoked.sessions.is_empty() {
        return Ok(vec![whole]);
    }
    let mut each = BTreeMap::new();
    for session in &revoked.sessions {
        let of = (&session.organization, &session.account, session.connection.to_string());
        let (count, _) = each.entry(of).or_insert((0, session));
        *count += 1;
    }
    let told = each.into_values().map(|(count, session)| {
        let mut event = event(count)?.organization(&session.organization).account(&session.account);
        event.credential = whole.credential.clone();
        event.connection = Some(AuditedConnection::from(&**session));
        Ok(event)
    });
    told.collect()
}
