//! An app with axum-login, tower-sessions and SQLite, whose organization Acme requires SSO.
//!
//! Run `cargo run -p example-axum-login`, and try what it prints. Everything is in memory. The page *axum-login and
//! tower-sessions* of the handbook explains it.

mod sso;
#[cfg(test)]
mod tests;
mod users;
mod web;

use axum::Router;
use sqlx::sqlite::SqlitePoolOptions;
use tokio::net::TcpListener;
use tower_sessions_sqlx_store::SqliteStore;
use tower_sso::{
    ConnectionSettings, Secret, Sso,
    connection::{Enforcement, FixedConnections},
    oidc::{ClientAuthentication, ClientId, OidcSettings},
};
use tower_sso_test_idp::{RunningIdp, TestClient, TestIdp, TestUser};

/// Returns the app, and Acme's identity provider, which runs as long as its value is kept.
async fn start(listener: &TcpListener) -> Result<(Sso, Router, RunningIdp), Box<dyn std::error::Error>> {
    // A database in memory exists as long as its connection.
    let options = SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
    let db = options.connect("sqlite::memory:").await?;
    sqlx::raw_sql(include_str!("schema.sql")).execute(&db).await?;
    let sessions = SqliteStore::new(db.clone());
    sessions.migrate().await?;
    let base_url = format!("http://{}", listener.local_addr()?);
    let client = TestClient::new("app").redirect_uri(format!("{base_url}/sso/1/oidc/callback"));
    let ada = TestUser::new("Ada").email("ada@acme.example").password("acme-ada");
    let idp = TestIdp::builder().user(ada).client(client.secret("a secret")).host_name("localhost");
    let idp = idp.build()?.serve("127.0.0.1:0").await?;

    // A real app reads its connections from a file: see `FileConnections`.
    let secret = ClientAuthentication::SecretAuto(Secret::new("a secret".into()));
    let provider = OidcSettings::new(idp.issuer(), ClientId::new("app"), secret);
    let acme = ConnectionSettings::oidc("1", Enforcement::Enforced, provider).name("Acme");
    let connections = FixedConnections::build([acme])?;
    let sso = Sso::builder(&base_url, sso::Organizations(db.clone()), connections);
    let sso = sso.hide_unknown_organizations().build()?;
    Ok((sso.clone(), web::app(sso, users::Backend { db }, sessions), idp))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().init();
    let listener = TcpListener::bind("127.0.0.1:8080").await?;
    let (_, app, _idp) = start(&listener).await?;
    tracing::info!(
        "Open http://127.0.0.1:8080/acme/plans, and sign in to the app as ada, password app-ada. Log in with SSO at Acme\n\
         as ada@acme.example, password acme-ada: the page opens. At http://127.0.0.1:8080/, give the session another id:\n\
         the page still opens. Sign out, and in again: you have to log in with SSO again. (Within 30 seconds of the last\n\
         SSO login, a page warns of a loop first.) For niels, password app-niels, who is no member, the app answers 404."
    );
    Ok(axum::serve(listener, app).await?)
}
