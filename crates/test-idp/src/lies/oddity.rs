//! Honest oddities: unusual things that real providers do and that a client must accept.

use serde_json::{Map, Value, json};

/// Something unusual that is not a lie. Set with [`TestIdpBuilder::oddity`](crate::TestIdpBuilder::oddity).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Oddity {
    /// Keys and tokens have no `kid`.
    NoKid,
    /// `aud` is an array with one element.
    AudienceArray,
    /// The ID token contains no claims about the user except `sub`. Userinfo contains all of them.
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
