//! The server stops, and comes back.

use std::time::{Duration, Instant};

use sqlx::Executor as _;
use tower_sso_core::{
    session::SessionId,
    store::{Links as _, SessionStore as _},
};
use tower_sso_sqlx::PostgresStore;

use crate::{
    records::{link, revocation, session},
    server::Server,
};

#[tokio::test]
async fn a_server_that_is_gone_is_an_error_and_is_found_again_when_it_is_back() {
    let server = Server::new("restarted");
    let store = PostgresStore::connect(&server.url(&server.database().await)).await.unwrap();
    let ada = session("ada", store.revision(None).await.unwrap());
    store.insert(std::sync::Arc::new(ada.clone())).await.unwrap();
    store.link(&link("ada"), &SessionId::new("1")).await.unwrap();
    server.stop();
    let found = tower_sso_core::store::SessionStore::find(&store, ada.key()).await;
    let error = found.expect_err("a server that is gone is never a \"no\"");
    assert!(error.to_string().contains("PostgreSQL"), "{error}");
    assert!(store.revoke(&revocation("ada", 1)).await.is_err());
    assert!(store.revoked(&ada).await.is_err());
    let Server { directory, port } = server;
    let server = Server::start(directory, port);
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        match tower_sso_core::store::SessionStore::find(&store, ada.key()).await {
            Ok(found) => break assert!(found.is_some()),
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
    }
    assert_eq!(store.revoke(&revocation("ada", 1)).await.unwrap().count, 1);
    server.stop();
}

#[tokio::test]
async fn a_lock_that_another_transaction_holds_is_an_error_in_time() {
    let server = Server::shared();
    let database = server.database().await;
    let store = PostgresStore::connect(&server.url(&database)).await.unwrap();
    let mut other = server.connection(&database).await;
    other.execute("begin; lock table tower_sso.links in access exclusive mode").await.unwrap();
    let begun = Instant::now();
    let error = store.link(&link("ada"), &SessionId::new("1")).await.unwrap_err();
    assert!(error.to_string().starts_with("another transaction holds a lock in PostgreSQL"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    other.execute("rollback").await.unwrap();
    store.link(&link("ada"), &SessionId::new("1")).await.expect("the twin");
}
