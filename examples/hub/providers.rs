//! The identity providers inside, for a file that asks for them: on loopback ports of their own.

use tower_sso::test_idp::{ClientAuth, RunningIdp, TestClient, TestIdp, TestServiceProvider, TestUser};

use crate::{
    args::address,
    config::{Config, IdpClientTable, IdpUserTable, Issuer, Secrets, ServiceProviderTable, TestIdpTable},
    problem::Problem,
};

/// Starts them. They stop when they are dropped.
pub(crate) async fn start(
    config: &Config,
    base_url: &str,
    environment: &(dyn Fn(&str) -> Option<String> + Sync),
) -> Result<Vec<(Issuer, RunningIdp)>, Problem> {
    let mut running = Vec::new();
    for (index, table) in config.test_idps().iter().enumerate() {
        let place = format!("test_idp[{index}]");
        let provider = provider(table, &place, base_url, &config.secrets(environment));
        let provider = provider.map_err(|problem| config.named(problem))?;
        let listen = address(&format!("{place}.listen"), table.listen.as_deref().unwrap_or("127.0.0.1:0"));
        let listen = listen.map_err(|problem| config.named(problem))?;
        let one = provider.serve(listen).await.map_err(|error| {
            let expected = format!("expected a free loopback address, found {listen}: {error}");
            config.named(Problem::new(format!("{place}.listen"), expected))
        })?;
        running.push((Issuer { name: table.name.clone(), address: one.issuer().to_owned() }, one));
    }
    Ok(running)
}

/// A provider called `localhost`: to a browser another site than the hub's 127.0.0.1, as a real provider is.
pub(crate) fn provider(
    table: &TestIdpTable,
    place: &str,
    base_url: &str,
    secrets: &Secrets<'_>,
) -> Result<TestIdp, Problem> {
    let mut builder = TestIdp::builder().host_name("localhost");
    builder = builder.title(table.title.as_deref().unwrap_or(&table.name));
    for (at, one) in table.client.iter().enumerate() {
        builder = builder.client(client(one, &format!("{place}.client[{at}]"), base_url, secrets)?);
    }
    for one in &table.service_provider {
        builder = builder.service_provider(service_provider(one, base_url));
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
    let mut client = TestClient::new(table.id.as_str(), callback).initiate_login_uri(initiate);
    let sources = (&table.secret, &table.secret_env, &table.secret_file);
    if let Some(secret) = secrets.read(place, "secret", sources)? {
        client = client.secret(secret.expose().as_str());
    }
    Ok(match table.authentication.map(ClientAuth::from) {
        Some(authentication) => client.auth(authentication),
        None => client,
    })
}

/// The hub as a provider knows it by SAML: by the organization's metadata and ACS addresses.
fn service_provider(table: &ServiceProviderTable, base_url: &str) -> TestServiceProvider {
    let page = |page: &str| format!("{base_url}/sso/{}/saml/{page}", table.organization);
    let provider = TestServiceProvider::new(page("metadata"), page("acs")).signed(table.signed.into());
    if table.starts_here { provider.starts_here() } else { provider }
}

fn user(table: &IdpUserTable, place: &str, secrets: &Secrets<'_>) -> Result<TestUser, Problem> {
    let sources = (&table.password, &table.password_env, &table.password_file);
    let password = secrets.required(place, "password", sources)?;
    let user = TestUser::new(table.subject.as_str(), table.email.as_str(), password.expose().as_str());
    Ok(table.claims.iter().fold(user, |user, (name, value)| user.claim(name, value.clone())))
}
