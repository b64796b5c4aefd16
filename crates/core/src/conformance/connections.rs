//! The rules for a store of connections.

use std::sync::Arc;

use crate::{
    conformance::fixtures::at,
    connection::{
        record::ConnectionRecord,
        store::{CONNECTION_CHANGES, ConnectionStore, SaveOutcome},
    },
};

type Store = Arc<dyn ConnectionStore>;

/// Returns a change of an organization's connection, with bytes that tell it apart.
fn change(organization: &str, number: u64) -> ConnectionRecord {
    let sealed = [organization.as_bytes(), &[0, 255], &number.to_be_bytes()].concat();
    ConnectionRecord::new(organization.into(), number, at(number.min(10_000)), Some("ada".into()), sealed)
}

async fn save(store: &Store, record: &ConnectionRecord) {
    assert_eq!(store.save(record).await.unwrap(), SaveOutcome::Saved, "{record:?}");
}

/// `find` returns the record with the highest number, as it was saved, and only in its own organization.
pub async fn the_newest_change_of_a_connection_is_found(store: Store) {
    assert_eq!(store.find(&"acme".into()).await.unwrap(), None);
    save(&store, &change("acme", 1)).await;
    assert_eq!(store.find(&"acme".into()).await.unwrap(), Some(change("acme", 1)));
    let by_nobody = ConnectionRecord { changed_by: None, ..change("acme", 2) };
    save(&store, &by_nobody).await;
    assert_eq!(store.find(&"acme".into()).await.unwrap(), Some(by_nobody));
    assert_eq!(store.find(&"umbrella".into()).await.unwrap(), None);
}

/// A number that does not follow the newest one is a conflict and changes nothing.
pub async fn a_change_of_an_older_state_is_a_conflict(store: Store) {
    assert_eq!(store.save(&change("acme", 0)).await.unwrap(), SaveOutcome::Conflict);
    assert_eq!(store.save(&change("acme", 2)).await.unwrap(), SaveOutcome::Conflict);
    assert_eq!(store.find(&"acme".into()).await.unwrap(), None);
    save(&store, &change("acme", 1)).await;
    save(&store, &change("acme", 2)).await;
    for number in [0, 1, 2, 4, u64::MAX] {
        let other = ConnectionRecord { sealed: b"other".to_vec(), ..change("acme", number) };
        assert_eq!(store.save(&other).await.unwrap(), SaveOutcome::Conflict, "{number}");
    }
    let all = store.history(&"acme".into(), None, 10).await.unwrap();
    assert_eq!(all, [change("acme", 2), change("acme", 1)]);
}

/// Of many who change one state at the same time, one is the first.
pub async fn concurrent_changes_have_one_winner(store: Store) {
    let tasks = (0..50).map(|_| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.save(&change("acme", 1)).await.unwrap() })
    });
    let mut saved = 0;
    for task in tasks.collect::<Vec<_>>() {
        saved += usize::from(task.await.unwrap() == SaveOutcome::Saved);
    }
    assert_eq!(saved, 1);
    assert_eq!(store.history(&"acme".into(), None, 10).await.unwrap().len(), 1);
}

/// `history` returns an organization's changes, the newest first, in pages.
pub async fn former_settings_are_kept(store: Store) {
    for number in 1..=5 {
        save(&store, &change("acme", number)).await;
        save(&store, &change("umbrella", number)).await;
    }
    let history = async |before, limit| {
        let found = store.history(&"acme".into(), before, limit).await.unwrap();
        found
            .into_iter()
            .map(|it| {
                assert_eq!(it, change("acme", it.number));
                it.number
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(history(None, 10).await, [5, 4, 3, 2, 1]);
    assert_eq!(history(None, 2).await, [5, 4]);
    assert_eq!(history(Some(4), 2).await, [3, 2]);
    assert_eq!(history(Some(2), 2).await, [1]);
    assert_eq!(history(Some(1), 2).await, [0; 0]);
    assert_eq!(history(Some(u64::MAX), 1).await, [5]);
}

/// `list` returns the newest change of each organization, in the order of their ids, in pages.
pub async fn connections_are_listed_by_organization(store: Store) {
    for organization in ["b", "a", "C", "a10", "ä"] {
        save(&store, &change(organization, 1)).await;
    }
    save(&store, &change("a", 2)).await;
    let list = async |after: Option<&str>, limit| {
        let found = store.list(after.map(Into::into).as_ref(), limit).await.unwrap();
        found.into_iter().map(|it| format!("{} {}", it.organization, it.number)).collect::<Vec<_>>()
    };
    assert_eq!(list(None, 10).await, ["C 1", "a 2", "a10 1", "b 1", "ä 1"]);
    assert_eq!(list(None, 2).await, ["C 1", "a 2"]);
    assert_eq!(list(Some("a"), 2).await, ["a10 1", "b 1"]);
    assert_eq!(list(Some("aa"), 10).await, ["b 1", "ä 1"]);
    assert_eq!(list(Some("ä"), 10).await, [""; 0]);
}

/// `reseal` replaces the bytes of exactly the record that it is told.
pub async fn a_record_is_resealed_unless_it_has_changed(store: Store) {
    save(&store, &change("acme", 1)).await;
    save(&store, &change("acme", 2)).await;
    assert!(store.reseal(&change("acme", 1), b"again").await.unwrap());
    let again = ConnectionRecord { sealed: b"again".to_vec(), ..change("acme", 1) };
    assert_eq!(store.history(&"acme".into(), None, 10).await.unwrap(), [change("acme", 2), again.clone()]);
    assert!(!store.reseal(&change("acme", 1), b"late").await.unwrap(), "it has other bytes by now");
    assert!(!store.reseal(&change("acme", 3), b"none").await.unwrap());
    assert!(!store.reseal(&change("umbrella", 2), b"none").await.unwrap());
    assert_eq!(store.history(&"acme".into(), None, 10).await.unwrap(), [change("acme", 2), again]);
}

/// Beyond [`CONNECTION_CHANGES`] an organization's oldest changes are dropped, and the numbers go on.
pub async fn an_organization_has_a_budget_of_changes(store: Store) {
    save(&store, &change("umbrella", 1)).await;
    let most = CONNECTION_CHANGES as u64;
    for number in 1..=most + 3 {
        save(&store, &change("acme", number)).await;
    }
    let all = store.history(&"acme".into(), None, CONNECTION_CHANGES + 10).await.unwrap();
    assert_eq!(all.len(), CONNECTION_CHANGES);
    assert_eq!((all[0].number, all[CONNECTION_CHANGES - 1].number), (most + 3, 4));
    assert_eq!(store.find(&"umbrella".into()).await.unwrap(), Some(change("umbrella", 1)));
}
