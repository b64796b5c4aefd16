//! Honest oddities: unusual things that real providers do and that a client must accept.

use serde_json::{Map, Value, json};

/// Something unusual that is not a lie. Set with [`TestIdpBuilder::oddity`](crate::TestIdpBuilder::oddity).
///
/// An app that refuses one of these keeps out the users of real providers. A test logs in once with each:
///
/// ```
/// use tower_sso_test_idp::{Oddity, TestIdp, TestKey, SigningAlg};
///
/// # fn run() -> Result<(), tower_sso_test_idp::ConfigError> {
/// for oddity in Oddity::ALL {
///     let idp = TestIdp::builder().key(TestKey::shared(SigningAlg::Es256)?).oddity(oddity).build()?;
///     // Serve it, connect your app to it, and log in: it must succeed.
/// }
/// # Ok(()) }
/// # run().unwrap();
/// ```
///
/// The exceptions are `AuthTimeZero` and `NoAuthTime`: an app that asked for `max_age` must refuse them, because it
/// can't tell when the user logged in (OpenID Connect Core §3.1.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Oddity {
    /// Keys and tokens have no `kid`.
    ///
    /// Allowed if the provider has one key (OpenID Connect Core §10.1).
    NoKid,
    /// `aud` is an array with one element.
    ///
    /// OpenID Connect Core §2 allows both forms.
    AudienceArray,
    /// The ID token contains no claims about the user except `sub`. Userinfo contains all of them.
    ///
    /// OpenID Connect Core §5.4 says that this is the usual place for them.
    ClaimsOnlyAtUserinfo,
    /// Userinfo is a signed JWT.
    UserinfoJwt,
    /// `auth_time` has a fraction.
    AuthTimeFloat,
    /// `auth_time` is 0.
    AuthTimeZero,
    /// There is no `auth_time`.
    NoAuthTime,
    /// `email_verified` is the text "true" or "false".
    ///
    /// Amazon Cognito and Sign in with Apple send it as text.
    EmailVerifiedText,
    /// `updated_at` is a date in words (RFC 3339), as Auth0 has it.
    UpdatedAtText,
    /// 10 kB of unknown claims.
    ManyClaims,
    /// The issuer ends in a slash.
    ///
    /// Auth0's issuers do. An issuer is compared as it is, with the slash.
    TrailingSlash,
    /// The response has no `iss`, and the provider does not announce it (it predates RFC 9207).
    NoIssParameter,
}

impl Oddity {
    /// All oddities.
    pub const ALL: [Self; 12] = [
        Self::NoKid,
        Self::AudienceArray,
        Self::ClaimsOnlyAtUserinfo,
        Self::UserinfoJwt,
        Self::AuthTimeFloat,
        Self::AuthTimeZero,
        Self::NoAuthTime,
        Self::EmailVerifiedText,
        Self::UpdatedAtText,
        Self::ManyClaims,
        Self::TrailingSlash,
        Self::NoIssParameter,
    ];

    /// Changes the claims of an ID token or of userinfo. Oddities that do not concern claims change nothing here.
    pub(crate) fn apply(self, claims: &mut Map<String, Value>) {
        match self {
            Self::AudienceArray => {
                if let Some(aud) = claims.get_mut("aud") {
                    *aud = json!([aud.take()]);
                }
            }
            Self::AuthTimeFloat => {
                if let Some(at) = claims.get_mut("auth_time") {
                    *at = json!(at.as_f64().unwrap_or_default() + 0.25);
                }
            }
            Self::AuthTimeZero => {
                if let Some(at) = claims.get_mut("auth_time") {
                    *at = json!(0);
                }
            }
            Self::NoAuthTime => {
                claims.remove("auth_time");
            }
            Self::EmailVerifiedText => {
                if let Some(verified) = claims.get_mut("email_verified") {
                    *verified = json!(verified.to_string());
                }
            }
            Self::UpdatedAtText => {
                claims.insert("updated_at".to_owned(), json!("2024-02-29T12:00:00.000Z"));
            }
            Self::ManyClaims => {
                claims.extend((0..100).map(|at| (format!("unknown_{at}"), json!("x".repeat(100)))));
            }
            Self::NoKid
            | Self::ClaimsOnlyAtUserinfo
            | Self::UserinfoJwt
            | Self::TrailingSlash
            | Self::NoIssParameter => {}
        }
    }
}
