//! Makes a database with one record of each kind, for the tests of later versions:
//! `cargo run -p tower-sso-sqlx --example fixture -- FILE`.

use std::{
    error::Error,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tower_sso_core::{
    Credential, Digest, LookupError, ReturnPath,
    audit::{AuditLevel, AuditLog as _, AuditRecord},
    connection::{ConnectionRecord, ConnectionStore as _},
    session::{RevocationScope, SessionId, SsoSession},
    store::{
        Claim, JoinLink, JoinLinks as _, Link, LinkScope, Links as _, OneTime as _, OneTimeEntry, Revocation,
        SessionStore as _, ValueOwner,
    },
};
use tower_sso_sqlx::SqliteStore;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1).ok_or("expected the file to make")?;
    let store = SqliteStore::open(file).await?;
    fill(&store).await.map_err(|error| error.to_string())?;
    store.close().await;
    Ok(())
}

async fn fill(store: &SqliteStore) -> Result<(), LookupError> {
    let at = |seconds: u64| -> SystemTime { UNIX_EPOCH + Duration::from_secs(4_000_000_000 + seconds) };
    let digest = |byte: u8| Digest::from_bytes([byte; 32]);
    store.revoke(&Revocation::new(RevocationScope::Account("bob".into()), at(100), at(700))).await?;
    let (id, credential) = (SessionId::new("ada"), Credential::session("session of ada"));
    let mut session =
        SsoSession::new(id, credential, "acme".into(), "ada".into(), digest(7), at(0), at(9_000));
    session.revision = store.revision(None).await?;
    session.subject = "subject of ada".to_owned();
    store.insert(Arc::new(session)).await?;
    let scope = LinkScope("https://idp.example".to_owned(), "client".to_owned());
    let link = Link::new("acme".into(), "ada".into(), scope, "subject of ada".to_owned());
    store.link(&link, &SessionId::new("ada")).await?;
    let join_link =
        JoinLink::new("j-1".into(), "acme".into(), "ada".into(), at(0), at(900), ReturnPath::root());
    store.add(&join_link).await?;
    store.count(&"acme".into(), &"j-1".into()).await?;
    for byte in [1, 2] {
        let owner = ValueOwner::new(digest(byte), 3, "acme".into());
        let entry = OneTimeEntry::new(digest(byte), owner, vec![byte; 10], at(0), Duration::from_secs(600));
        store.put(entry).await?;
    }
    store.take(&digest(1)).await?;
    store.claim(&Claim::new(digest(3), "acme".into(), at(100), at(600))).await?;
    for number in [1, 2] {
        let by = (number > 1).then(|| "ada".into());
        let sealed = vec![0, 255, number as u8];
        store.save(&ConnectionRecord::new("acme".into(), number, at(number), by, sealed)).await?;
    }
    for reference in ["a", "b"] {
        let mut record = AuditRecord::new(at(1), reference, "login.refused", AuditLevel::Warning);
        record.organization = Some("acme".into());
        record.details.insert("kind".to_owned(), "state_used".to_owned());
        store.append(&[record]).await?;
    }
    Ok(())
}
