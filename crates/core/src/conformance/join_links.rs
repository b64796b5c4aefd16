//! The rules for a store of join links.

use std::sync::Arc;

use crate::{
    conformance::fixtures::at,
    id::{JoinLinkId, OrgId},
    return_path::ReturnPath,
    session::join_links::{AddOutcome, JoinLink, JoinLinks},
};

type Store = Arc<dyn JoinLinks>;

/// Returns a link of acme that ada created at 100 and that expires at 700.
pub(crate) fn join_link(id: &str) -> JoinLink {
    JoinLink {
        id: JoinLinkId::new(id),
        organization: "acme".into(),
        made_by: "ada".into(),
        made_at: at(100),
        expires_at: at(700),
        return_to: ReturnPath::root(),
        uses: 0,
    }
}

async fn add(store: &Store, link: &JoinLink) {
    assert_eq!(store.add(link).await.unwrap(), AddOutcome::Kept);
}

async fn find(store: &Store, organization: &str, id: &str) -> Option<JoinLink> {
    store.find(&organization.into(), &JoinLinkId::new(id)).await.unwrap()
}

async fn count(store: &Store, organization: &str, id: &str) -> bool {
    store.count(&organization.into(), &JoinLinkId::new(id)).await.unwrap()
}

async fn remove(store: &Store, organization: &str, id: &str) -> bool {
    store.remove(&organization.into(), &JoinLinkId::new(id)).await.unwrap()
}

/// `find` returns the link as it was added, and `remove` removes it and says whether it existed.
pub async fn a_join_link_is_found_by_its_id_until_it_is_removed(store: Store) {
    assert_eq!(find(&store, "acme", "1").await, None);
    assert!(!remove(&store, "acme", "1").await);
    add(&store, &join_link("1")).await;
    add(&store, &join_link("2")).await;
    assert_eq!(find(&store, "acme", "1").await, Some(join_link("1")));
    assert!(remove(&store, "acme", "1").await);
    assert_eq!(find(&store, "acme", "1").await, None);
    assert!(!remove(&store, "acme", "1").await);
    assert_eq!(find(&store, "acme", "2").await, Some(join_link("2")));
}

/// `list` returns the organization's links, the one that was added last first, even if they were created in the same
/// second.
pub async fn join_links_are_listed_newest_first(store: Store) {
    for id in ["1", "2", "3"] {
        add(&store, &join_link(id)).await;
    }
    assert!(remove(&store, "acme", "2").await);
    let listed = store.list(&"acme".into()).await.unwrap();
    assert_eq!(listed, [join_link("3"), join_link("1")]);
    assert_eq!(store.list(&"umbrella".into()).await.unwrap(), []);
}

/// An id is found, counted, listed and removed only in its own organization.
pub async fn organizations_do_not_see_each_others_join_links(store: Store) {
    let umbrella = OrgId::new("umbrella");
    let theirs = JoinLink { organization: umbrella.clone(), ..join_link("2") };
    add(&store, &join_link("1")).await;
    add(&store, &theirs).await;
    assert_eq!(find(&store, "umbrella", "1").await, None);
    assert!(!count(&store, "umbrella", "1").await && !remove(&store, "umbrella", "1").await);
    assert_eq!(store.list(&umbrella).await.unwrap(), [theirs]);
    assert_eq!(find(&store, "acme", "1").await, Some(join_link("1")));
}

/// No use is lost if many are counted at the same time, and none is counted after `remove`. A store that reads the
/// number and writes it back fails here.
pub async fn each_use_of_a_join_link_is_counted_until_it_is_removed(store: Store) {
    assert!(!count(&store, "acme", "1").await);
    add(&store, &join_link("1")).await;
    let users = (0..100).map(|_| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { assert!(count(&store, "acme", "1").await) })
    });
    for user in users.collect::<Vec<_>>() {
        user.await.unwrap();
    }
    assert_eq!(find(&store, "acme", "1").await, Some(JoinLink { uses: 100, ..join_link("1") }));
    assert!(remove(&store, "acme", "1").await);
    assert!(!count(&store, "acme", "1").await);
}
