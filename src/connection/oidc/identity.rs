//! The identity that a verified login vouches for.

use tower_sso_core::{Protocol, store::LinkScope};

use crate::{
    identity::{IdentityFields, Profile, VerifiedIdentity},
    provider::oidc::{
        identity::{LoginParts, VerifiedLogin},
        settings::OidcSettings,
    },
};

/// Returns the identity of a user who logged in at the provider with these settings.
pub(crate) fn identity(settings: &OidcSettings, login: VerifiedLogin) -> VerifiedIdentity {
    let LoginParts { subject, email, email_verified, claims, logged_in_at, context_class, idp_session } =
        login.into_parts();
    VerifiedIdentity(IdentityFields {
        protocol: Protocol::Oidc,
        // OpenID Connect Core §5.7.
        scope: LinkScope(settings.issuer.clone(), settings.client_id.clone()),
        subject,
        link: None,
        email,
        email_verified,
        profile: Profile::new(claims),
        logged_in_at,
        context_class,
        idp_session,
        session_until: None,
    })
}
