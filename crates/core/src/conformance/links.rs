//! The rules for a store of account links.

use std::sync::Arc;

use crate::{
    conformance::sessions::scope,
    session::{
        links::{Link, LinkOutcome, Links},
        session_id::SessionId,
    },
};

type Store = Arc<dyn Links>;

/// Returns a link at acme, at the provider `https://idp.example`.
pub(crate) fn link(account: &str, subject: &str) -> Link {
    Link {
        organization: "acme".into(),
        account: account.into(),
        scope: scope("https://idp.example"),
        subject: subject.to_owned(),
    }
}

/// Returns the same link at another provider.
fn moved(account: &str, subject: &str) -> Link {
    Link { scope: scope("https://other.example"), ..link(account, subject) }
}

async fn pin(store: &Store, link: &Link) -> LinkOutcome {
    store.link(link, &login("s1")).await.unwrap()
}

/// Returns the id of the session that an SSO login will get.
pub(crate) fn login(id: &str) -> SessionId {
    SessionId::new(id)
}

async fn find(store: &Store, account: &str) -> Option<Link> {
    store.find(&"acme".into(), &account.into()).await.unwrap()
}

async fn unlink(store: &Store, account: &str) -> bool {
    store.unlink(&"acme".into(), &account.into()).await.unwrap()
}

/// `find` returns the account's link, and `unlink` removes it and says whether it existed.
pub async fn a_link_is_found_by_its_account_until_it_is_unlinked(store: Store) {
    assert_eq!(find(&store, "ada").await, None);
    assert!(!unlink(&store, "ada").await);
    assert_eq!(pin(&store, &link("ada", "1")).await, LinkOutcome::New);
    assert_eq!(find(&store, "ada").await, Some(link("ada", "1")));
    assert_eq!(find(&store, "bob").await, None);
    assert!(unlink(&store, "ada").await);
    assert_eq!(find(&store, "ada").await, None);
    assert!(!unlink(&store, "ada").await);
}

/// The same link a second time is [`LinkOutcome::Same`] and changes nothing.
pub async fn linking_again_returns_the_same_link(store: Store) {
    assert_eq!(pin(&store, &link("ada", "1")).await, LinkOutcome::New);
    assert_eq!(pin(&store, &link("ada", "1")).await, LinkOutcome::Same);
    assert_eq!(find(&store, "ada").await, Some(link("ada", "1")));
}

/// An account keeps its subject. Subjects are compared byte by byte: a database that ignores case or spaces at the end
/// (its *collation*) fails here.
pub async fn an_account_with_another_subject_is_refused(store: Store) {
    assert_eq!(pin(&store, &link("ada", "1")).await, LinkOutcome::New);
    assert_eq!(pin(&store, &link("ada", "2")).await, LinkOutcome::OtherSubject);
    // Compared byte by byte (OpenID Connect Core §5.7).
    assert_eq!(pin(&store, &link("ada", "1 ")).await, LinkOutcome::OtherSubject);
    assert_eq!(pin(&store, &link("ada", "1")).await, LinkOutcome::Same);
}

/// A subject keeps its account. The other account can still be linked to another subject.
pub async fn a_subject_of_another_account_is_refused(store: Store) {
    assert_eq!(pin(&store, &link("ada", "1")).await, LinkOutcome::New);
    assert_eq!(pin(&store, &link("bob", "1")).await, LinkOutcome::OtherAccount);
    assert_eq!(pin(&store, &link("bob", "2")).await, LinkOutcome::New);
}

/// When the organization changes its provider, the account's link in the new scope replaces the old one.
pub async fn a_link_of_another_scope_is_replaced(store: Store) {
    assert_eq!(pin(&store, &link("ada", "1")).await, LinkOutcome::New);
    assert_eq!(pin(&store, &moved("ada", "2")).await, LinkOutcome::Replaced);
    assert_eq!(find(&store, "ada").await, Some(moved("ada", "2")));
    assert_eq!(pin(&store, &moved("ada", "2")).await, LinkOutcome::Same);
    assert_eq!(pin(&store, &moved("ada", "1")).await, LinkOutcome::OtherSubject);
}

/// The subject of a link that was replaced can be linked to another account. The same subject in another scope is
/// another user.
pub async fn a_replaced_link_frees_its_subject(store: Store) {
    assert_eq!(pin(&store, &link("ada", "1")).await, LinkOutcome::New);
    assert_eq!(pin(&store, &moved("ada", "1")).await, LinkOutcome::Replaced);
    // The same subject in another scope is another user.
    assert_eq!(pin(&store, &link("bob", "1")).await, LinkOutcome::New);
    assert_eq!(pin(&store, &moved("carol", "1")).await, LinkOutcome::OtherAccount);
}

/// A link in another scope whose subject belongs to another account is refused, and the account keeps its old link. A
/// store that deletes the old link first fails here.
pub async fn a_refused_link_leaves_the_old_link_unchanged(store: Store) {
    assert_eq!(pin(&store, &link("ada", "1")).await, LinkOutcome::New);
    assert_eq!(pin(&store, &moved("bob", "2")).await, LinkOutcome::New);
    assert_eq!(pin(&store, &moved("ada", "2")).await, LinkOutcome::OtherAccount);
    assert_eq!(find(&store, "ada").await, Some(link("ada", "1")));
    assert_eq!(pin(&store, &link("carol", "1")).await, LinkOutcome::OtherAccount);
}

/// `unlink` frees the subject as well as the account.
pub async fn an_unlinked_subject_can_be_linked_to_another_account(store: Store) {
    assert_eq!(pin(&store, &link("ada", "1")).await, LinkOutcome::New);
    assert!(unlink(&store, "ada").await);
    assert_eq!(pin(&store, &link("bob", "1")).await, LinkOutcome::New);
    assert_eq!(pin(&store, &link("ada", "1")).await, LinkOutcome::OtherAccount);
}

/// Both rules, one link for an account and one account for a subject, hold within an organization. Another
/// organization can link the same account and the same subject in any other way.
pub async fn organizations_do_not_see_each_others_links(store: Store) {
    let elsewhere = Link { organization: "umbrella".into(), ..link("bob", "1") };
    assert_eq!(pin(&store, &link("ada", "1")).await, LinkOutcome::New);
    assert_eq!(pin(&store, &elsewhere).await, LinkOutcome::New);
    assert_eq!(find(&store, "bob").await, None);
    assert!(unlink(&store, "ada").await);
    assert_eq!(pin(&store, &elsewhere).await, LinkOutcome::Same);
}

/// `undo` removes a link that its login made, new or in the place of another, and frees its subject. It says whether it
/// did.
pub async fn a_failed_login_undoes_the_link_that_it_made(store: Store) {
    for (link, expected) in [(link("ada", "1"), LinkOutcome::New), (moved("ada", "2"), LinkOutcome::Replaced)]
    {
        pin(&store, &self::link("ada", "1")).await;
        if expected == LinkOutcome::New {
            assert!(unlink(&store, "ada").await);
        }
        assert_eq!(store.link(&link, &login("s2")).await.unwrap(), expected);
        assert!(store.undo(&link, &login("s2")).await.unwrap(), "{expected:?}");
        assert_eq!(find(&store, "ada").await, None, "{expected:?}");
        assert!(!store.undo(&link, &login("s2")).await.unwrap(), "{expected:?}: once");
        assert_eq!(
            store.link(&Link { account: "bob".into(), ..link }, &login("s3")).await.unwrap(),
            LinkOutcome::New
        );
        assert!(unlink(&store, "bob").await);
    }
}

/// `undo` leaves every link alone whose last login, by making or confirming it, was another: a session depends on it. A store that removes the account's link, whatever it is, fails here.
pub async fn a_failed_login_undoes_no_other_link(store: Store) {
    let (mine, theirs) = (login("s1"), login("s2"));
    assert_eq!(store.link(&link("ada", "1"), &mine).await.unwrap(), LinkOutcome::New);
    assert!(!store.undo(&link("ada", "1"), &theirs).await.unwrap(), "of another login");
    assert!(!store.undo(&link("ada", "2"), &mine).await.unwrap(), "of another subject");
    assert!(!store.undo(&moved("ada", "1"), &mine).await.unwrap(), "of another scope");
    assert!(!store.undo(&link("bob", "1"), &mine).await.unwrap(), "of another account");
    let elsewhere = Link { organization: "umbrella".into(), ..link("ada", "1") };
    assert!(!store.undo(&elsewhere, &mine).await.unwrap(), "of another organization");
    assert_eq!(store.link(&link("ada", "1"), &theirs).await.unwrap(), LinkOutcome::Same);
    assert!(!store.undo(&link("ada", "1"), &mine).await.unwrap(), "confirmed since");
    assert_eq!(find(&store, "ada").await, Some(link("ada", "1")));
    assert!(store.undo(&link("ada", "1"), &theirs).await.unwrap(), "the twin");
}

/// Of many accounts that are linked to one subject at the same time, one gets it. In SQL, use a unique index.
pub async fn concurrent_links_to_one_subject_have_one_winner(store: Store) {
    let pins = (0..200).map(|account| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { pin(&store, &link(&format!("account-{account}"), "1")).await })
    });
    let pins: Vec<_> = pins.collect();
    let mut new = 0;
    for pin in pins {
        match pin.await.unwrap() {
            LinkOutcome::New => new += 1,
            LinkOutcome::OtherAccount => {}
            other @ (LinkOutcome::Same
            | LinkOutcome::Replaced
            | LinkOutcome::OtherSubject
            | LinkOutcome::Full) => {
                panic!("{other:?}")
            }
        }
    }
    assert_eq!(new, 1);
}
