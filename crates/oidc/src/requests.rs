//! The three requests that carry the client id: the authorization request, the pushed authorization request, and the
//! exchange of the code.
//!
//! `openidconnect` builds these requests. It does not send them and does not parse their responses, because its
//! parsers accept duplicate keys, and refuse ID tokens with dates that they do not expect.

use std::{borrow::Cow, error::Error as StdError, fmt, time::SystemTime};

use openidconnect::{
    AuthType, AuthenticationContextClass, AuthenticationFlow, AuthorizationCode, ClientId, ClientSecret,
    CsrfToken, DeviceAuthorizationUrl, EmptyExtraDeviceAuthorizationFields, EndpointNotSet, EndpointSet,
    HttpRequest, HttpResponse, IssuerUrl, JsonWebKeySet, LoginHint, Nonce, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope,
    core::{CoreAuthPrompt, CoreClient, CoreClientAuthMethod, CoreResponseType},
};
use tower_sso_core::Secret;
use url::Url;

use crate::{
    assertion::{ASSERTION_TYPE, AssertionKey},
    authentication::ClientAuthentication,
    discovery::Metadata,
    error::{
        Error,
        ErrorKind::{self, DiscoveryInvalid, PushedRequestRefused, TokenFailed},
    },
    login::{AuthorizeRequest, OidcLogin},
    settings::{OidcSettings, Prompt, ResponseMode},
};

type Client = CoreClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// Builds requests for one client at one provider.
#[derive(Clone, Copy)]
pub(crate) struct Requests<'a> {
    pub(crate) settings: &'a OidcSettings,
    pub(crate) key: Option<&'a AssertionKey>,
    pub(crate) metadata: &'a Metadata,
}

/// How the client authenticates at this provider.
enum Method<'a> {
    Basic(&'a Secret<String>),
    Post(&'a Secret<String>),
    Assertion(&'a AssertionKey),
    Public,
}

impl Requests<'_> {
    /// Returns the authorization request as the address that the browser goes to (OpenID Connect Core §3.1.2.1).
    ///
    /// # Errors
    ///
    /// Returns `RequestInvalid` if the callback address is not a URL.
    pub(crate) fn authorize(
        &self,
        request: &AuthorizeRequest<'_>,
        login: &OidcLogin,
        state: &Secret<String>,
    ) -> Result<Url, Error> {
        let settings = self.settings;
        let client = self.client()?;
        // 43 characters, the minimum that the constructor of the challenge accepts (RFC 7636 §4.1).
        let verifier = PkceCodeVerifier::new(login.pkce_verifier.expose().clone());
        let (state, nonce) = (state.expose().clone(), login.nonce.expose().clone());
        let mut url = client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .set_redirect_uri(Cow::Owned(redirect(&login.redirect_uri)?))
            .add_scopes(settings.scopes.iter().filter(|scope| *scope != "openid").cloned().map(Scope::new));
        if let Some(prompt) = settings.prompt {
            url = url.add_prompt(match prompt {
                Prompt::Login => CoreAuthPrompt::Login,
                Prompt::Consent => CoreAuthPrompt::Consent,
                Prompt::SelectAccount => CoreAuthPrompt::SelectAccount,
            });
        }
        for value in &login.acr_values {
            url = url.add_auth_context_value(AuthenticationContextClass::new(value.clone()));
        }
        if let Some(age) = login.max_age {
            url = url.set_max_age(std::time::Duration::from_secs(age));
        }
        if let Some(hint) = request.login_hint.filter(|_| settings.sends_login_hint) {
            url = url.set_login_hint(LoginHint::new(hint.to_owned()));
        }
        if settings.response_mode == ResponseMode::FormPost {
            url = url.add_extra_param("response_mode", "form_post");
        }
        for (name, value) in &settings.parameters {
            url = url.add_extra_param(name, value);
        }
        Ok(url.url().0)
    }

    /// Returns the same request as a pushed authorization request (RFC 9126 §2.1).
    ///
    /// # Errors
    ///
    /// Returns `PushedRequestRefused` if the request can't be made.
    pub(crate) fn push(
        &self,
        endpoint: &str,
        authorize: &Url,
        now: SystemTime,
    ) -> Result<HttpRequest, Error> {
        let kind = PushedRequestRefused;
        let endpoint =
            DeviceAuthorizationUrl::new(endpoint.to_owned()).map_err(|error| unmade(kind, error))?;
        // This is a form post by an authenticated client with parameters that we choose. A device authorization
        // request has the same form, and `openidconnect` does not support pushed requests.
        let client = self.client()?.disable_openid_scope().set_device_authorization_url(endpoint);
        let mut request = client.exchange_device_code();
        let method = self.method();
        // The parameters that were already in the endpoint's query stay there.
        let own = self.metadata.authorization_endpoint.url().query_pairs().count();
        for (name, value) in authorize.query_pairs().skip(own) {
            // The client authentication sends the client id, unless it uses the header.
            if name != "client_id" || matches!(method, Method::Basic(_)) {
                request = request.add_extra_param(name, value);
            }
        }
        // The audience is the issuer, which every server must accept here (RFC 9126 §2) and which no other server's
        // metadata can name.
        if let Some((kind, assertion)) = self.assertion(&method, &self.settings.issuer, now)? {
            request = request.add_extra_param("client_assertion_type", kind);
            request = request.add_extra_param("client_assertion", assertion.expose().clone());
        }
        made(request.request::<_, EmptyExtraDeviceAuthorizationFields>(&intercept), kind)
    }

    /// Returns the request that exchanges the code (OpenID Connect Core §3.1.3.1, RFC 7636 §4.5).
    ///
    /// # Errors
    ///
    /// Returns `TokenFailed` if the request can't be made.
    pub(crate) fn exchange(
        &self,
        code: &Secret<String>,
        login: &OidcLogin,
        now: SystemTime,
    ) -> Result<HttpRequest, Error> {
        let client = self.client()?;
        let mut request = client
            .exchange_code(AuthorizationCode::new(code.expose().clone()))
            .set_pkce_verifier(PkceCodeVerifier::new(login.pkce_verifier.expose().clone()))
            .set_redirect_uri(Cow::Owned(redirect(&login.redirect_uri)?));
        // The audience is the address that the assertion is sent to: it is valid nowhere else.
        let audience = self.metadata.token_endpoint.as_str();
        if let Some((kind, assertion)) = self.assertion(&self.method(), audience, now)? {
            request = request.add_extra_param("client_assertion_type", kind);
            request = request.add_extra_param("client_assertion", assertion.expose().clone());
        }
        made(request.request(&intercept), TokenFailed)
    }

    /// Returns the client as `openidconnect` describes it, with the endpoints and the secret.
    fn client(&self) -> Result<Client, Error> {
        let issuer = IssuerUrl::new(self.settings.issuer.clone())
            .map_err(|error| Error::with(DiscoveryInvalid, error))?;
        let client =
            CoreClient::new(ClientId::new(self.settings.client_id.clone()), issuer, JsonWebKeySet::default())
                .set_auth_uri(self.metadata.authorization_endpoint.clone())
                .set_token_uri(self.metadata.token_endpoint.clone());
        let secret = |secret: &Secret<String>| ClientSecret::new(secret.expose().clone());
        Ok(match self.method() {
            Method::Basic(value) => {
                client.set_auth_type(AuthType::BasicAuth).set_client_secret(secret(value))
            }
            Method::Post(value) => {
                client.set_auth_type(AuthType::RequestBody).set_client_secret(secret(value))
            }
            Method::Assertion(_) | Method::Public => client.set_auth_type(AuthType::RequestBody),
        })
    }

    /// Returns how this client authenticates, by the settings and, for `SecretAuto`, by the metadata.
    fn method(&self) -> Method<'_> {
        match (&self.settings.authentication, self.key) {
            (ClientAuthentication::SecretBasic(secret), _) => Method::Basic(secret),
            (ClientAuthentication::SecretPost(secret), _) => Method::Post(secret),
            (ClientAuthentication::SecretAuto(secret), key) => self.method_for(secret, key),
            (ClientAuthentication::SecretJwt(_) | ClientAuthentication::PrivateKeyJwt { .. }, Some(key)) => {
                Method::Assertion(key)
            }
            // The first two cannot be built without a key.
            (
                ClientAuthentication::SecretJwt(_)
                | ClientAuthentication::PrivateKeyJwt { .. }
                | ClientAuthentication::None,
                _,
            ) => Method::Public,
        }
    }

    /// Returns the method for a secret. If the metadata does not list any methods, it is `client_secret_basic`
    /// (OpenID Connect Discovery §3).
    fn method_for<'a>(&self, secret: &'a Secret<String>, key: Option<&'a AssertionKey>) -> Method<'a> {
        let takes = |method: CoreClientAuthMethod| {
            self.metadata.client_authentication.as_ref().is_some_and(|taken| taken.contains(&method))
        };
        if takes(CoreClientAuthMethod::ClientSecretBasic) {
            return Method::Basic(secret);
        }
        if takes(CoreClientAuthMethod::ClientSecretPost) {
            return Method::Post(secret);
        }
        match key {
            Some(key) if takes(CoreClientAuthMethod::ClientSecretJwt) => Method::Assertion(key),
            Some(_) | None => Method::Basic(secret),
        }
    }

    /// Returns the assertion and its type, if the method sends one (RFC 7521 §4.2).
    fn assertion(
        &self,
        method: &Method<'_>,
        audience: &str,
        now: SystemTime,
    ) -> Result<Option<(&'static str, Secret<String>)>, Error> {
        match method {
            Method::Assertion(key) => {
                let settings = self.settings;
                let assertion = key.sign(&settings.client_id, audience, now, settings.leeway)?;
                Ok(Some((ASSERTION_TYPE, assertion)))
            }
            Method::Basic(_) | Method::Post(_) | Method::Public => Ok(None),
        }
    }
}

fn redirect(address: &str) -> Result<RedirectUrl, Error> {
    RedirectUrl::new(address.to_owned())
        .map_err(|error| Error::with(ErrorKind::RequestInvalid, format!("redirect_uri: {error}")))
}

/// Takes the place of the HTTP client that `openidconnect` expects, and returns the request instead of sending it.
fn intercept(request: HttpRequest) -> Result<HttpResponse, Intercepted> {
    Err(Intercepted(Box::new(request)))
}

struct Intercepted(Box<HttpRequest>);

impl fmt::Debug for Intercepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The request contains secrets.
        f.write_str("Intercepted")
    }
}

impl fmt::Display for Intercepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("intercepted")
    }
}

impl StdError for Intercepted {}

/// Returns the request that [`intercept`] kept.
fn made<T, E: openidconnect::ErrorResponse + 'static>(
    outcome: Result<T, RequestTokenError<Intercepted, E>>,
    kind: ErrorKind,
) -> Result<HttpRequest, Error> {
    match outcome {
        Err(RequestTokenError::Request(Intercepted(request))) => Ok(*request),
        Err(error) => Err(unmade(kind, error)),
        Ok(_) => Err(Error::new(kind)),
    }
}

fn unmade(kind: ErrorKind, error: impl fmt::Display) -> Error {
    Error::with(kind, format!("the request could not be made: {error}"))
}
