//! The smallest app with tower-sso. Run `cargo run --example minimal`, then open the address that it prints.

use axum::{Router, extract::Request, middleware::map_request, routing::get};
use tower_sso::{
    AccountId, ApplyOutcome, CompletedLogin, ConnectionSettings, Directory, Lookup, Membership, OrgId,
    OrgSlug, RequestHead, Secret, Sso, Viewer,
    connection::{Enforcement, FixedConnections},
    oidc::{ClientAuthentication, ClientId, OidcSettings},
};
use tower_sso_test_idp::{TestClient, TestIdp, TestUser};

struct App;

impl Directory for App {
    fn viewer(&self, request: RequestHead<'_>) -> Lookup<Viewer> {
        Lookup::now(request.extensions.get::<Viewer>().cloned().unwrap_or(Viewer::NotEstablished))
    }
    fn organization(&self, slug: &OrgSlug) -> Lookup<Option<OrgId>> {
        Lookup::now((slug.as_str() == "acme").then(|| OrgId::new("1")))
    }
    fn membership(&self, _: &OrgId, account: &AccountId) -> Lookup<Membership> {
        Lookup::now(if account.as_str() == "ada" { Membership::member() } else { Membership::NonMember })
    }
    fn verified_emails(&self, account: &AccountId) -> Lookup<Vec<String>> {
        Lookup::now(vec![format!("{account}@acme.example")])
    }
    fn apply(&self, _: &CompletedLogin) -> Lookup<ApplyOutcome> {
        Lookup::now(ApplyOutcome::Done)
    }
}

/// The app's own login. In this example, everyone is ada, in one browser. A real app looks up its session cookie.
async fn login<B>(mut request: Request<B>) -> Request<B> {
    request.extensions_mut().insert(Viewer::session("ada".into(), "her-login-session".into()));
    request
}

#[allow(clippy::print_stdout)]
#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The organization's identity provider. In this example, it is the test provider in this process.
    let idp = TestIdp::builder()
        .user(TestUser::new("Ada").email("ada@acme.example").password("lovelace"))
        .client(
            TestClient::new("app")
                .redirect_uri("http://127.0.0.1:8080/sso/1/oidc/callback")
                .secret("a secret"),
        )
        .host_name("localhost")
        .build()?;
    let idp = idp.serve("127.0.0.1:0").await?;

    let secret = ClientAuthentication::SecretAuto(Secret::new("a secret".into()));
    let provider = OidcSettings::new(idp.issuer(), ClientId::new("app"), secret);
    let connection = ConnectionSettings::oidc("1", Enforcement::Enforced, provider);
    let connections = FixedConnections::build([connection])?;
    let sso = Sso::builder("http://127.0.0.1:8080", App, connections).build()?;
    let routes = Router::new()
        .route("/{org}/plans", get(|| async { "You have logged in with SSO: here are the plans.\n" }));
    let app: Router = sso.guard(routes).layer(map_request(login));
    println!(
        "Open http://127.0.0.1:8080/acme/plans and log in with SSO as ada@acme.example, password lovelace."
    );
    axum::serve(tokio::net::TcpListener::bind("127.0.0.1:8080").await?, app).await?;
    Ok(())
}
