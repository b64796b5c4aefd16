//! The identity that a verified assertion gives.

use std::time::SystemTime;

use tower_sso_core::{Protocol, store::LinkScope};
use tower_sso_saml::{AssertionParts, Replay, SubjectScope, VerifiedAssertion};

use crate::identity::{IdentityFields, Profile, VerifiedIdentity};

/// A response that passed every check except the one for replay.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) identity: VerifiedIdentity,
    /// The mark that must be claimed in the store before the identity counts.
    pub(crate) replay: Replay,
    /// When the provider issued the assertion.
    pub(crate) issued_at: SystemTime,
}

impl From<VerifiedAssertion> for Received {
    fn from(assertion: VerifiedAssertion) -> Self {
        let AssertionParts {
            scope,
            subject,
            link: (within, link_subject),
            email,
            email_verified,
            attributes,
            logged_in_at,
            context_class,
            session_index,
            session_until,
            replay,
            issued_at,
        } = assertion.into_parts();
        let identity = VerifiedIdentity(IdentityFields {
            protocol: Protocol::Saml,
            scope: link_scope(scope),
            subject,
            link: Some((link_scope(within), link_subject)),
            email,
            email_verified,
            profile: Profile::new(attributes),
            logged_in_at: Some(logged_in_at),
            context_class,
            idp_session: session_index,
            session_until,
        });
        Self { identity, replay, issued_at }
    }
}

/// The scope of a subject, as stores keep it.
pub(crate) fn link_scope(SubjectScope(provider, within): SubjectScope) -> LinkScope {
    LinkScope(provider, within)
}

#[cfg(test)]
mod tests {
    use tower_sso_core::internal;
    use tower_sso_saml::internal as saml;

    #[test]
    fn a_store_compares_scopes_by_the_words_that_they_are_made_of() {
        assert_eq!([saml::ATTRIBUTE, saml::TRANSIENT], [internal::ATTRIBUTE, internal::TRANSIENT]);
    }
}
