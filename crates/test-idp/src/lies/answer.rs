//! How an endpoint answers when it lies.

use std::time::Duration;

use serde_json::Value;

/// An endpoint that apps call directly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Endpoint {
    /// The discovery document.
    Discovery,
    /// The key set.
    Keys,
    /// Pushed authorization requests.
    PushedRequest,
    /// The token endpoint.
    Token,
    /// Userinfo.
    Userinfo,
    /// The metadata of the SAML provider.
    SamlMetadata,
}

impl Endpoint {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Discovery, Self::Keys, Self::PushedRequest, Self::Token, Self::Userinfo, Self::SamlMetadata];

    /// The path, as [`TestIdp::requests`](crate::TestIdp::requests) counts it.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Discovery => "/.well-known/openid-configuration",
            Self::Keys => "/keys",
            Self::PushedRequest => "/par",
            Self::Token => "/token",
            Self::Userinfo => "/userinfo",
            Self::SamlMetadata => "/saml/metadata",
        }
    }
}

/// How an endpoint answers. Whatever is not named stays as honest as it was: a redirect has the honest body.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Answer {
    /// With another status.
    Status(u16),
    /// With 400 and this `error` (RFC 6749 §5.2).
    Error(String),
    /// With 307 to this address.
    Redirect(String),
    /// With another `Content-Type`.
    ContentType(String),
    /// With an HTML page.
    Html,
    /// With other JSON, such as `{"keys": []}`.
    Json(Value),
    /// With the honest body cut in the middle.
    BrokenJson,
    /// With a member that is there twice, with the honest value both times.
    DoubledKey(String),
    /// With the honest body and spaces after it, 50 MB in all, of a length that was not announced.
    Huge,
    /// With the honest body, one byte at a time, with this pause before each.
    SlowDrip(Duration),
    /// Never.
    Never,
}
