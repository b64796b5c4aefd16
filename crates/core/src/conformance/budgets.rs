//! The rules for budgets: what one account or one organization uses of a store, and that it takes nothing from others.

use std::sync::Arc;

use crate::{
    conformance::{
        fixtures::{at, digest},
        join_links::join_link,
        one_time::{entry, owner},
        sessions::{find, insert, key, named, session},
    },
    credential::Credential,
    id::AccountId,
    session::{
        join_links::{AddOutcome, JoinLink, JoinLinks, ORGANIZATION_JOIN_LINKS},
        one_time::{
            ACCOUNT_BYTES, ACCOUNT_VALUES, ORGANIZATION_BYTES, OneTime, OneTimeEntry, PutOutcome,
            TakeOutcome, ValueOwner,
        },
        sso_session::SsoSession,
        store::{InsertOutcome, MEMBER_SESSIONS, SessionStore},
    },
};

type Store = Arc<dyn OneTime>;

/// Returns a value of an account, which has a credential for each value, of this many bytes.
fn of_account(account: &str, number: usize, bytes: usize) -> OneTimeEntry {
    let name = format!("{account} {number}");
    let owner = owner(&name).account(Some(AccountId::new(account)));
    OneTimeEntry { owner, value: vec![b'x'; bytes], ..entry(&name, &name) }
}

async fn put(store: &Store, entry: OneTimeEntry) -> PutOutcome {
    store.put(entry).await.unwrap()
}

async fn is_kept(store: &Store, name: &str) -> bool {
    matches!(store.take(&digest(name)).await.unwrap(), TakeOutcome::Value { .. })
}

/// An account that begins SSO logins with many app sessions loses its own oldest ones. Values of others stay.
pub async fn an_account_has_a_budget_of_values(store: Store) {
    put(&store, of_account("bob", 0, 10)).await;
    put(&store, entry("a visitor's", "a visitor")).await;
    for number in 0..ACCOUNT_VALUES + 2 {
        assert_eq!(put(&store, of_account("ada", number, 10)).await, PutOutcome::Kept);
    }
    for (name, expected) in
        [("ada 0", false), ("ada 1", false), ("ada 2", true), ("bob 0", true), ("a visitor's", true)]
    {
        assert_eq!(is_kept(&store, name).await, expected, "{name}");
    }
}

/// The bytes of an account's values have a budget, too. A value that is larger than the budget is refused.
pub async fn an_account_has_a_budget_of_bytes(store: Store) {
    let quarter = ACCOUNT_BYTES / 4;
    put(&store, of_account("bob", 0, quarter)).await;
    for number in 0..5 {
        assert_eq!(put(&store, of_account("ada", number, quarter)).await, PutOutcome::Kept);
    }
    assert_eq!(put(&store, of_account("ada", 5, ACCOUNT_BYTES + 1)).await, PutOutcome::Full);
    for (name, expected) in [("ada 0", false), ("ada 1", true), ("ada 4", true), ("bob 0", true)] {
        assert_eq!(is_kept(&store, name).await, expected, "{name}");
    }
}

/// Values that were taken, or replaced, do not count toward a budget.
pub async fn a_value_that_is_gone_does_not_count_toward_a_budget(store: Store) {
    let half = ACCOUNT_BYTES / 2;
    for number in [0, 1, 1, 1] {
        put(&store, of_account("ada", number, half)).await;
    }
    assert!(is_kept(&store, "ada 0").await, "the same key was replaced");
    put(&store, of_account("ada", 2, half)).await;
    assert!(is_kept(&store, "ada 1").await, "a value was taken");
    assert!(is_kept(&store, "ada 2").await);
}

/// An organization whose members fill its budget gets [`PutOutcome::Full`]. Another organization does not notice.
pub async fn an_organization_has_a_budget(store: Store) {
    let (accounts, half) = (ORGANIZATION_BYTES / ACCOUNT_BYTES, ACCOUNT_BYTES / 2);
    for account in 0..accounts {
        for number in 0..2 {
            let entry = of_account(&format!("account {account}"), number, half);
            assert_eq!(put(&store, entry).await, PutOutcome::Kept);
        }
    }
    assert_eq!(put(&store, of_account("one more", 0, 1)).await, PutOutcome::Full);
    assert!(!is_kept(&store, "one more 0").await);
    let elsewhere = OneTimeEntry {
        owner: ValueOwner { organization: "umbrella".into(), ..owner("elsewhere") },
        ..entry("elsewhere", "elsewhere")
    };
    assert_eq!(put(&store, elsewhere).await, PutOutcome::Kept, "the twin");
    // The refusal has not removed a value under the same key.
    let larger = OneTimeEntry { value: vec![b'x'; 20], ..of_account("one more", 0, 1) };
    let smaller = entry("one more 0", "a visitor");
    assert_eq!(
        put(&store, of_account("account 1", 0, half - 10)).await,
        PutOutcome::Kept,
        "room for ten bytes"
    );
    assert_eq!(put(&store, OneTimeEntry { value: vec![b'x'; 10], ..smaller }).await, PutOutcome::Kept);
    assert_eq!(put(&store, larger).await, PutOutcome::Full);
    assert!(is_kept(&store, "one more 0").await, "a refused value replaces none");
    // An account that has filled its own budget takes no more of the organization's.
    assert_eq!(put(&store, of_account("account 0", 2, half)).await, PutOutcome::Kept);
    assert!(!is_kept(&store, "account 0 0").await && is_kept(&store, "account 0 1").await);
    assert_eq!(put(&store, of_account("one more", 0, half)).await, PutOutcome::Kept, "there is room again");
}

/// A member who logs in with SSO in more than [`MEMBER_SESSIONS`] app sessions loses the oldest of these sessions.
pub async fn a_member_has_a_budget_of_sessions(store: Arc<dyn SessionStore>) {
    let numbered = |number: usize| -> SsoSession {
        named(&number.to_string(), |session| {
            session.credential = Credential::session(format!("credential-{number}"));
        })
    };
    let bobs = SsoSession { account: "bob".into(), ..session() };
    let elsewhere = SsoSession { organization: "umbrella".into(), ..session() };
    for session in [&bobs, &elsewhere] {
        assert_eq!(insert(&store, session).await, InsertOutcome::Stored);
    }
    for number in 0..=MEMBER_SESSIONS {
        assert_eq!(insert(&store, &numbered(number)).await, InsertOutcome::Stored);
    }
    assert_eq!(find(&store, key(&numbered(0))).await, None);
    for kept in [numbered(1), numbered(MEMBER_SESSIONS), bobs, elsewhere] {
        assert_eq!(find(&store, key(&kept)).await, Some(kept.clone()));
    }
}

/// An organization with [`ORGANIZATION_JOIN_LINKS`] join links gets [`AddOutcome::Full`] until it removes one. Another
/// organization does not notice.
pub async fn an_organization_has_a_budget_of_join_links(store: Arc<dyn JoinLinks>) {
    for number in 0..ORGANIZATION_JOIN_LINKS {
        assert_eq!(store.add(&join_link(&number.to_string())).await.unwrap(), AddOutcome::Kept);
    }
    assert_eq!(store.add(&join_link("one more")).await.unwrap(), AddOutcome::Full);
    let elsewhere =
        JoinLink { organization: "umbrella".into(), expires_at: at(900), ..join_link("elsewhere") };
    assert_eq!(store.add(&elsewhere).await.unwrap(), AddOutcome::Kept, "the twin");
    assert!(store.remove(&"acme".into(), &join_link("0").id).await.unwrap());
    assert_eq!(store.add(&join_link("one more")).await.unwrap(), AddOutcome::Kept, "there is room again");
}
