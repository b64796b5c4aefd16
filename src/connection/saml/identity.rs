//! The identity that a verified assertion gives.

use std::time::SystemTime;

use tower_sso_core::{Protocol, store::LinkScope};

use crate::{
    identity::{IdentityFields, Profile, VerifiedIdentity},
    provider::saml::{
        login::Replay,
        response::validate::{AssertionParts, VerifiedAssertion},
        scope::SubjectScope,
    },
};

/// A response that passed every check except the one for replay.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) identity: VerifiedIdentity,
    /// What has to be claimed in the store before the identity counts.
    pub(crate) replay: Replay,
    /// When the provider issued the assertion.
    pub(crate) issued_at: SystemTime,
}

impl From<VerifiedAssertion> for Received {
    fn from(assertion: VerifiedAssertion) -> Self {
        let AssertionParts {
            scope,
            subject,
            link: (link_scope, link_subject),
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
            scope: scope.into(),
            subject,
            link: Some((link_scope.into(), link_subject)),
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

impl From<SubjectScope> for LinkScope {
    fn from(SubjectScope(provider, within): SubjectScope) -> Self {
        Self(provider, within)
    }
}

#[cfg(test)]
mod tests {
    use tower_sso_core::internal;

    use crate::provider::saml::scope;

    #[test]
    fn a_store_compares_scopes_by_the_words_that_they_are_made_of() {
        assert_eq!([scope::ATTRIBUTE, scope::TRANSIENT], [internal::ATTRIBUTE, internal::TRANSIENT]);
    }
}
