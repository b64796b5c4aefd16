//! Builds a provider.

use tower_sso_core::{Clock, ConfigError, internal::random_token};

use crate::{
    checks::{check_clients, check_issuer, check_service_providers, check_users},
    client::TestClient,
    idp::{Settings, TestIdp},
    keys::{algorithm::SigningAlg, test_key::TestKey},
    lies::oddity::Oddity,
    loopback::is_loopback_host,
    service_provider::TestServiceProvider,
    user::TestUser,
};

/// Builds a [`TestIdp`]. Created by [`TestIdp::builder`].
///
/// A provider needs users, and the apps that they log in to: OpenID clients, SAML service providers, or both.
/// Everything else has a default.
///
/// ```
/// use tower_sso_test_idp::{SigningAlg, TestClient, TestIdp, TestKey, TestServiceProvider, TestUser};
///
/// # fn run() -> Result<(), tower_sso_test_idp::ConfigError> {
/// let idp = TestIdp::builder()
///     .title("Acme")
///     .user(TestUser::new("ada").email("ada@acme.example").password("lovelace"))
///     .user(TestUser::new("bob").email("bob@acme.example").password("tables"))
///     .client(TestClient::new("hub").redirect_uri("http://127.0.0.1:8080/sso/1/callback").secret("a secret"))
///     .service_provider(
///         TestServiceProvider::new("http://127.0.0.1:8080/sso/2/metadata").acs("http://127.0.0.1:8080/sso/2/acs"),
///     )
///     .key(TestKey::shared(SigningAlg::Es256)?) // generated once for all tests of the process
///     .build()?;
/// assert_eq!(idp.signing_alg(), SigningAlg::Es256);
/// # Ok(()) }
/// # run().unwrap();
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until `build`"]
pub struct TestIdpBuilder {
    title: Option<String>,
    users: Vec<TestUser>,
    clients: Vec<TestClient>,
    service_providers: Vec<TestServiceProvider>,
    clock: Clock,
    alg: Option<SigningAlg>,
    key: Option<TestKey>,
    issuer: Option<String>,
    host_name: Option<String>,
    path: String,
    acr_values: Vec<String>,
    no_pick_list: bool,
    oddities: Vec<Oddity>,
}

impl TestIdp {
    /// Returns a builder without users and clients.
    pub fn builder() -> TestIdpBuilder {
        TestIdpBuilder::default()
    }
}

impl TestIdpBuilder {
    /// Sets the name on the pages, such as the organization's name. The default is "Test provider".
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Adds a user.
    ///
    /// Users are listed on the sign-in page in this order.
    pub fn user(mut self, user: TestUser) -> Self {
        self.users.push(user);
        self
    }

    /// Adds a client.
    pub fn client(mut self, client: TestClient) -> Self {
        self.clients.push(client);
        self
    }

    /// Adds a service provider, whose users log in with SSO by SAML.
    pub fn service_provider(mut self, provider: TestServiceProvider) -> Self {
        self.service_providers.push(provider);
        self
    }

    /// Sets the clock. The default is the system's clock.
    ///
    /// Give the provider and the app the same clock. A test then moves the time instead of waiting, and both agree
    /// about what has expired.
    ///
    /// ```
    /// use std::{
    ///     sync::{Arc, atomic::{AtomicU64, Ordering}},
    ///     time::{Duration, UNIX_EPOCH},
    /// };
    ///
    /// use tower_sso_test_idp::{Clock, TestIdp};
    ///
    /// let seconds = Arc::new(AtomicU64::new(1_800_000_000));
    /// let clock = Clock::from_fn({
    ///     let seconds = Arc::clone(&seconds);
    ///     move || UNIX_EPOCH + Duration::from_secs(seconds.load(Ordering::Relaxed))
    /// });
    /// let _builder = TestIdp::builder().clock(clock); // and `SsoBuilder::clock` of your app
    /// seconds.fetch_add(3600, Ordering::Relaxed); // an hour later
    /// ```
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Sets the signature algorithm; a new key is generated for it. The default is [`SigningAlg::Rs256`].
    ///
    /// SAML messages are signed with the same key. If [`key`](Self::key) is set too, its algorithm must be this one.
    pub fn signing_alg(mut self, alg: SigningAlg) -> Self {
        self.alg = Some(alg);
        self
    }

    /// Sets the key to sign with. Its algorithm becomes the signature algorithm.
    ///
    /// [`TestKey::shared`] spares a test the generation of an RSA key, which takes about 100 ms.
    pub fn key(mut self, key: TestKey) -> Self {
        self.key = Some(key);
        self
    }

    /// Sets the issuer, if it differs from the address that the provider is served at. It must be an `http` URL on
    /// loopback. A slash at its end is kept.
    ///
    /// Use this to test an app with a provider that names another issuer than the one that the app was told, or to keep
    /// the issuer when the provider is restarted on another port.
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Sets the host name in the issuer when the provider is [served](TestIdp::serve): `localhost`, or an address of
    /// 127.0.0.0/8. The default is the listener's address. For a browser, an app on 127.0.0.1 and a provider on
    /// `localhost` are different sites.
    pub fn host_name(mut self, host_name: impl Into<String>) -> Self {
        self.host_name = Some(host_name.into());
        self
    }

    /// Sets the path under which the provider is [served](TestIdp::serve), such as `/acme`. The default is the root.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// Sets the authentication context classes that an SSO login can have. The first of them that a client requests
    /// becomes `acr`. The first of them that a service provider requests becomes the `AuthnContextClassRef`.
    pub fn acr_values<T: Into<String>>(mut self, values: impl IntoIterator<Item = T>) -> Self {
        self.acr_values = values.into_iter().map(Into::into).collect();
        self
    }

    /// Adds an oddity: the provider is unusual in this way, but honest.
    ///
    /// Oddities are set when the provider is built, and lies while it runs: see [`TestIdp::lie`].
    pub fn oddity(mut self, oddity: Oddity) -> Self {
        self.oddities.push(oddity);
        self
    }

    /// Removes the list of users from the sign-in page. It then asks only for email address and password.
    pub fn without_pick_list(mut self) -> Self {
        self.no_pick_list = true;
        self
    }

    /// Builds the provider. Generates a key, unless one was set.
    ///
    /// # Errors
    /// Returns an error if two users have the same email address or subject; if two clients or service providers have
    /// the same id; if a redirect URI or ACS address is not an absolute URI without a fragment; if a method of client
    /// authentication lacks its secret or key; if a key can't be read; or if the issuer or the host name is not on
    /// loopback.
    pub fn build(self) -> Result<TestIdp, ConfigError> {
        check_users(&self.users)?;
        check_clients(&self.clients)?;
        check_service_providers(&self.service_providers)?;
        if let Some(issuer) = &self.issuer {
            check_issuer(issuer)?;
        }
        if let Some(host) = &self.host_name
            && !is_loopback_host(host)
        {
            return Err(ConfigError::new("host_name", format!("expected a loopback name, found {host:?}")));
        }
        let path = self.path.trim_end_matches('/').to_owned();
        if !path.is_empty() && (!path.starts_with('/') || path.contains(['{', '}', '?', '#'])) {
            return Err(ConfigError::new(
                "path",
                format!("expected a path such as \"/acme\", found {path:?}"),
            ));
        }
        if let (Some(key), Some(alg)) = (&self.key, self.alg)
            && key.alg() != alg
        {
            return Err(ConfigError::new("signing_alg", "the key that was given has another algorithm"));
        }
        let key = match self.key {
            Some(key) => key,
            None => TestKey::generate(self.alg.unwrap_or(SigningAlg::Rs256))?,
        };
        let tag = random_token().map_err(|error| ConfigError::new("cookie", error.to_string()))?;
        let settings = Settings {
            title: self.title.unwrap_or_else(|| "Test provider".to_owned()),
            users: self.users,
            clients: self.clients,
            service_providers: self.service_providers,
            clock: self.clock,
            alg: key.alg(),
            issuer: self.issuer,
            host_name: self.host_name,
            path,
            acr_values: self.acr_values,
            pick_list: !self.no_pick_list,
            // Cookies ignore the port: each provider on the same host needs another cookie name.
            cookie: format!("idp_{}", tag.expose().get(..8).unwrap_or_default()),
            oddities: self.oddities,
        };
        Ok(TestIdp::new(settings, key))
    }
}

#[cfg(test)]
mod tests {
    use crate::client::ClientAuth;

    use super::*;

    fn good() -> TestIdpBuilder {
        TestIdp::builder()
            .key(TestKey::shared(SigningAlg::Es256).unwrap())
            .user(TestUser::new("ada").email("ada@acme.example").password("pw"))
            .client(TestClient::new("hub").redirect_uri("http://127.0.0.1/cb").secret("s"))
            .host_name("localhost")
            .issuer("http://localhost:1/acme/")
            .path("/acme")
    }

    #[test]
    fn bad_settings_are_reported_by_name() {
        assert!(good().build().is_ok());
        for (bad, field) in [
            (good().user(TestUser::new("eve").email("ADA@acme.example").password("pw")), "user"),
            (good().user(TestUser::new("ada").email("eve@acme.example").password("pw")), "user"),
            (good().client(TestClient::new("hub").redirect_uri("http://127.0.0.1/cb")), "client \"hub\""),
            (good().client(TestClient::new("").redirect_uri("http://127.0.0.1/cb")), "client \"\""),
            (good().client(TestClient::new("x").redirect_uri("/cb")), "client \"x\""),
            (good().client(TestClient::new("x").redirect_uri("http://127.0.0.1/cb#f")), "client \"x\""),
            (
                good().client(
                    TestClient::new("x").redirect_uri("http://127.0.0.1/cb").auth(ClientAuth::SecretPost),
                ),
                "client \"x\"",
            ),
            (good().host_name("acme.example"), "host_name"),
            (good().issuer("http://acme.example"), "issuer"),
            (good().issuer("https://localhost"), "issuer"),
            (good().path("acme"), "path"),
            (good().signing_alg(SigningAlg::Rs256), "signing_alg"),
        ] {
            assert_eq!(bad.build().unwrap_err().field(), field);
        }
    }
}
