//! An organization's OpenID Connect settings, as they are given.

use std::time::Duration;

use serde::Deserialize;

use super::{ClientAuthentication, HmacAlgorithm, JwsAlgorithm};
use crate::provider::outbound::Reach;

/// An OpenID Connect connection's settings. What must be given is an argument, the rest has setters.
///
/// ```
/// use tower_sso::{oidc::{ClientAuthentication, OidcSettings}, Secret};
///
/// let settings = OidcSettings::new(
///     "https://login.acme.example",
///     "hub",
///     ClientAuthentication::SecretAuto(Secret::new("s3cr3t".to_owned())),
/// )
/// .scope("groups");
/// ```
///
/// These settings are the operator's: the provider may stand on a private network. For settings that somebody else
/// typed, see [`public_addresses_only`](Self::public_addresses_only).
#[derive(Clone, Debug)]
pub struct OidcSettings {
    pub(super) issuer: String,
    pub(super) client_id: String,
    pub(super) authentication: ClientAuthentication,
    pub(super) scopes: Vec<String>,
    pub(super) parameters: Vec<(String, String)>,
    pub(super) prompt: Option<Prompt>,
    pub(super) acr_values: Vec<String>,
    pub(super) max_age: Option<Duration>,
    pub(super) sends_login_hint: bool,
    pub(super) leeway: Duration,
    pub(super) algorithms: Vec<JwsAlgorithm>,
    pub(super) hmac: Option<HmacAlgorithm>,
    pub(super) userinfo: Userinfo,
    pub(super) pushed_requests: PushedRequests,
    pub(super) response_mode: ResponseMode,
    pub(super) reach: Reach,
}

impl OidcSettings {
    /// What every connection needs.
    ///
    /// - `issuer`: the provider's issuer, exactly as its discovery document names it; a trailing slash counts. The
    ///   address of the discovery document will do where the issuer has no trailing slash. `https`, or `http` on
    ///   loopback. The discovery document may name `http` on loopback only where the issuer is on loopback: any other
    ///   provider has to name `https`.
    /// - `client_id`: what the provider calls this app.
    pub fn new(
        issuer: impl Into<String>,
        client_id: impl Into<String>,
        authentication: ClientAuthentication,
    ) -> Self {
        Self {
            issuer: issuer.into(),
            client_id: client_id.into(),
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

    /// Asks for one more scope, beside `openid`, `email` and `profile`.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scopes.push(scope.into());
        self
    }

    /// Asks for these scopes in place of `email` and `profile`. `openid` is always asked for.
    #[must_use]
    pub fn scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Adds a parameter to the authorization request, such as `hd` or `organization`. Those that the protocol itself
    /// uses are refused.
    #[must_use]
    pub fn authorize_parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.push((name.into(), value.into()));
        self
    }

    /// Whether the provider has to ask the user something on every SSO login (OpenID Connect Core §3.1.2.1, `prompt`).
    #[must_use]
    pub fn prompt(mut self, prompt: Prompt) -> Self {
        self.prompt = Some(prompt);
        self
    }

    /// The authentication context classes that are good enough, the preferred one first. An ID token whose `acr` is
    /// none of them is refused (OpenID Connect Core §3.1.2.1, `acr_values`).
    #[must_use]
    pub fn acr_values(mut self, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.acr_values = values.into_iter().map(Into::into).collect();
        self
    }

    /// How old the user's SSO login at the provider may be (OpenID Connect Core §3.1.2.1, `max_age`). Whole seconds.
    #[must_use]
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    /// Tells the provider nothing about who is about to log in with SSO: no `login_hint`.
    #[must_use]
    pub fn without_login_hint(mut self) -> Self {
        self.sends_login_hint = false;
        self
    }

    /// How far the provider's clock may be off, either way. 60 seconds by default, 10 minutes at most.
    #[must_use]
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// The signature algorithms that a token may have. [`JwsAlgorithm::ALL`] by default.
    #[must_use]
    pub fn algorithms(mut self, algorithms: impl IntoIterator<Item = JwsAlgorithm>) -> Self {
        self.algorithms = algorithms.into_iter().collect();
        self
    }

    /// Whether the userinfo endpoint is asked.
    #[must_use]
    pub fn userinfo(mut self, userinfo: Userinfo) -> Self {
        self.userinfo = userinfo;
        self
    }

    /// Whether authorization requests are pushed (RFC 9126).
    #[must_use]
    pub fn pushed_requests(mut self, pushed: PushedRequests) -> Self {
        self.pushed_requests = pushed;
        self
    }

    /// How the provider sends its answer to the callback address.
    #[must_use]
    pub fn response_mode(mut self, mode: ResponseMode) -> Self {
        self.response_mode = mode;
        self
    }

    /// Refuses to connect to private, link-local, loopback and other addresses that are not on the public network.
    /// For settings that somebody other than the operator typed, such as an organization's administrator.
    ///
    /// This is decided when connecting, after DNS, for the issuer and for every endpoint that its discovery document
    /// names. Without it an `https` endpoint may be on any network, loopback included: the operator chose the provider,
    /// and a certificate has to vouch for the host. The authorization endpoint, which only browsers visit, is not held to
    /// it.
    #[must_use]
    pub fn public_addresses_only(mut self) -> Self {
        self.reach = Reach::PublicOnly;
        self
    }

    /// What weakens the connection.
    #[must_use]
    pub fn dangerous(self) -> DangerousOidcSettings {
        DangerousOidcSettings(self)
    }
}

/// Settings that weaken a connection.
#[derive(Clone, Debug)]
pub struct DangerousOidcSettings(OidcSettings);

impl DangerousOidcSettings {
    /// Takes tokens that are signed with the client secret, and no others.
    ///
    /// Whoever knows the secret can then log in with SSO as anyone: it has to be random, at least as long as the hash (32
    /// bytes for HS256), and known to this app and the provider alone (OpenID Connect Core §16.19).
    #[must_use]
    pub fn hmac(mut self, algorithm: HmacAlgorithm) -> OidcSettings {
        self.0.hmac = Some(algorithm);
        self.0
    }
}

/// What the provider has to ask the user on every SSO login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[non_exhaustive]
pub enum Prompt {
    /// To sign in again.
    #[serde(rename = "login")]
    Login,
    /// To consent again.
    #[serde(rename = "consent")]
    Consent,
    /// Which account to use.
    #[serde(rename = "select_account")]
    SelectAccount,
}

/// Whether the userinfo endpoint is asked (OpenID Connect Core §5.3). What it says is added to what the ID token says
/// and never replaces it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[non_exhaustive]
pub enum Userinfo {
    /// If the provider has one.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    /// Always: a provider without one is refused.
    #[serde(rename = "always")]
    Always,
    /// Always, and its answer must be a signed token.
    #[serde(rename = "signed")]
    Signed,
    /// Never.
    #[serde(rename = "never")]
    Never,
}

/// Whether authorization requests are pushed (RFC 9126).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[non_exhaustive]
pub enum PushedRequests {
    /// If the provider demands it.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    /// Always: a provider that can't take them is refused.
    #[serde(rename = "always")]
    Always,
}

/// How the provider sends its answer to the callback address.
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
    /// The stable name.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Consent => "consent",
            Self::SelectAccount => "select_account",
        }
    }
}

impl Userinfo {
    /// The stable name.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Always => "always",
            Self::Signed => "signed",
            Self::Never => "never",
        }
    }
}

impl PushedRequests {
    /// The stable name.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Always => "always",
        }
    }
}

impl ResponseMode {
    /// The stable name.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::FormPost => "form_post",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden::are_named;

    #[test]
    fn every_value_of_a_setting_has_this_name_and_is_read_by_it() {
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
