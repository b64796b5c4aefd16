//! Honest oddities: what real providers do and a client must take.

use serde_json::{Map, Value, json};

/// Something unusual that is no lie. Set by [`TestIdpBuilder::oddity`](crate::TestIdpBuilder::oddity).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Oddity {
    /// Neither keys nor tokens have a `kid`.
    NoKid,
    /// `aud` is an array of one.
    AudienceArray,
    /// The ID token says nothing of the user but `sub`; userinfo says it all.
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
    EmailVerifiedText,
    /// `updated_at` is a date in words (RFC 3339), as Auth0 has it.
    UpdatedAtText,
    /// 10 kB of unknown claims.
    ManyClaims,
    /// The issuer ends in a slash.
    TrailingSlash,
    /// The answer has no `iss` and the provider does not say that it would (older than RFC 9207).
    NoIssParameter,
}

impl Oddity {
    /// All of them.
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

    /// Changes the claims of an ID token or of userinfo. Oddities of other things do nothing here.
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
