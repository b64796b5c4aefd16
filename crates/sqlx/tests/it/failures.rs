//! A database that is locked, full or damaged, and calls that nobody waits for any more.

use std::{fs, future::poll_fn, pin::pin, sync::Arc, task::Poll};

use sqlx::{Connection as _, SqliteConnection, sqlite::SqlitePoolOptions};
use tower_sso_core::{
    Lookup,
    session::Revision,
    store::{ClaimOutcome, InsertOutcome, OneTime as _, PutOutcome, SessionStore},
};
use tower_sso_sqlx::SqliteStore;

use crate::support::{Directory, at, claim, insert, revocation, session, value};

async fn error<T>(lookup: Lookup<T>) -> String {
    match lookup.await {
        Ok(_) => panic!("the call succeeded"),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn a_locked_database_is_an_error_until_it_is_free() {
    let directory = Directory::new();
    let store = directory.open().await;
    assert_eq!(insert(&store, &session("ada", Revision::default())).await, InsertOutcome::Stored);
    let address = format!("sqlite:{}", directory.file().display());
    let mut other = SqliteConnection::connect(&address).await.unwrap();
    sqlx::query("begin immediate").execute(&mut other).await.unwrap();
    for error in [error(store.revoke(&revocation("ada", 1))).await, error(store.put(value(1))).await] {
        assert!(error.starts_with("the SQLite database is locked by another process"), "{error}");
    }
    // Reading goes on.
    let ada = session("ada", Revision::default());
    assert!(store.find(ada.key()).await.unwrap().is_some());
    sqlx::query("rollback").execute(&mut other).await.unwrap();
    assert_eq!(store.revoke(&revocation("ada", 1)).await.unwrap().count, 1, "the twin");
}

#[tokio::test]
async fn a_full_database_is_an_error_and_loses_nothing() {
    let pool = SqlitePoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
    let pool = pool.connect("sqlite::memory:").await.unwrap();
    let store = SqliteStore::with_pool(pool.clone()).await.unwrap();
    let ada = session("ada", store.revision(None).await.unwrap());
    assert_eq!(insert(&store, &ada).await, InsertOutcome::Stored);
    let pages: i64 = sqlx::query_scalar("pragma page_count").fetch_one(&pool).await.unwrap();
    let limit = format!("pragma max_page_count = {pages}");
    sqlx::query(sqlx::AssertSqlSafe(limit)).execute(&pool).await.unwrap();
    let mut large = session("bob", Revision::default());
    large.subject = "x".repeat(100_000);
    let refused = error(store.insert(Arc::new(large.clone()))).await;
    assert!(refused.starts_with("the disk, or the SQLite database, is full"), "{refused}");
    assert!(store.find(ada.key()).await.unwrap().is_some());
    sqlx::query("pragma max_page_count = 1000000").execute(&pool).await.unwrap();
    assert_eq!(insert(&store, &large).await, InsertOutcome::Stored, "the twin");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let directory = Directory::new();
    fs::write(directory.file(), "not a database, but a text of more than a hundred bytes. ".repeat(100))
        .unwrap();
    let refused = SqliteStore::open(directory.file()).await.unwrap_err().to_string();
    assert!(refused.starts_with("the file is not a SQLite database"), "{refused}");
    let nowhere =
        SqliteStore::open(directory.0.path().join("no").join("sso.db")).await.unwrap_err().to_string();
    assert!(nowhere.contains("can't be created"), "{nowhere}");
}

#[tokio::test]
async fn a_damaged_record_is_an_error_and_not_a_missing_session() {
    let directory = Directory::new();
    let store = directory.open().await;
    let ada = session("ada", Revision::default());
    insert(&store, &ada).await;
    let address = format!("sqlite:{}", directory.file().display());
    let mut other = SqliteConnection::connect(&address).await.unwrap();
    sqlx::query("update tower_sso_sessions set record = '{}'").execute(&mut other).await.unwrap();
    let refused = error(store.find(ada.key())).await;
    assert!(refused.starts_with("a stored SSO session can't be read"), "{refused}");
    let refused = error(store.revoke(&revocation("ada", 1))).await;
    assert!(refused.starts_with("a stored SSO session can't be read"), "{refused}");
    sqlx::query("delete from tower_sso_state").execute(&mut other).await.unwrap();
    let refused = error(store.revoked(&ada)).await;
    assert!(refused.contains("tower_sso_state is empty"), "{refused}");
}

/// A lookup timeout drops the future of a call. Whatever it was doing, it leaves no open transaction, and no half of a
/// write.
#[tokio::test]
async fn a_call_that_nobody_waits_for_leaves_the_store_usable() {
    let directory = Directory::new();
    let store = directory.open().await;
    for polls in 1..40 {
        let account = format!("account {polls}");
        let revision = store.revision(None).await.unwrap();
        let ada = session(&account, revision);
        {
            let mut call = pin!(async { store.insert(Arc::new(ada.clone())).await });
            let mut left = polls;
            poll_fn(|context| {
                left -= 1;
                let answer = call.as_mut().poll(context);
                if left == 0 || answer.is_ready() { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
        }
        // The next writers and readers get their turn.
        let found = store.find(ada.key()).await.unwrap();
        let ended = store.revoke(&revocation(&account, 1)).await.unwrap();
        assert!(ended.count >= usize::from(found.is_some()), "dropped after {polls} polls");
        assert!(store.find(ada.key()).await.unwrap().is_none(), "dropped after {polls} polls");
        assert_eq!(store.revision(None).await.unwrap().get(), revision.get() + 1);
    }
    assert_eq!(store.put(value(1)).await.unwrap(), PutOutcome::Kept);
    assert_eq!(store.claim(&claim(1, 100)).await.unwrap(), ClaimOutcome::First);
}

/// The budget is too large to fill here: the counter says that it is full.
#[tokio::test]
async fn an_organization_has_a_budget_of_claims() {
    let directory = Directory::new();
    let store = directory.open().await;
    assert_eq!(store.claim(&claim(1, 100)).await.unwrap(), ClaimOutcome::First);
    let address = format!("sqlite:{}", directory.file().display());
    let mut other = SqliteConnection::connect(&address).await.unwrap();
    let fill = "update tower_sso_usage set claims = claims + 99999 where organization = 'acme'";
    assert_eq!(sqlx::query(fill).execute(&mut other).await.unwrap().rows_affected(), 1);
    assert_eq!(store.claim(&claim(2, 100)).await.unwrap(), ClaimOutcome::Full);
    let mut elsewhere = claim(2, 100);
    elsewhere.organization = "umbrella".into();
    assert_eq!(store.claim(&elsewhere).await.unwrap(), ClaimOutcome::First, "the twin");
    // A claim that has ended gives its room back.
    store.purge(at(600), 100).await.unwrap();
    let mut later = claim(3, 700);
    later.until = at(900);
    assert_eq!(store.claim(&later).await.unwrap(), ClaimOutcome::First);
}
