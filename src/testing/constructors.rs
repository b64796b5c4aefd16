//! Constructors of values that otherwise only an SSO login makes.
//!
//! They give no access: nothing in this crate accepts a [`VerifiedIdentity`] or a [`NewUser`] from the app.

use std::time::SystemTime;

use serde_json::Value;
use tower_sso_core::{EmailVerified, OrgId, Protocol, Secret, internal::Encoded, store::LinkScope};

use crate::{
    directory::new_user::NewUser,
    identity::{IdentityFields, Profile, VerifiedIdentity},
};

impl VerifiedIdentity {
    /// Makes an identity for a test of the app's own code, as if an OpenID provider had verified it. The email address
    /// and whether the provider vouches for it are read from the profile, as OpenID Connect Core §5.1 names them: `email`
    /// and `email_verified`. Only with the feature `testing`.
    ///
    /// ```
    /// use tower_sso::identity::{EmailVerified, Profile, VerifiedIdentity};
    ///
    /// let claims = r#"{"email": "Zoe@acme.example", "email_verified": true, "groups": ["admins"]}"#;
    /// let profile: Profile = serde_json::from_str(claims)?;
    /// let zoe = VerifiedIdentity::for_tests("248289761001", profile);
    /// assert_eq!((zoe.subject(), zoe.email()), ("248289761001", Some("Zoe@acme.example")));
    /// assert_eq!(zoe.email_verified(), EmailVerified::Yes);
    /// # Ok::<_, serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn for_tests(subject: &str, profile: Profile) -> Self {
        let email = profile.attributes().get("email").and_then(Value::as_str).map(str::to_owned);
        let email_verified = match profile.attributes().get("email_verified").and_then(Value::as_bool) {
            Some(true) => EmailVerified::Yes,
            Some(false) => EmailVerified::No,
            None => EmailVerified::Absent,
        };
        Self(IdentityFields {
            protocol: Protocol::Oidc,
            scope: LinkScope("https://idp.invalid".to_owned(), "tests".to_owned()),
            subject: subject.to_owned(),
            link: None,
            email,
            email_verified,
            profile,
            logged_in_at: None,
            context_class: None,
            idp_session: None,
            session_until: None,
        })
    }
}

impl NewUser {
    /// Makes a person without an account for a test of the app's [`JoinHandler`](crate::join::JoinHandler) and of its
    /// sign-up page. `email` is the normalized address for which the provider vouches. The ticket and the continue URL
    /// have the right form, and lead nowhere. Only with the feature `testing`.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    ///
    /// use tower_sso::{identity::{Profile, VerifiedIdentity}, join::NewUser};
    ///
    /// let identity = VerifiedIdentity::for_tests("248289761001", Profile::default());
    /// let until = SystemTime::now() + Duration::from_secs(600);
    /// let zoe = NewUser::for_tests("1".into(), identity, "zoe@acme.example", until);
    /// assert_eq!((zoe.organization().as_str(), zoe.email()), ("1", "zoe@acme.example"));
    /// assert!(zoe.continue_url().expose().contains(zoe.ticket().expose().as_str()));
    /// ```
    #[must_use]
    pub fn for_tests(
        organization: OrgId,
        identity: VerifiedIdentity,
        email: &str,
        until: SystemTime,
    ) -> Self {
        let ticket = "a-ticket-for-tests-that-leads-nowhere-at-all";
        let path = Encoded(organization.as_str()).to_string();
        let claim = format!("https://app.invalid/sso/{path}/join/claim?ticket={ticket}");
        Self {
            organization,
            identity,
            email: email.to_owned(),
            ticket: Secret::new(ticket.to_owned()),
            claim: Secret::new(claim),
            until,
        }
    }
}
