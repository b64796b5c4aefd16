//! The rules for the order of SSO logins and revocations: an SSO login that began before a revocation can't finish after
//! it, whatever the clocks say.
//!
//! All of them use [`SessionStore`].

use std::sync::Arc;

use crate::{
    conformance::{
        fixtures::at,
        sessions::{
            all_begun, begun, covering, find, insert, key, named, neighbors, revocation, revoke, session,
        },
    },
    credential::Credential,
    session::{
        revision::Revision,
        revocation::RevocationScope,
        sso_session::SsoSession,
        store::{InsertOutcome, SessionStore},
    },
};

type Store = Arc<dyn SessionStore>;

async fn revision(store: &Store) -> Revision {
    store.revision(None).await.unwrap()
}

/// The revision rises with each revocation, also if it ends nothing. Nothing else has to raise it, and it never falls.
pub async fn the_revision_rises_with_each_revocation(store: Store) {
    let mut last = revision(&store).await;
    for scope in covering() {
        revoke(&store, scope.clone(), 100).await;
        let next = revision(&store).await;
        assert!(next > last, "{scope:?}");
        assert_eq!(insert(&store, &begun(&store, session()).await).await, InsertOutcome::Stored);
        last = revision(&store).await;
        assert!(last >= next, "{scope:?}");
    }
}

/// After a revocation, `insert` refuses a session that the scope covers and whose login had begun before. A store that
/// only deletes sessions, and leaves no mark, fails here.
pub async fn a_login_begun_before_a_revocation_can_not_finish_after_it(store: Store) {
    for scope in covering() {
        let session = begun(&store, session()).await;
        assert_eq!(insert(&store, &session).await, InsertOutcome::Stored, "the twin, before {scope:?}");
        assert_eq!(revoke(&store, scope.clone(), 100).await, 1);
        assert_eq!(insert(&store, &session).await, InsertOutcome::Revoked, "{scope:?}");
        assert_eq!(find(&store, key(&session)).await, None, "{scope:?}");
    }
}

/// A mark refuses no session whose login began after the revocation: the user has logged in again.
pub async fn a_login_begun_after_a_revocation_is_stored(store: Store) {
    for scope in covering() {
        assert_eq!(revoke(&store, scope, 99).await, 0);
    }
    let session = begun(&store, session()).await;
    assert_eq!(insert(&store, &session).await, InsertOutcome::Stored);
    assert_eq!(find(&store, key(&session)).await, Some(session.clone()));
}

/// The clock of the node where a login begins, and that of the node that revokes, may differ by any amount. A store that
/// compares `begun_at` with `at` fails here.
pub async fn clocks_do_not_decide_what_a_revocation_covers(store: Store) {
    for (begun_at, revoked_at) in [(100, 100), (100, 99), (90_000, 100), (100, 90_000)] {
        let by_clock = |session: SsoSession| SsoSession { begun_at: at(begun_at), ..session };
        let before = by_clock(begun(&store, session()).await);
        revoke(&store, RevocationScope::Account("ada".into()), revoked_at).await;
        let after = by_clock(begun(&store, session()).await);
        assert!(store.revoked(&before).await.unwrap(), "begun at {begun_at}, revoked at {revoked_at}");
        assert_eq!(insert(&store, &before).await, InsertOutcome::Revoked, "begun at {begun_at}");
        assert!(!store.revoked(&after).await.unwrap(), "the twin: revoked at {revoked_at}");
        assert_eq!(insert(&store, &after).await, InsertOutcome::Stored, "the twin, begun at {begun_at}");
    }
}

/// The session of a login that began at the provider, at a time, is refused if a covering revocation was made at that
/// time or later ([`revision`](SessionStore::revision) with `since`), and stored if it was made before.
pub async fn a_login_begun_at_the_provider_is_ordered_by_its_time(store: Store) {
    let ada = || RevocationScope::Account("ada".into());
    revoke(&store, ada(), 100).await;
    revoke(&store, RevocationScope::Account("bob".into()), 300).await;
    for (since, expected) in [
        (99, InsertOutcome::Revoked),
        (100, InsertOutcome::Revoked),
        (101, InsertOutcome::Stored),
        (300, InsertOutcome::Stored),
        (301, InsertOutcome::Stored),
    ] {
        let revision = store.revision(Some(at(since))).await.unwrap();
        let session = SsoSession { revision, ..session() };
        assert_eq!(insert(&store, &session).await, expected, "begun at {since}");
    }
    // Another clock made this one, later: it has the highest revision and the lowest time.
    revoke(&store, ada(), 50).await;
    for (since, expected) in [(301, InsertOutcome::Stored), (51, InsertOutcome::Revoked)] {
        let revision = store.revision(Some(at(since))).await.unwrap();
        let session = SsoSession { revision, ..session() };
        assert_eq!(insert(&store, &session).await, expected, "begun at {since}");
    }
}

/// A mark refuses exactly the sessions for which [`covers`](RevocationScope::covers) returns true, like the
/// revocation.
pub async fn a_revocation_mark_refuses_only_what_its_scope_covers(store: Store) {
    for scope in covering() {
        let all = all_begun(&store, neighbors()).await;
        revoke(&store, scope.clone(), 100).await;
        for session in all {
            let expected =
                if scope.covers(&session) { InsertOutcome::Revoked } else { InsertOutcome::Stored };
            assert_eq!(insert(&store, &session).await, expected, "{scope:?}, {}", session.id);
        }
    }
}

/// `revoked` returns true exactly if `insert` would answer [`InsertOutcome::Revoked`], and stores nothing.
pub async fn revoked_answers_what_insert_would_answer(store: Store) {
    for scope in covering() {
        let all = all_begun(&store, [neighbors(), vec![session()]].concat()).await;
        for session in &all {
            assert!(!store.revoked(session).await.unwrap(), "{}, before {scope:?}", session.id);
        }
        revoke(&store, scope.clone(), 100).await;
        for session in all {
            let refused = scope.covers(&session);
            assert_eq!(store.revoked(&session).await.unwrap(), refused, "{scope:?}, {}", session.id);
            // The call to `revoked` has changed nothing.
            assert_eq!(find(&store, key(&session)).await, None);
            let inserted = insert(&store, &session).await;
            assert_eq!(inserted == InsertOutcome::Revoked, refused, "{scope:?}, {}", session.id);
            // A login that began after the revocation is not refused.
            let again = begun(&store, session).await;
            assert!(!store.revoked(&again).await.unwrap(), "{scope:?}, {}", again.id);
        }
        for organization in ["acme", "umbrella"] {
            revoke(&store, RevocationScope::Organization(organization.into()), 100).await;
        }
    }
}

/// Two revocations of the same scope can arrive in the wrong order of their times. Every login that had begun before
/// either of them is refused, until the later `mark_until`. A store that overwrites the mark of a scope fails here.
pub async fn an_earlier_revocation_does_not_weaken_a_later_one(store: Store) {
    let scope = || RevocationScope::Member("acme".into(), "ada".into());
    let first = begun(&store, session()).await;
    revoke(&store, scope(), 150).await;
    let second = begun(&store, session()).await;
    revoke(&store, scope(), 90).await;
    // The time of another login is after the `mark_until` of the second revocation, and before that of the first.
    let bobs = named("bobs", |session| {
        session.account = "bob".into();
        session.begun_at = at(700);
    });
    assert_eq!(insert(&store, &begun(&store, bobs).await).await, InsertOutcome::Stored);
    for before in [first, second] {
        assert_eq!(insert(&store, &before).await, InsertOutcome::Revoked);
    }
    let after = begun(&store, session()).await;
    assert_eq!(insert(&store, &after).await, InsertOutcome::Stored);
}

/// A mark holds even if it was dropped, at a time when it had expired by a clock that was wrong. A store that drops marks
/// refuses every session whose login began before the revocation of a mark that it dropped: see
/// [`SessionStore`](SessionStore#time).
pub async fn a_revocation_mark_survives_a_clock_that_steps_back(store: Store) {
    let before = begun(&store, session()).await;
    revoke(&store, RevocationScope::Organization("acme".into()), 200).await;
    let since_then =
        begun(&store, named("s2", |session| session.credential = Credential::session("2"))).await;
    // By this clock, the mark has expired.
    revoke(&store, RevocationScope::Organization("hooli".into()), 10_000).await;
    assert_eq!(insert(&store, &before).await, InsertOutcome::Revoked);
    let since = store.revision(Some(at(150))).await.unwrap();
    let unasked = SsoSession { revision: since, ..session() };
    assert_eq!(insert(&store, &unasked).await, InsertOutcome::Revoked, "begun at the provider");
    assert_eq!(insert(&store, &since_then).await, InsertOutcome::Stored, "the twin");
}

/// A revocation by a clock that is ahead, by a day for example, does not refuse the logins of that day. A store that
/// compares times fails here.
pub async fn a_clock_that_is_ahead_locks_no_logins(store: Store) {
    let day = 24 * 60 * 60;
    for scope in covering() {
        revoke(&store, scope, day).await;
    }
    let ahead = named("ahead", |session| {
        session.account = "bob".into();
        session.begun_at = at(day);
        session.expires_at = at(2 * day);
    });
    assert_eq!(insert(&store, &begun(&store, ahead).await).await, InsertOutcome::Stored);
    // The clock is right again.
    assert_eq!(insert(&store, &begun(&store, session()).await).await, InsertOutcome::Stored);
}

/// A scope of a later version is an error, and not "nothing to end". The store stays usable.
pub async fn an_unknown_scope_is_an_error(store: Store) {
    let session = begun(&store, session()).await;
    assert_eq!(insert(&store, &session).await, InsertOutcome::Stored);
    assert!(store.revoke(&revocation(RevocationScope::Reserved, 100)).await.is_err());
    assert_eq!(find(&store, key(&session)).await, Some(session.clone()), "ends nothing");
    assert_eq!(revoke(&store, RevocationScope::Account("ada".into()), 100).await, 1, "the twin");
}
