//! The places of marks: a session is covered only by marks whose place is one of its own.

use tower_sso_core::{
    LookupError,
    session::{RevocationScope, SsoSession},
};

/// Returns the places under which the marks that may cover the session are found.
pub(crate) fn places(session: &SsoSession) -> [String; 5] {
    let organization = session.organization.as_str();
    [
        named(&["credential", session.credential.kind.as_str(), session.credential.id.as_str()]),
        named(&["account", session.account.as_str()]),
        named(&["organization", organization]),
        named(&["subject", organization, &session.subject]),
        // A session without one has the place of no mark.
        session.idp_session.as_ref().map_or_else(String::new, |id| named(&["idp", organization, id])),
    ]
}

/// Returns the place of a mark, or `None` for a scope that covers nothing.
///
/// # Errors
///
/// Returns an error for a scope that this version does not know.
pub(crate) fn place(scope: &RevocationScope) -> Result<Option<String>, LookupError> {
    Ok(Some(match scope {
        RevocationScope::Credential(credential)
        | RevocationScope::AccountCredential { credential, .. }
        | RevocationScope::Session { credential, .. } => {
            named(&["credential", credential.kind.as_str(), credential.id.as_str()])
        }
        RevocationScope::Account(account)
        | RevocationScope::Member(_, account)
        | RevocationScope::OtherEmails { account, .. } => named(&["account", account.as_str()]),
        RevocationScope::Organization(organization) => named(&["organization", organization.as_str()]),
        RevocationScope::Idp { organization, idp_session: Some(id), .. } => {
            named(&["idp", organization.as_str(), id])
        }
        RevocationScope::Idp { organization, subject: Some(subject), .. } => {
            named(&["subject", organization.as_str(), subject])
        }
        RevocationScope::Idp { .. } => return Ok(None),
        unknown => {
            let found =
                format!("found a scope of revocation that this store does not know: {}", unknown.name());
            return Err(LookupError::new(found));
        }
    }))
}

/// Returns one text for several, so that two different lists never have the same one.
fn named(parts: &[&str]) -> String {
    parts.iter().map(|part| format!("{}:{part}", part.len())).collect()
}
