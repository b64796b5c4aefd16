//! A database that is locked, full or damaged.

use std::{fs, sync::Arc};

use sqlx::{Connection as _, SqliteConnection, sqlite::SqlitePoolOptions};
use tower_sso_core::{
    Lookup,
    session::{Revision, RevocationScope},
    store::{ClaimOutcome, InsertOutcome, OneTime as _, Revocation, SessionStore, TakeOutcome},
};
use tower_sso_sqlx::SqliteStore;

use crate::support::{Directory, at, claim, digest, insert, revocation, session, value};

async fn connect(directory: &Directory) -> SqliteConnection {
    SqliteConnection::connect(&format!("sqlite:{}", directory.file().display())).await.unwrap()
}

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
    store.put(value(2)).await.unwrap();
    let mut other = connect(&directory).await;
    sqlx::query("begin immediate").execute(&mut other).await.unwrap();
    for error in [error(store.revoke(&revocation("ada", 1))).await, error(store.put(value(1))).await] {
        assert!(error.starts_with("the SQLite database is locked by another process"), "{error}");
    }
    // Reading goes on.
    let ada = session("ada", Revision::default());
    assert!(store.find(ada.key()).await.unwrap().is_some());
    // A key that was never put does not wait; one that was put does.
    assert_eq!(store.take(&digest(9)).await.unwrap(), TakeOutcome::Nothing);
    let refused = error(store.take(&digest(2))).await;
    assert!(refused.starts_with("the SQLite database is locked by another process"), "{refused}");
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

/// SQLite finds some damage only when it reads the page: a look-up must not answer that there is no session.
#[tokio::test]
async fn a_damaged_file_is_an_error_and_not_a_missing_session() {
    let directory = Directory::new();
    let store = directory.open().await;
    let ada = session("ada", Revision::default());
    insert(&store, &ada).await;
    let mut other = connect(&directory).await;
    let root = "select rootpage from sqlite_schema where name = 'tower_sso_sessions_key'";
    let page: i64 = sqlx::query_scalar(root).fetch_one(&mut other).await.unwrap();
    let size: i64 = sqlx::query_scalar("pragma page_size").fetch_one(&mut other).await.unwrap();
    other.close().await.unwrap();
    store.close().await;
    let intact = fs::read(directory.file()).unwrap();
    let store = directory.open().await;
    assert!(store.find(ada.key()).await.unwrap().is_some(), "the twin");
    store.close().await;
    let mut damaged = intact;
    let start = usize::try_from((page - 1) * size).unwrap();
    damaged[start..start + usize::try_from(size).unwrap()].fill(0xa5);
    fs::write(directory.file(), damaged).unwrap();
    let store = directory.open().await;
    let calls = [
        error(store.find(ada.key())).await,
        error(store.insert(Arc::new(session("bob", Revision::default())))).await,
        error(store.revoke(&revocation("ada", 1))).await,
    ];
    for error in calls {
        assert!(error.starts_with("the SQLite database is damaged"), "{error}");
    }
}

#[tokio::test]
async fn a_database_that_can_not_be_written_is_an_error() {
    let directory = Directory::new();
    let ada = session("ada", Revision::default());
    insert(&directory.open().await, &ada).await;
    let address = format!("sqlite:{}", directory.file().display());
    let pool = SqlitePoolOptions::new().max_connections(1).connect(&address).await.unwrap();
    let store = SqliteStore::with_pool(pool.clone()).await.unwrap();
    sqlx::query("pragma query_only = on").execute(&pool).await.unwrap();
    for error in [error(store.revoke(&revocation("ada", 1))).await, error(store.put(value(1))).await] {
        assert!(error.starts_with("the SQLite database can't be written"), "{error}");
    }
    assert!(store.find(ada.key()).await.unwrap().is_some());
    sqlx::query("pragma query_only = off").execute(&pool).await.unwrap();
    assert_eq!(store.revoke(&revocation("ada", 1)).await.unwrap().count, 1, "the twin");
}

/// An organization may have so many sessions that reading each of them takes longer than a lookup may.
#[tokio::test]
async fn the_end_of_an_organization_reads_no_record() {
    let directory = Directory::new();
    let store = directory.open().await;
    let elsewhere = {
        let mut session = session("ada", Revision::default());
        session.organization = "umbrella".into();
        session
    };
    for session in [&session("ada", Revision::default()), &session("bob", Revision::default()), &elsewhere] {
        insert(&store, session).await;
    }
    let damage =
        "update tower_sso_sessions set record = '{}' where organization = 'acme' and account = 'bob'";
    sqlx::query(damage).execute(&mut connect(&directory).await).await.unwrap();
    let everyone = Revocation::new(RevocationScope::Organization("acme".into()), at(1), at(601));
    let ended = store.revoke(&everyone).await.unwrap();
    assert_eq!((ended.count, ended.sessions.len()), (2, 0));
    assert!(store.find(session("bob", Revision::default()).key()).await.unwrap().is_none());
    assert!(store.find(elsewhere.key()).await.unwrap().is_some(), "another organization's");
    assert!(store.revoked(&session("carol", Revision::default())).await.unwrap(), "the mark");
}

#[tokio::test]
async fn a_damaged_record_is_an_error_and_not_a_missing_session() {
    let directory = Directory::new();
    let store = directory.open().await;
    let ada = session("ada", Revision::default());
    insert(&store, &ada).await;
    let mut other = connect(&directory).await;
    sqlx::query("update tower_sso_sessions set record = '{}'").execute(&mut other).await.unwrap();
    let refused = error(store.find(ada.key())).await;
    assert!(refused.starts_with("a stored SSO session can't be read"), "{refused}");
    let refused = error(store.revoke(&revocation("ada", 1))).await;
    assert!(refused.starts_with("a stored SSO session can't be read"), "{refused}");
    sqlx::query("delete from tower_sso_state").execute(&mut other).await.unwrap();
    let refused = error(store.revoked(&ada)).await;
    assert!(refused.contains("tower_sso_state is empty"), "{refused}");
}

/// The budget is too large to fill here: the counter says that it is full.
#[tokio::test]
async fn an_organization_has_a_budget_of_claims() {
    let directory = Directory::new();
    let store = directory.open().await;
    assert_eq!(store.claim(&claim(1, 100)).await.unwrap(), ClaimOutcome::First);
    let mut other = connect(&directory).await;
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
