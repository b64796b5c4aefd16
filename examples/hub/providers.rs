//! The test identity providers of the file, each on a loopback port.

use tower_sso::ConfigError;
use tower_sso_test_idp::{
    ClientAuth, RunningIdp, SigningAlg, TestClient, TestIdp, TestKey, TestServiceProvider, TestUser,
};

use crate::{
    args::address,
    config::{
        Config, HubKey, IdpClientTable, IdpUserTable, Issuer, Secrets, ServiceProviderTable, TestIdpTable,
    },
    problem::Problem,
};

/// Starts the providers. Each stops when it is dropped.
pub(crate) async fn start(
    config: &Config,
    base_url: &str,
    environment: &(dyn Fn(&str) -> Option<String> + Sync),
) -> Result<Vec<(Issuer, RunningIdp)>, Problem> {
    let mut running = Vec::new();
    for (index, table) in config.test_idps().iter().enumerate() {
        let place = format!("test_idp[{index}]");
        let keys = keys(table).map_err(|error| config.named(Problem::of_table(&place, &error)))?;
        let provider = provider(table, &place, (base_url, &keys), &config.secrets(environment));
        let provider = provider.map_err(|problem| config.named(problem))?;
        let listen = address(&format!("{place}.listen"), table.listen.as_deref().unwrap_or("127.0.0.1:0"));
        let listen = listen.map_err(|problem| config.named(problem))?;
        let one = provider.serve(listen).await.map_err(|error| {
            let expected = format!("expected a free loopback address, found {listen}: {error}");
            config.named(Problem::new(format!("{place}.listen"), expected))
        })?;
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
) -> Result<TestIdp, Problem> {
    let mut builder = TestIdp::builder().host_name("localhost");
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

/// Generates a key for each organization whose messages must be signed.
fn keys(table: &TestIdpTable) -> Result<Vec<HubKey>, ConfigError> {
    let signed = table.service_provider.iter().filter(|it| it.signed_requests);
    let made = signed.map(|it| {
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
