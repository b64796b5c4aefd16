//! The audit events for a revocation of SSO sessions.

use std::{collections::BTreeMap, time::SystemTime};

use tower_sso_core::{LookupError, session::RevocationScope, store::RevokeOutcome};

use crate::audit::{action::Action, event::AuditEvent, reference::Reference, request::AuditedConnection};

/// Returns the events for a revocation. If the store reports which sessions ended, there is one event for each
/// organization, account and connection, because the sessions of an account or a credential may be in several
/// organizations.
pub(crate) fn revocation_events(
    at: SystemTime,
    scope: RevocationScope,
    revoked: &RevokeOutcome,
) -> Result<Vec<AuditEvent>, LookupError> {
    let name = scope.name();
    let event = |count| -> Result<AuditEvent, LookupError> {
        Ok(AuditEvent::new(at, Reference::new()?, Action::SessionRevoked { scope: name, count }))
    };
    let mut whole = event(revoked.count)?;
    // The provider ends sessions of one user in one organization, and the app is told about each. One event covers all
    // of them.
    let together = matches!(scope, RevocationScope::Idp { .. });
    (whole.organization, whole.account, whole.credential) = match scope {
        RevocationScope::Credential(credential) => (None, None, Some(credential)),
        RevocationScope::AccountCredential { credential, account } => (None, Some(account), Some(credential)),
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
        // The enum may get more scopes in a later version of the core crate. Their event names no account.
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
    let events = each.into_values().map(|(count, session)| {
        let mut event = event(count)?.organization(&session.organization).account(&session.account);
        event.credential = whole.credential.clone();
        event.connection = Some(AuditedConnection::from(&**session));
        Ok(event)
    });
    events.collect()
}
