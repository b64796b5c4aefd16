//! The test identity providers of the file, each on a loopback port.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};
use tower_sso::{ConfigError, Secret};
use tower_sso_test_idp::{
    ClientAuth, RunningIdp, SigningAlg, TestClient, TestIdp, TestKey, TestServiceProvider, TestUser,
};

use crate::{
    args::address,
    config::{
        Config, HubKey, IdpClientTable, IdpUserTable, Issuer, Secrets, ServiceProviderTable, TestIdpTable,
    },
    keep::Keep,
    problem::Problem,
};

/// Starts the providers. Each stops when it is dropped.
pub(crate) async fn start(
    config: &Config,
    base_url: &str,
    environment: &(dyn Fn(&str) -> Option<String> + Sync),
    keep: &Keep,
) -> Result<Vec<(Issuer, RunningIdp)>, Problem> {
    let mut running = Vec::new();
    for (index, table) in config.test_idps().iter().enumerate() {
        let place = format!("test_idp[{index}]");
        let before: Option<Kept> = keep.one(KIND, &table.name).await?;
        let of_table = |error: &ConfigError| config.named(Problem::of_table(&place, error));
        let key = signing_key(before.as_ref(), keep).map_err(|error| of_table(&error))?;
        let known = before.as_ref().map_or(&[][..], |before| &before.hub_keys);
        let keys = keys(table, known).map_err(|error| of_table(&error))?;
        let provider = provider(table, &place, (base_url, &keys), &config.secrets(environment), key.clone());
        let provider = provider.map_err(|problem| config.named(problem))?;
        let asked = table.listen.as_deref().unwrap_or("127.0.0.1:0");
        let asked = address(&format!("{place}.listen"), asked).map_err(|problem| config.named(problem))?;
        // The address is in the provider's issuer: without it, every SSO session would end.
        let listen =
            before.as_ref().map(|before| before.listen).filter(|_| asked.port() == 0).unwrap_or(asked);
        let served = match provider.serve(listen).await {
            Err(_) if listen != asked => provider.serve(asked).await,
            served => served,
        };
        let one = served.map_err(|error| {
            let expected = format!("expected a free loopback address, found {listen}: {error}");
            config.named(Problem::new(format!("{place}.listen"), expected))
        })?;
        let record = Kept::new(one.address(), key.as_ref(), &keys).map_err(|error| of_table(&error))?;
        let kept = keep.put(KIND, &table.name, &record).await;
        kept.map_err(|error| Problem::new("--store", error.to_string()))?;
        running.push((Issuer { name: table.name.clone(), address: one.issuer().to_owned(), keys }, one));
    }
    Ok(running)
}

/// Builds a provider with the host name `localhost`. For a browser this is another site than the hub's 127.0.0.1, as a
/// real provider is.
pub(crate) fn provider(
    table: &TestIdpTable,
    place: &str,
    (base_url, keys): (&str, &[HubKey]),
    secrets: &Secrets<'_>,
    key: Option<TestKey>,
) -> Result<TestIdp, Problem> {
    let mut builder = TestIdp::builder().host_name("localhost");
    if let Some(key) = key {
        builder = builder.key(key);
    }
    builder = builder.title(table.title.as_deref().unwrap_or(&table.name)).acr_values(&table.acr_values);
    for (at, one) in table.client.iter().enumerate() {
        builder = builder.client(client(one, &format!("{place}.client[{at}]"), base_url, secrets)?);
    }
    for one in &table.service_provider {
        builder = builder.service_provider(service_provider(one, base_url, keys));
    }
    for (at, one) in table.user.iter().enumerate() {
        builder = builder.user(user(one, &format!("{place}.user[{at}]"), secrets)?);
    }
    builder.build().map_err(|error| Problem::of_table(place, &error))
}

fn client(
    table: &IdpClientTable,
    place: &str,
    base_url: &str,
    secrets: &Secrets<'_>,
) -> Result<TestClient, Problem> {
    let callback = format!("{base_url}/sso/{}/oidc/callback", table.organization);
    let initiate = format!("{base_url}/sso/{}/oidc/initiate", table.organization);
    let mut client = TestClient::new(table.id.as_str()).redirect_uri(callback).initiate_login_uri(initiate);
    let sources = (&table.secret, &table.secret_env, &table.secret_file);
    if let Some(secret) = secrets.read(place, "secret", sources)? {
        client = client.secret(secret.expose().as_str());
    }
    Ok(match table.authentication.map(ClientAuth::from) {
        Some(authentication) => client.auth(authentication),
        None => client,
    })
}

/// Returns the hub as a SAML provider knows it: the organization's metadata, ACS and logout addresses, and its key.
fn service_provider(table: &ServiceProviderTable, base_url: &str, keys: &[HubKey]) -> TestServiceProvider {
    let page = |page: &str| format!("{base_url}/sso/{}/saml/{page}", table.organization);
    let mut provider =
        TestServiceProvider::new(page("metadata")).acs(page("acs")).signed(table.signed.into());
    if table.starts_here {
        provider = provider.starts_here();
    }
    if let Some(binding) = table.logout {
        provider = provider.single_logout(page("slo"), binding.into());
    }
    match keys.iter().find(|key| key.organization == table.organization) {
        Some(key) => provider.require_signed_requests(&key.certificate),
        None => provider,
    }
}

/// The kind of these records. The key is the provider's name.
const KIND: &str = "test_idp";

/// What is kept of a provider.
#[derive(Serialize, Deserialize)]
struct Kept {
    listen: SocketAddr,
    /// The provider's signing key, by its `kid` and in PEM.
    key: Option<(String, String)>,
    hub_keys: Vec<KeptHubKey>,
}

/// A key that was generated for an organization: the private key and the certificate, in PEM.
#[derive(Serialize, Deserialize)]
struct KeptHubKey {
    organization: String,
    key: String,
    certificate: String,
}

impl Kept {
    fn new(listen: SocketAddr, key: Option<&TestKey>, hub_keys: &[HubKey]) -> Result<Self, ConfigError> {
        let pem = |key: &TestKey| Ok((key.kid().to_owned(), key.private_key_pem()?.expose().clone()));
        let hub_keys = hub_keys.iter().map(|it| KeptHubKey {
            organization: it.organization.clone(),
            key: it.key.expose().clone(),
            certificate: it.certificate.clone(),
        });
        Ok(Self { listen, key: key.map(pem).transpose()?, hub_keys: hub_keys.collect() })
    }
}

/// Returns the provider's signing key: the one that was kept, or a new one. A provider that is not kept has the key that
/// all of them share.
fn signing_key(before: Option<&Kept>, keep: &Keep) -> Result<Option<TestKey>, ConfigError> {
    match before.and_then(|before| before.key.as_ref()) {
        Some((kid, pem)) => TestKey::from_private_key_pem(SigningAlg::Rs256, kid, pem).map(Some),
        None if keep.lasts() => TestKey::generate(SigningAlg::Rs256).map(Some),
        None => Ok(None),
    }
}

/// Returns a key for each organization whose messages must be signed: the one that was kept, or a new one.
fn keys(table: &TestIdpTable, known: &[KeptHubKey]) -> Result<Vec<HubKey>, ConfigError> {
    let signed = table.service_provider.iter().filter(|it| it.signed_requests);
    let made = signed.map(|it| {
        if let Some(kept) = known.iter().find(|kept| kept.organization == it.organization) {
            let (organization, certificate) = (kept.organization.clone(), kept.certificate.clone());
            return Ok(HubKey { organization, key: Secret::new(kept.key.clone()), certificate });
        }
        let key = TestKey::generate(SigningAlg::Es256)?;
        let (organization, certificate) = (it.organization.clone(), key.certificate_pem("hub")?);
        Ok(HubKey { organization, key: key.private_key_pem()?, certificate })
    });
    made.collect()
}

fn user(table: &IdpUserTable, place: &str, secrets: &Secrets<'_>) -> Result<TestUser, Problem> {
    let sources = (&table.password, &table.password_env, &table.password_file);
    let password = secrets.required(place, "password", sources)?;
    let user = TestUser::new(table.subject.as_str())
        .email(table.email.as_str())
        .password(password.expose().as_str());
    Ok(table.claims.iter().fold(user, |user, (name, value)| user.claim(name, value.clone())))
}
