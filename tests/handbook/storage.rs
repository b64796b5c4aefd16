//! The code of `docs/storage.md`.

use std::error::Error;

use tower_sso::{
    AccountId, Connections, Directory, LookupError, OrgId, Sso,
    audit::TracingSink,
    audit_log::{AuditLog as _, AuditQuery, AuditRecord, StoredAudit},
    connection::StoredConnections,
    keys::{Key, KeyRing},
};
use tower_sso_sqlx::{PostgresStore, SqliteStore};

#[allow(dead_code, reason = "only compiled")]
async fn build(app: impl Directory, connections: impl Connections) -> Result<Sso, Box<dyn Error>> {
    // [store]
    let store = SqliteStore::open("sso.db").await?;
    let sso = Sso::builder("https://hub.example", app, connections).store(store).build()?;
    // [/store]
    Ok(sso)
}

#[allow(dead_code, reason = "only compiled")]
async fn postgres(app: impl Directory, connections: impl Connections) -> Result<Sso, Box<dyn Error>> {
    // [postgres]
    let store = PostgresStore::connect("postgres://app@db.example/app?sslmode=verify-full").await?;
    let keys = KeyRing::new(Key::parse(&std::env::var("SSO_KEY")?)?);
    let sso = Sso::builder("https://hub.example", app, connections).store(store).keys(keys).build()?;
    // [/postgres]
    Ok(sso)
}

#[allow(dead_code, reason = "only compiled")]
async fn documents(app: impl Directory, admin: &AccountId, here: &OrgId) -> Result<(), Box<dyn Error>> {
    // [documents]
    let store = SqliteStore::open("sso.db").await?;
    let keys = SqliteStore::key_file("sso.db")?;
    let connections = StoredConnections::new(store.clone(), keys);
    let audit = StoredAudit::start(store.clone());
    let sso = Sso::builder("https://hub.example", app, connections.clone())
        .store(store.clone())
        .audit_sink((TracingSink, audit.clone()))
        .build()?;
    // [/documents]
    // [save]
    let text = r#"
        organization = "1"
        enforcement = "optional"
        [oidc]
        issuer = "https://login.acme.example"
        client_id = "hub"
        client_secret = "s3cr3t"
    "#;
    let saved = connections.save(text, 0, Some(admin)).await?;
    sso.as_actor(admin).run(async { sso.connections_reloaded(&saved.reloaded) }).await?;
    for change in connections.history(here, None, 20).await? {
        println!("{} by {:?}: {} fields", change.number, change.changed_by, change.fields.len());
    }
    // [/save]
    Ok(())
}

#[allow(dead_code, reason = "only compiled")]
async fn refusals(store: &SqliteStore, here: &OrgId) -> Result<Vec<AuditRecord>, LookupError> {
    // [query]
    let query = AuditQuery::new(50).organization(here.clone()).names(["login.refused"]);
    let refusals = store.query(&query).await?.records;
    // [/query]
    Ok(refusals)
}
