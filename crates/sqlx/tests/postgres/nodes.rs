//! Several nodes on one database.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tower_sso_core::{
    Digest, LookupError,
    audit::AuditLog as _,
    connection::{ConnectionStore as _, SaveOutcome},
    session::SessionId,
    store::{
        Claim, ClaimOutcome, InsertOutcome, JoinLinks as _, Links as _, OneTime as _, OneTimeEntry,
        SessionStore as _, TakeOutcome, ValueOwner,
    },
};
use tower_sso_sqlx::PostgresStore;

use crate::{
    records::{at, audited, change, claim, join_link, link, revocation, session, value},
    server::Server,
};

async fn nodes(count: usize) -> Vec<PostgresStore> {
    let server = Server::shared();
    let url = server.url(&server.database().await);
    let mut nodes = Vec::new();
    for _ in 0..count {
        nodes.push(PostgresStore::connect(&url).await.unwrap());
    }
    nodes
}

#[tokio::test]
async fn a_node_sees_what_another_one_wrote() {
    let nodes = nodes(2).await;
    let (one, other) = (&nodes[0], &nodes[1]);
    let revision = one.revision(None).await.unwrap();
    let ada = Arc::new(session("ada", revision));
    assert_eq!(one.insert(Arc::clone(&ada)).await.unwrap(), InsertOutcome::Stored);
    assert_eq!(tower_sso_core::store::SessionStore::find(other, ada.key()).await.unwrap(), Some(ada.clone()));
    assert_eq!(other.revoke(&revocation("ada", 100)).await.unwrap().count, 1);
    assert_eq!(tower_sso_core::store::SessionStore::find(one, ada.key()).await.unwrap(), None);
    // A login that began before the revocation, at the other node.
    assert_eq!(one.insert(ada).await.unwrap(), InsertOutcome::Revoked);
    one.put(value(1)).await.unwrap();
    let taken = other.take(&Digest::from_bytes([1; 32])).await.unwrap();
    assert_eq!(taken, TakeOutcome::Value { value: vec![1; 10], expires_at: at(600) });
    assert_eq!(one.take(&Digest::from_bytes([1; 32])).await.unwrap(), TakeOutcome::Again);
    assert_eq!(one.claim(&claim(3, 100)).await.unwrap(), ClaimOutcome::First);
    assert_eq!(other.claim(&claim(3, 100)).await.unwrap(), ClaimOutcome::Again);
    one.add(&join_link("j-1")).await.unwrap();
    assert!(other.count(&"acme".into(), &"j-1".into()).await.unwrap());
    assert_eq!(one.save(&change(1)).await.unwrap(), SaveOutcome::Saved);
    assert_eq!(other.save(&change(1)).await.unwrap(), SaveOutcome::Conflict);
}

/// Everything at once, in a few organizations, so that transactions meet. None of them may wait for another that waits for
/// it, which PostgreSQL would end with an error.
#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_write_at_the_same_time_do_not_wait_for_each_other_for_ever() {
    let nodes = Arc::new(nodes(3).await);
    let end = Instant::now() + Duration::from_secs(4);
    let tasks = (0..24_u64).map(|task| {
        let nodes = Arc::clone(&nodes);
        tokio::spawn(async move {
            let mut calls = 0_u64;
            while Instant::now() < end {
                let store = &nodes[((task + calls) % 3) as usize];
                one_call(store, task, calls).await.unwrap_or_else(|error| panic!("{task} {calls}: {error}"));
                calls += 1;
            }
            calls
        })
    });
    let mut calls = 0;
    for task in Vec::from_iter(tasks) {
        calls += task.await.unwrap();
    }
    assert!(calls > 300, "{calls} calls");
}

async fn one_call(store: &PostgresStore, task: u64, call: u64) -> Result<(), LookupError> {
    let account = format!("account-{}", (task * 7 + call) % 5);
    let organization = ["acme", "umbrella", "initech"][((task + call * 5) % 3) as usize];
    let now = at(call % 900);
    match (task + call) % 8 {
        0 => {
            let ada = session(&account, store.revision(None).await?);
            store.insert(Arc::new(ada)).await.map(drop)
        }
        1 => store.revoke(&revocation(&account, call % 900)).await.map(drop),
        2 => {
            let key = Digest::of("value", &[&task.to_string(), &call.to_string()]);
            let mut owner = ValueOwner::new(Digest::of("owner", &[&account]), 3, organization.into());
            owner.account = Some(account.as_str().into());
            store.put(OneTimeEntry::new(key, owner, vec![7; 900], now, Duration::from_secs(60))).await?;
            store.take(&key).await.map(drop)
        }
        3 => {
            let key = Digest::of("claim", &[&(call % 50).to_string()]);
            store
                .claim(&Claim::new(key, organization.into(), now, now + Duration::from_secs(60)))
                .await
                .map(drop)
        }
        4 => {
            let login = SessionId::new(&call.to_string());
            store.link(&link(&account), &login).await?;
            store.undo(&link(&account), &login).await.map(drop)
        }
        5 => store.purge(now, 10).await.map(drop),
        6 => {
            let mut record = audited("r");
            record.organization = Some(organization.into());
            store.append(&[record, audited("s")]).await?;
            store.forget(now, 5).await.map(drop)
        }
        _ => store.unlink(&organization.into(), &account.as_str().into()).await.map(drop),
    }
}
