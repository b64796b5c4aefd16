//! Builds a provider, and checks its settings.

use std::collections::HashSet;

use tower_sso_core::{Clock, ConfigError, internal::random_token};
use url::Url;

use crate::{
    client::{ClientAuth, TestClient},
    idp::{Settings, TestIdp},
    keys::{algorithm::SigningAlg, public_key::public_key, test_key::TestKey},
    lies::oddity::Oddity,
    loopback::is_loopback_host,
    service_provider::TestServiceProvider,
    user::TestUser,
};

/// Builds a [`TestIdp`]. Created by [`TestIdp::builder`].
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
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Sets the signature algorithm; a new key is generated for it. The default is [`SigningAlg::Rs256`].
    pub fn signing_alg(mut self, alg: SigningAlg) -> Self {
        self.alg = Some(alg);
        self
    }

    /// Sets the key to sign with. Its algorithm becomes the signature algorithm.
    pub fn key(mut self, key: TestKey) -> Self {
        self.key = Some(key);
        self
    }

    /// Sets the issuer, if it differs from the address that the provider is served at. It must be an `http` URL on
    /// loopback. A slash at its end is kept.
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

fn check_users(users: &[TestUser]) -> Result<(), ConfigError> {
    let (mut emails, mut subjects) = (HashSet::new(), HashSet::new());
    for user in users {
        if user.email.is_empty() || user.password.expose().is_empty() {
            let problem = format!("expected an email address and a password for {:?}", user.display_name());
            return Err(ConfigError::new("user", problem));
        }
        if !emails.insert(user.email.to_lowercase()) {
            return Err(ConfigError::new("user", format!("two users sign in with {:?}", user.email)));
        }
        // A user may have no subject, or an unusual one, on purpose.
        if let Some(subject) = user.claims.get("sub")
            && !subjects.insert(subject.to_string())
        {
            return Err(ConfigError::new("user", format!("two users have the subject {subject}")));
        }
    }
    Ok(())
}

fn check_clients(clients: &[TestClient]) -> Result<(), ConfigError> {
    let mut ids = HashSet::new();
    for client in clients {
        let wrong = |problem: String| Err(ConfigError::new(format!("client {:?}", client.id), problem));
        if client.id.is_empty() || !ids.insert(&client.id) {
            return wrong("expected an id that no other client has".to_owned());
        }
        if client.redirect_uris.is_empty() {
            return wrong("expected a redirect URI".to_owned());
        }
        for uri in &client.redirect_uris {
            if Url::parse(uri).is_ok_and(|uri| uri.has_host() && uri.fragment().is_none()) {
                continue;
            }
            return wrong(format!("expected an absolute redirect URI without a fragment, found {uri:?}"));
        }
        if !ClientAuth::ALL.into_iter().any(|auth| client.takes(auth)) {
            return wrong(
                "its way of authentication lacks the secret or the key, or has one too many".to_owned(),
            );
        }
    }
    Ok(())
}

fn check_service_providers(providers: &[TestServiceProvider]) -> Result<(), ConfigError> {
    let mut ids = HashSet::new();
    for provider in providers {
        let wrong = |problem: &str| {
            Err(ConfigError::new(format!("service provider {:?}", provider.entity_id), problem))
        };
        if provider.entity_id.is_empty() || !ids.insert(&provider.entity_id) {
            return wrong("expected an entity ID that no other service provider has");
        }
        let fits =
            |address: &str| Url::parse(address).is_ok_and(|it| it.has_host() && it.fragment().is_none());
        if !fits(&provider.acs) {
            return wrong("expected an absolute ACS address without a fragment");
        }
        if provider.logout.as_ref().is_some_and(|logout| !fits(&logout.address)) {
            return wrong("expected an absolute address for logout messages, without a fragment");
        }
        let keys = [&provider.encryption_key, &provider.signing_key];
        if keys.into_iter().flatten().any(|pem| public_key(pem).is_none()) {
            return wrong("expected keys as a certificate or a public key in PEM");
        }
    }
    Ok(())
}

fn check_issuer(issuer: &str) -> Result<(), ConfigError> {
    let fits = Url::parse(issuer).is_ok_and(|url| {
        url.scheme() == "http"
            && url.host_str().is_some_and(is_loopback_host)
            && url.query().is_none()
            && url.fragment().is_none()
    });
    if fits {
        Ok(())
    } else {
        Err(ConfigError::new("issuer", format!("expected http on loopback, found {issuer:?}")))
    }
}

#[cfg(test)]
mod tests {
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
