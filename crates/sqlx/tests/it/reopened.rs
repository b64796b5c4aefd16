//! What is in the file after the store was closed, and after another process wrote to it.

use std::sync::{Arc, Barrier};

use sqlx::SqlitePool;
use tower_sso_core::{
    audit::{AuditLog as _, AuditQuery},
    connection::{ConnectionStore, SaveOutcome},
    keys::Key,
    session::{RevocationScope, SessionId},
    store::{
        AddOutcome, ClaimOutcome, InsertOutcome, JoinLinks, LinkOutcome, Links, OneTime as _, PutOutcome,
        SessionStore, TakeOutcome,
    },
};
use tower_sso_sqlx::{OpenError, SqliteStore};

use crate::support::{
    Directory, at, audited, change, claim, digest, insert, join_link, link, revocation, session, value,
};

/// Fills a store with one record of each kind. `check` finds them.
async fn fill(store: &SqliteStore) {
    let before = store.revision(None).await.unwrap();
    store.revoke(&revocation("bob", 100)).await.unwrap();
    let revision = store.revision(None).await.unwrap();
    assert!(revision > before);
    assert_eq!(insert(store, &session("ada", revision)).await, InsertOutcome::Stored);
    assert_eq!(store.link(&link("ada"), &SessionId::new("ada")).await.unwrap(), LinkOutcome::New);
    assert_eq!(store.add(&join_link("j-1")).await.unwrap(), AddOutcome::Kept);
    assert!(store.count(&"acme".into(), &"j-1".into()).await.unwrap());
    for byte in [1, 2] {
        assert_eq!(store.put(value(byte)).await.unwrap(), PutOutcome::Kept);
    }
    assert!(matches!(store.take(&digest(1)).await.unwrap(), TakeOutcome::Value { .. }));
    assert_eq!(store.claim(&claim(3, 100)).await.unwrap(), ClaimOutcome::First);
}

async fn check(store: &SqliteStore) {
    let revision = store.revision(None).await.unwrap();
    let ada = session("ada", revision);
    assert_eq!(SessionStore::find(store, ada.key()).await.unwrap(), Some(Arc::new(ada.clone())));
    let bob = session("bob", tower_sso_core::session::Revision::default());
    assert!(store.revoked(&bob).await.unwrap(), "the mark");
    assert!(!store.revoked(&session("bob", revision)).await.unwrap(), "the twin");
    assert_eq!(Links::find(store, &"acme".into(), &"ada".into()).await.unwrap(), Some(link("ada")));
    let join_link = JoinLinks::find(store, &"acme".into(), &"j-1".into()).await.unwrap().unwrap();
    assert_eq!((join_link.made_by.as_str(), join_link.uses), ("ada", 1));
    assert_eq!(store.take(&digest(1)).await.unwrap(), TakeOutcome::Again);
    assert_eq!(
        store.take(&digest(2)).await.unwrap(),
        TakeOutcome::Value { value: vec![2; 10], expires_at: at(600) }
    );
    assert_eq!(store.claim(&claim(3, 200)).await.unwrap(), ClaimOutcome::Again);
}

/// Fills a store with what the second version of the tables has. `check_documents` finds it.
async fn fill_documents(store: &SqliteStore) {
    for number in [1, 2] {
        assert_eq!(store.save(&change(number)).await.unwrap(), SaveOutcome::Saved);
    }
    store.append(&[audited("a"), audited("b")]).await.unwrap();
}

async fn check_documents(store: &SqliteStore) {
    let found = ConnectionStore::find(store, &"acme".into()).await.unwrap();
    assert_eq!(found, Some(change(2)));
    assert_eq!(store.history(&"acme".into(), None, 9).await.unwrap(), [change(2), change(1)]);
    let page = store.query(&AuditQuery::new(9).organization("acme".into())).await.unwrap();
    assert_eq!(page.records, [audited("b"), audited("a")]);
}

#[tokio::test]
async fn everything_is_there_after_the_store_is_opened_again() {
    let directory = Directory::new();
    let store = directory.open().await;
    fill(&store).await;
    fill_documents(&store).await;
    store.close().await;
    let again = directory.open().await;
    check(&again).await;
    check_documents(&again).await;
}

#[tokio::test]
async fn two_stores_on_one_file_see_each_others_writes() {
    let directory = Directory::new();
    let (one, other) = (directory.open().await, directory.open().await);
    fill(&one).await;
    check(&other).await;
    // Both write at the same time.
    let writes = (0..50_u8).map(|number| {
        let store = if number % 2 == 0 { one.clone() } else { other.clone() };
        tokio::spawn(
            async move { store.revoke(&revocation(&format!("account {number}"), 100)).await.unwrap() },
        )
    });
    let before = one.revision(None).await.unwrap().get();
    for write in Vec::from_iter(writes) {
        write.await.unwrap();
    }
    assert_eq!(other.revision(None).await.unwrap().get(), before + 50);
}

/// Files that each version of these tables wrote. `cargo run -p tower-sso-sqlx --example fixture -- FILE` makes one.
#[tokio::test]
async fn a_database_of_an_earlier_version_is_read() {
    for (name, has_documents) in [("0001.db", false), ("0002.db", true)] {
        let directory = Directory::new();
        let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
        std::fs::copy(format!("{fixtures}/{name}"), directory.file()).unwrap();
        let store = directory.open().await;
        check(&store).await;
        if !has_documents {
            fill_documents(&store).await;
        }
        check_documents(&store).await;
    }
}

#[tokio::test]
async fn a_database_of_a_later_version_is_refused() {
    let directory = Directory::new();
    directory.open().await.close().await;
    let pool = SqlitePool::connect(&format!("sqlite:{}", directory.file().display())).await.unwrap();
    sqlx::query("insert into tower_sso_migrations (version, name) values (99, 'later')")
        .execute(&pool)
        .await
        .unwrap();
    pool.close().await;
    let refused = SqliteStore::open(directory.file()).await.unwrap_err();
    assert!(matches!(refused, OpenError::Newer { found: 99, known: 2, .. }), "{refused:?}");
    assert!(refused.to_string().contains("expected tables of version 2 at most, found 99"), "{refused}");
}

#[tokio::test]
async fn a_purge_drops_what_has_expired_and_nothing_else() {
    let directory = Directory::new();
    let store = directory.open().await;
    fill(&store).await;
    let kept = store.purge(at(599), 1).await.unwrap();
    assert_eq!((kept.sessions, kept.marks, kept.values, kept.claims), (0, 0, 0, 0));
    let purged = store.purge(at(700), 1).await.unwrap();
    assert_eq!((purged.sessions, purged.marks, purged.values, purged.claims), (0, 1, 2, 1));
    let purged = store.purge(at(9_000), 100).await.unwrap();
    assert_eq!((purged.sessions, purged.marks, purged.values, purged.claims), (1, 0, 0, 0));
    // What was dropped does not come back.
    let bob = session("bob", tower_sso_core::session::Revision::default());
    assert_eq!(insert(&store, &bob).await, InsertOutcome::Revoked);
    assert_eq!(store.claim(&claim(3, 200)).await.unwrap(), ClaimOutcome::Again);
    let everyone = RevocationScope::Organization("acme".into());
    let ended = store.revoke(&tower_sso_core::store::Revocation::new(everyone, at(0), at(1))).await.unwrap();
    assert_eq!(ended.count, 0);
}

#[tokio::test]
async fn the_key_file_is_made_once_and_read_again() {
    let directory = Directory::new();
    let ring = |store: &SqliteStore| store.key_ring().unwrap();
    let sealed = ring(&directory.open().await).seal("kind", &[], b"value").unwrap();
    assert_eq!(ring(&directory.open().await).open("kind", &[], &sealed).unwrap(), b"value");
    let file = directory.0.path().join("sso.db.key");
    let former = std::fs::read_to_string(&file).unwrap();
    // Rotated: the new key is first, and the former one opens.
    let new = Key::generate().unwrap().to_text();
    std::fs::write(&file, format!("{}\n{former}", new.expose())).unwrap();
    let rotated = ring(&directory.open().await);
    assert_eq!(rotated.open("kind", &[], &sealed).unwrap(), b"value");
    assert!(!rotated.is_current(&sealed));
    for (text, expected) in
        [("", "expected a key, found an empty file"), ("a password", "expected a key: tsk1_")]
    {
        std::fs::write(&file, text).unwrap();
        let refused = SqliteStore::open(directory.file()).await.unwrap_err().to_string();
        assert!(refused.contains("sso.db.key: ") && refused.contains(expected), "{refused}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text, "never replaced");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::write(&file, &former).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
        let refused = SqliteStore::open(directory.file()).await.unwrap_err().to_string();
        assert!(refused.contains("expected the mode 600, found 640"), "{refused}");
    }
}

/// The file would be emptied, and get another key, if two of them wrote to one temporary file.
#[test]
fn openers_at_the_same_time_agree_on_one_key() {
    for round in 0..50 {
        let directory = Directory::new();
        let start = Barrier::new(8);
        let rings: Vec<_> = std::thread::scope(|threads| {
            let opener = || {
                start.wait();
                SqliteStore::key_file(directory.file()).unwrap()
            };
            let openers: Vec<_> = (0..8).map(|_| threads.spawn(opener)).collect();
            openers.into_iter().map(|opener| opener.join().unwrap()).collect()
        });
        let last = SqliteStore::key_file(directory.file()).unwrap();
        for ring in rings {
            let sealed = ring.seal("kind", &[], b"value").unwrap();
            assert_eq!(last.open("kind", &[], &sealed).unwrap(), b"value", "round {round}");
        }
        assert_eq!(std::fs::read_dir(directory.0.path()).unwrap().count(), 1, "no temporary file is left");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn openers_at_the_same_time_make_the_tables_once() {
    let directory = Directory::new();
    let openers: Vec<_> = (0..8).map(|_| tokio::spawn(SqliteStore::open(directory.file()))).collect();
    for opener in openers {
        let store = opener.await.unwrap().unwrap();
        assert_eq!(store.revision(None).await.unwrap().get(), 0);
    }
    fill(&directory.open().await).await;
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = Directory::new();
    let store = directory.open().await;
    fill(&store).await;
    for entry in std::fs::read_dir(directory.0.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.path());
    }
}
