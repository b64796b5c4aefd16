//! The settings of an organization's OpenID Connect provider, before they are checked.
//!
//! The required values are arguments of [`OidcSettings::new`], everything else has a setter, and what weakens the
//! connection is behind [`OidcSettings::dangerous`]. [`OidcSettings::build`] checks all of them.
//!
//! | setting | default |
//! |---|---|
//! | scopes | `openid`, `email`, `profile` |
//! | leeway for the provider's clock | 60 seconds |
//! | algorithms | [`JwsAlgorithm::ALL`] |
//! | maximum age of the authentication | none |
//! | userinfo | called if the provider has it |
//! | pushed requests | if the provider requires them |
//! | response mode | in the query |
//! | addresses of the provider | anywhere |

use std::time::Duration;

use serde::Deserialize;
use tower_sso_http::Reach;

use crate::{
    algorithm::{HmacAlgorithm, JwsAlgorithm},
    authentication::ClientAuthentication,
};

/// The settings of an OpenID Connect connection. Required settings are arguments; optional settings have setters.
///
/// ```
/// use tower_sso_core::Secret;
/// use tower_sso_oidc::{ClientAuthentication, ClientId, OidcSettings};
///
/// let settings = OidcSettings::new(
///     "https://login.acme.example",
///     ClientId::new("hub"),
///     ClientAuthentication::SecretAuto(Secret::new("s3cr3t".to_owned())),
/// )
/// .scope("groups");
/// ```
///
/// By default the provider may be on a private network, because the operator chose it. If somebody other than the
/// operator enters these settings, use [`public_addresses_only`](Self::public_addresses_only).
#[derive(Clone, Debug)]
pub struct OidcSettings {
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) authentication: ClientAuthentication,
    pub(crate) scopes: Vec<String>,
    pub(crate) parameters: Vec<(String, String)>,
    pub(crate) prompt: Option<Prompt>,
    pub(crate) acr_values: Vec<String>,
    pub(crate) max_age: Option<Duration>,
    pub(crate) sends_login_hint: bool,
    pub(crate) leeway: Duration,
    pub(crate) algorithms: Vec<JwsAlgorithm>,
    pub(crate) hmac: Option<HmacAlgorithm>,
    pub(crate) userinfo: Userinfo,
    pub(crate) pushed_requests: PushedRequests,
    pub(crate) response_mode: ResponseMode,
    pub(crate) reach: Reach,
}

/// The id under which a provider knows this app (`client_id`, RFC 6749 §2.2).
///
/// It is a type so that it can't be confused with the issuer.
///
/// ```
/// assert_eq!(tower_sso_oidc::ClientId::new("hub").as_str(), "hub");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ClientId(String);

impl ClientId {
    /// Makes a client id from the text, unchanged.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the client id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The fields of [`OidcSettings`], for the crates of the workspace.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "they are named as the setters")]
pub struct OidcFields<'a> {
    pub issuer: &'a str,
    pub client_id: &'a str,
    pub authentication: &'a ClientAuthentication,
    pub scopes: &'a [String],
    pub parameters: &'a [(String, String)],
    pub prompt: Option<Prompt>,
    pub acr_values: &'a [String],
    pub max_age: Option<Duration>,
    pub sends_login_hint: bool,
    pub leeway: Duration,
    pub algorithms: &'a [JwsAlgorithm],
    pub hmac: Option<HmacAlgorithm>,
    pub userinfo: Userinfo,
    pub pushed_requests: PushedRequests,
    pub response_mode: ResponseMode,
    pub reach: Reach,
}

impl OidcSettings {
    /// Returns the fields.
    #[doc(hidden)]
    #[must_use]
    pub fn fields(&self) -> OidcFields<'_> {
        OidcFields {
            issuer: &self.issuer,
            client_id: &self.client_id,
            authentication: &self.authentication,
            scopes: &self.scopes,
            parameters: &self.parameters,
            prompt: self.prompt,
            acr_values: &self.acr_values,
            max_age: self.max_age,
            sends_login_hint: self.sends_login_hint,
            leeway: self.leeway,
            algorithms: &self.algorithms,
            hmac: self.hmac,
            userinfo: self.userinfo,
            pushed_requests: self.pushed_requests,
            response_mode: self.response_mode,
            reach: self.reach,
        }
    }

    /// Creates settings from the values that every connection needs.
    ///
    /// - `issuer`: the provider's issuer, exactly as its discovery document names it; a trailing slash is
    ///   significant. If the issuer has no trailing slash, the address of the discovery document is accepted too. It
    ///   must be `https`, or `http` on loopback. The discovery document may name `http` addresses on loopback only if
    ///   the issuer is on loopback; any other provider must name `https` addresses.
    /// - `client_id`: the client id under which the provider knows this app.
    /// - `authentication`: how this app authenticates to the provider.
    pub fn new(issuer: impl Into<String>, client_id: ClientId, authentication: ClientAuthentication) -> Self {
        Self {
            issuer: issuer.into(),
            client_id: client_id.0,
            authentication,
            scopes: ["openid", "email", "profile"].map(str::to_owned).to_vec(),
            parameters: Vec::new(),
            prompt: None,
            acr_values: Vec::new(),
            max_age: None,
            sends_login_hint: true,
            leeway: Duration::from_secs(60),
            algorithms: JwsAlgorithm::ALL.to_vec(),
            hmac: None,
            userinfo: Userinfo::Auto,
            pushed_requests: PushedRequests::Auto,
            response_mode: ResponseMode::Query,
            reach: Reach::Anywhere,
        }
    }

    /// Requests one more scope, in addition to `openid`, `email` and `profile`.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scopes.push(scope.into());
        self
    }

    /// Requests these scopes instead of `email` and `profile`. `openid` is always requested.
    #[must_use]
    pub fn scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Adds parameters to the authorization request, each as name and value, such as `[("hd", "acme.example")]`.
    /// Parameters that the protocol itself uses are refused.
    ///
    /// ```
    /// # use tower_sso_core::Secret;
    /// # use tower_sso_oidc::{ClientAuthentication, ClientId, OidcSettings};
    /// # let new = || OidcSettings::new("https://accounts.google.com", ClientId::new("hub"),
    /// #     ClientAuthentication::SecretAuto(Secret::new("s3cr3t".to_owned())));
    /// assert!(new().authorize_parameters([("hd", "acme.example")]).build().is_ok());
    /// assert!(new().authorize_parameters([("redirect_uri", "https://evil.example")]).build().is_err());
    /// ```
    #[must_use]
    pub fn authorize_parameters<N, V>(mut self, parameters: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<String>,
        V: Into<String>,
    {
        self.parameters.extend(parameters.into_iter().map(|(name, value)| (name.into(), value.into())));
        self
    }

    /// Sets what the provider must ask the user on every SSO login (OpenID Connect Core §3.1.2.1, `prompt`).
    #[must_use]
    pub fn prompt(mut self, prompt: Prompt) -> Self {
        self.prompt = Some(prompt);
        self
    }

    /// Sets the acceptable authentication context classes, the preferred one first. An ID token whose `acr` is not in
    /// the list is refused (OpenID Connect Core §3.1.2.1, `acr_values`).
    #[must_use]
    pub fn acr_values(mut self, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.acr_values = values.into_iter().map(Into::into).collect();
        self
    }

    /// Sets how long ago the user may have authenticated at the provider (OpenID Connect Core §3.1.2.1, `max_age`),
    /// in whole seconds.
    ///
    /// The provider is asked to authenticate the user again if the last time is longer ago, and a token that says
    /// otherwise is refused.
    ///
    /// ```
    /// # use tower_sso_core::Secret;
    /// # use tower_sso_oidc::{ClientAuthentication, ClientId, OidcSettings};
    /// # let authentication = ClientAuthentication::SecretAuto(Secret::new("s3cr3t".to_owned()));
    /// use std::time::Duration;
    ///
    /// let settings = OidcSettings::new("https://login.acme.example", ClientId::new("hub"), authentication)
    ///     .max_age(Duration::from_secs(8 * 60 * 60))
    ///     .acr_values(["urn:example:mfa"]);
    /// ```
    #[must_use]
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// Sends no `login_hint`: the authorization request does not tell the provider which user is about to log in with
    /// SSO.
    #[must_use]
    pub fn without_login_hint(mut self) -> Self {
        self.sends_login_hint = false;
        self
    }

    /// Sets how far the provider's clock may differ from ours, in either direction. The default is 60 seconds, the
    /// maximum 10 minutes.
    #[must_use]
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Sets the signature algorithms that a token may use. The default is [`JwsAlgorithm::ALL`].
    #[must_use]
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = JwsAlgorithm>) -> Self {
        self.algorithms = algorithms.into_iter().collect();
        self
    }

    /// Sets whether the userinfo endpoint is called.
    #[must_use]
    pub fn userinfo(mut self, userinfo: Userinfo) -> Self {
        self.userinfo = userinfo;
        self
    }

    /// Sets when authorization requests are pushed (RFC 9126).
    #[must_use]
    pub fn pushed_requests(mut self, pushed: PushedRequests) -> Self {
        self.pushed_requests = pushed;
        self
    }

    /// Sets how the provider sends its response to the callback address.
    #[must_use]
    pub fn response_mode(mut self, mode: ResponseMode) -> Self {
        self.response_mode = mode;
        self
    }

    /// Refuses to connect to private, link-local, loopback and other addresses that are not on the public network.
    /// Use it if somebody other than the operator enters these settings, such as an organization's administrator.
    ///
    /// The check is made when connecting, after DNS, for the issuer and for every endpoint that its discovery
    /// document names. Without this setting an `https` endpoint may be on any network, loopback included, because the
    /// operator chose the provider and a certificate must vouch for the host. The check does not apply to the
    /// authorization endpoint, which only browsers visit.
    #[must_use]
    pub fn public_addresses_only(mut self) -> Self {
        self.reach = Reach::PublicOnly;
        self
    }

    /// Returns the settings that weaken the connection.
    #[must_use]
    pub fn dangerous(self) -> DangerousOidcSettings {
        DangerousOidcSettings(self)
    }
}

/// Settings that weaken a connection, returned by [`OidcSettings::dangerous`].
///
/// ```
/// use tower_sso_core::Secret;
/// use tower_sso_oidc::{ClientAuthentication, ClientId, HmacAlgorithm, OidcSettings};
///
/// let secret = |text: &str| ClientAuthentication::SecretAuto(Secret::new(text.to_owned()));
/// let settings = |text: &str| {
///     OidcSettings::new("https://login.acme.example", ClientId::new("hub"), secret(text)).dangerous().hmac(HmacAlgorithm::Hs256)
/// };
/// assert!(settings("a random secret of 32 bytes or more").build().is_ok());
/// assert!(settings("short").build().is_err());
/// ```
#[derive(Clone, Debug)]
pub struct DangerousOidcSettings(OidcSettings);

impl DangerousOidcSettings {
    /// Accepts only tokens that are signed with the client secret.
    ///
    /// Anyone who knows the secret can then log in with SSO as any user. The secret must be random, at least as long
    /// as the hash (32 bytes for HS256), and known only to this app and the provider (OpenID Connect Core §16.19).
    #[must_use]
    pub fn hmac(mut self, algorithm: HmacAlgorithm) -> OidcSettings {
        self.0.hmac = Some(algorithm);
        self.0
    }
}

/// What the provider must ask the user on every SSO login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[non_exhaustive]
pub enum Prompt {
    /// The user must authenticate again at the provider.
    #[serde(rename = "login")]
    Login,
    /// The user must consent again.
    #[serde(rename = "consent")]
    Consent,
    /// The user must choose the account to use.
    #[serde(rename = "select_account")]
    SelectAccount,
}

/// Whether the userinfo endpoint is called (OpenID Connect Core §5.3). Its claims are added to those of the ID token
/// and never replace them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[non_exhaustive]
pub enum Userinfo {
    /// The endpoint is called if the provider has one.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    /// The endpoint is always called. A provider without one is refused.
    #[serde(rename = "always")]
    Always,
    /// The endpoint is always called, and its response must be a signed token.
    #[serde(rename = "signed")]
    Signed,
    /// The endpoint is never called.
    #[serde(rename = "never")]
    Never,
}

/// When authorization requests are pushed (RFC 9126).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[non_exhaustive]
pub enum PushedRequests {
    /// Requests are pushed if the provider requires it.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    /// Requests are always pushed. A provider that does not support pushed requests is refused.
    #[serde(rename = "always")]
    Always,
}

/// How the provider sends its response to the callback address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[non_exhaustive]
pub enum ResponseMode {
    /// In the query of a redirect.
    #[default]
    #[serde(rename = "query")]
    Query,
    /// In a form that the browser posts (OAuth 2.0 Form Post Response Mode).
    #[serde(rename = "form_post")]
    FormPost,
}

impl Prompt {
    /// Returns the stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Consent => "consent",
            Self::SelectAccount => "select_account",
        }
    }
}

impl Userinfo {
    /// Returns the stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Always => "always",
            Self::Signed => "signed",
            Self::Never => "never",
        }
    }
}

impl PushedRequests {
    /// Returns the stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Always => "always",
        }
    }
}

impl ResponseMode {
    /// Returns the stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::FormPost => "form_post",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tower_sso_testing::golden::are_named;

    #[test]
    fn the_names_of_setting_values_do_not_change() {
        use {Prompt as P, Userinfo as U};
        are_named(
            P::as_str,
            [(P::Login, "login"), (P::Consent, "consent"), (P::SelectAccount, "select_account")],
        );
        are_named(
            U::as_str,
            [(U::Auto, "auto"), (U::Always, "always"), (U::Signed, "signed"), (U::Never, "never")],
        );
        let pushed = [(PushedRequests::Auto, "auto"), (PushedRequests::Always, "always")];
        are_named(PushedRequests::as_str, pushed);
        let modes = [(ResponseMode::Query, "query"), (ResponseMode::FormPost, "form_post")];
        are_named(ResponseMode::as_str, modes);
    }
}
