//! The dishonest answers of an endpoint.

use std::time::Duration;

use serde_json::Value;

/// An endpoint that apps call directly.
///
/// [`path`](Self::path) is the key under which [`TestIdp::requests`](crate::TestIdp::requests) counts its requests:
///
/// ```
/// use tower_sso_test_idp::{Endpoint, TestIdp};
///
/// # fn run() -> Result<(), tower_sso_test_idp::ConfigError> {
/// let idp = TestIdp::builder().build()?;
/// assert_eq!(idp.calls(Endpoint::Token.path()), 0);
/// # Ok(()) }
/// # run().unwrap();
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Endpoint {
    /// The discovery document.
    Discovery,
    /// The key set (JWKS).
    Keys,
    /// The endpoint for pushed authorization requests.
    PushedRequest,
    /// The token endpoint.
    Token,
    /// The userinfo endpoint.
    Userinfo,
    /// The metadata of the SAML provider.
    SamlMetadata,
}

impl Endpoint {
    /// All endpoints.
    pub const ALL: [Self; 6] =
        [Self::Discovery, Self::Keys, Self::PushedRequest, Self::Token, Self::Userinfo, Self::SamlMetadata];

    /// Returns the path, as [`TestIdp::requests`](crate::TestIdp::requests) counts it.
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

/// How an endpoint answers when it lies. Everything that a variant does not name stays honest: a redirect, for example,
/// has the honest body.
///
/// An app must refuse the login within its own time limit, show a page that names the provider, and keep serving other
/// users meanwhile. With `Huge`, `SlowDrip` and `Never` a test measures the app's limits on size and time.
///
/// | answer | finds an app that | tower-sso refuses it as |
/// |---|---|---|
/// | `Status`, `Error` | reads the body of a failed response | `token_failed`, `token_refused`, `keys_failed` and so on |
/// | `Redirect` | follows redirects, and so sends its secret elsewhere | `provider_redirected` |
/// | `ContentType`, `Html`, `Json`, `BrokenJson` | guesses the format, or reads half a document | `token_answer_invalid`, `keys_invalid` and so on |
/// | `DoubledKey` | reads one value where a proxy has read the other | `token_answer_invalid`, `discovery_invalid` and so on |
/// | `Huge` | reads a body without a limit | `provider_answer_too_large` |
/// | `SlowDrip`, `Never` | limits the time between two bytes, but not the whole exchange | `provider_timeout` |
///
/// ```
/// # fn run(idp: &tower_sso_test_idp::TestIdp) {
/// use std::time::Duration;
///
/// use tower_sso_test_idp::{Answer, Endpoint, Lie};
///
/// idp.lie(Lie::Answer(Endpoint::Keys, Answer::SlowDrip(Duration::from_millis(200))));
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Answer {
    /// Answers with another status.
    Status(u16),
    /// Answers with 400 and this `error` (RFC 6749 §5.2).
    Error(String),
    /// Redirects to this address with 307.
    Redirect(String),
    /// Answers with another `Content-Type`.
    ContentType(String),
    /// Answers with an HTML page.
    Html,
    /// Answers with other JSON, such as `{"keys": []}`.
    Json(Value),
    /// Answers with the first half of the honest body.
    BrokenJson,
    /// Repeats this member of the JSON object, with the honest value both times.
    DoubledKey(String),
    /// Answers with the honest body followed by spaces, 50 MB in all, without announcing the length.
    Huge,
    /// Answers with the honest body, one byte at a time, with this pause before each byte.
    SlowDrip(Duration),
    /// Never answers.
    Never,
}
