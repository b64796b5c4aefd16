//! The one place that makes a [`FreshSession`].

use std::{sync::Arc, time::SystemTime};

use super::{ConnectionVersion, SessionKey, SsoSession};

/// Proof that an SSO session was checked for this request: this organization, account, credential and connection
/// version, not expired. Only the layer and [`Sso::require`](crate::Sso::require) make one.
#[derive(Clone, Debug)]
pub struct FreshSession(Arc<SsoSession>);

impl FreshSession {
    /// The session.
    #[must_use]
    pub fn session(&self) -> &SsoSession {
        &self.0
    }

    /// When it ends.
    #[must_use]
    pub fn expires_at(&self) -> SystemTime {
        self.0.expires_at
    }

    /// When the user signed on at the provider.
    #[must_use]
    pub fn signed_on_at(&self) -> SystemTime {
        self.0.signed_on_at
    }
}

/// Checks a session that a store found. Whatever key the store was asked for, every part is compared again here.
pub(crate) fn check(
    session: &Arc<SsoSession>,
    key: SessionKey<'_>,
    version: &ConnectionVersion,
    now: SystemTime,
) -> Option<FreshSession> {
    let fresh = session.organization == *key.organization
        && session.account == *key.account
        && session.credential == *key.credential
        && session.connection == *version
        && now < session.expires_at;
    fresh.then(|| FreshSession(Arc::clone(session)))
}
