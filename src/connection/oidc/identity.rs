//! The identity that a verified OpenID Connect login gives.

use tower_sso_core::{Protocol, store::LinkScope};
use tower_sso_oidc::{LoginParts, OidcSettings, VerifiedLogin};

use crate::identity::{IdentityFields, Profile, VerifiedIdentity};

/// Returns the verified identity. Its scope is the issuer and the client id.
pub(crate) fn identity(settings: &OidcSettings, login: VerifiedLogin) -> VerifiedIdentity {
    let LoginParts { subject, email, email_verified, claims, logged_in_at, context_class, idp_session } =
        login.into_parts();
    VerifiedIdentity(IdentityFields {
        protocol: Protocol::Oidc,
        // OpenID Connect Core §5.7.
        scope: LinkScope(settings.fields().issuer.to_owned(), settings.fields().client_id.to_owned()),
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
