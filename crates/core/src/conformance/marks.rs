//! The rules for the marks of revocations: an SSO login that began before a revocation can't finish after it.
//!
//! All of them use [`SessionStore`].

use std::{sync::Arc, time::Duration};

use crate::{
    conformance::{
        fixtures::at,
        sessions::{covering, find, insert, key, named, neighbors, revoke, session},
    },
    session::{
        revocation::{Revocation, RevocationScope},
        store::{InsertOutcome, SessionStore},
    },
};

type Store = Arc<dyn SessionStore>;

/// Times have fractions of a millisecond, and the serialized form of a session and of a revocation has not. A login
/// that began before the revocation, in the same millisecond, is refused. A store that rounds the revocation's `at`
/// down, and compares it with a `begun_at` that it has not rounded, fails here.
pub async fn a_login_begun_in_the_millisecond_of_a_revocation_is_refused(store: Store) {
    let scope = RevocationScope::Account("ada".into());
    let micros = |micros: u64| at(100) + Duration::from_micros(micros);
    let revocation = Revocation { scope, at: micros(700), mark_until: at(700) };
    store.revoke(&revocation).await.unwrap();
    let before = named("s1", |session| session.begun_at = micros(300));
    assert!(store.revoked(&before).await.unwrap());
    assert_eq!(insert(&store, &before).await, InsertOutcome::Revoked);
    let after = named("s2", |session| session.begun_at = micros(1_000));
    assert_eq!(insert(&store, &after).await, InsertOutcome::Stored, "the twin");
}

/// After a revocation, `insert` refuses a session that the scope covers and that began before it or at the same time.
/// A store that only deletes sessions, and leaves no mark, fails here.
pub async fn a_login_begun_before_a_revocation_can_not_finish_after_it(store: Store) {
    for (round, scope) in covering().into_iter().enumerate() {
        let begun = 1_000 * (round as u64 + 1);
        let session = named("s1", |session| session.begun_at = at(begun));
        assert_eq!(insert(&store, &session).await, InsertOutcome::Stored, "the twin, before {scope:?}");
        // A login that began at the time of the revocation is refused too.
        assert_eq!(revoke(&store, scope.clone(), begun).await, 1);
        assert_eq!(insert(&store, &session).await, InsertOutcome::Revoked, "{scope:?}");
        assert_eq!(find(&store, key(&session)).await, None, "{scope:?}");
    }
}

/// A mark refuses no session that began after the revocation's `at`: the user has logged in again.
pub async fn a_login_begun_after_a_revocation_is_stored(store: Store) {
    for scope in covering() {
        assert_eq!(revoke(&store, scope, 99).await, 0);
    }
    assert_eq!(insert(&store, &session()).await, InsertOutcome::Stored);
    assert_eq!(find(&store, key(&session())).await, Some(session()));
}

/// A mark refuses exactly the sessions for which [`covers`](RevocationScope::covers) returns true, like the
/// revocation.
pub async fn a_revocation_mark_refuses_only_what_its_scope_covers(store: Store) {
    for (round, scope) in covering().into_iter().enumerate() {
        let begun = 1_000 * (round as u64 + 1);
        revoke(&store, scope.clone(), begun).await;
        for mut session in neighbors() {
            session.begun_at = at(begun);
            let expected =
                if scope.covers(&session) { InsertOutcome::Revoked } else { InsertOutcome::Stored };
            assert_eq!(insert(&store, &session).await, expected, "{scope:?}, {}", session.id);
        }
    }
}

/// `revoked` returns true exactly if `insert` would answer [`InsertOutcome::Revoked`], and stores nothing.
pub async fn revoked_answers_what_insert_would_answer(store: Store) {
    for (round, scope) in covering().into_iter().enumerate() {
        let begun = 1_000 * (round as u64 + 1);
        let mut all = neighbors();
        all.push(session());
        for session in &mut all {
            session.begun_at = at(begun);
            assert!(!store.revoked(session).await.unwrap(), "{}, before {scope:?}", session.id);
        }
        revoke(&store, scope.clone(), begun).await;
        for mut session in all {
            let refused = scope.covers(&session);
            assert_eq!(store.revoked(&session).await.unwrap(), refused, "{scope:?}, {}", session.id);
            // The call to `revoked` has changed nothing.
            assert_eq!(find(&store, key(&session)).await, None);
            let inserted = insert(&store, &session).await;
            assert_eq!(inserted == InsertOutcome::Revoked, refused, "{scope:?}, {}", session.id);
            // A login that began after the revocation is not refused.
            session.begun_at = at(begun + 1);
            assert!(!store.revoked(&session).await.unwrap(), "{scope:?}, {}", session.id);
        }
        for organization in ["acme", "umbrella"] {
            revoke(&store, RevocationScope::Organization(organization.into()), begun + 2).await;
        }
    }
}

/// Two revocations of the same scope can arrive in the wrong order. Sessions that began at or before the later `at`
/// are still refused. A store that overwrites the mark of a scope fails here.
pub async fn an_earlier_revocation_does_not_weaken_a_later_one(store: Store) {
    let scope = RevocationScope::Member("acme".into(), "ada".into());
    revoke(&store, scope.clone(), 150).await;
    revoke(&store, scope, 90).await;
    assert_eq!(insert(&store, &session()).await, InsertOutcome::Revoked);
    let after = named("s2", |session| session.begun_at = at(151));
    assert_eq!(insert(&store, &after).await, InsertOutcome::Stored);
}

/// A mark holds after the clock has stepped back, even if it was dropped in between, at a time when it had expired. A
/// store that drops marks remembers the latest `at` of all marks that it has dropped, and refuses every session that
/// began at or before that time: see [`SessionStore::revoke`].
pub async fn a_revocation_mark_survives_a_clock_that_steps_back(store: Store) {
    let elsewhere = named("s2", |session| {
        session.organization = "umbrella".into();
        session.begun_at = at(0);
    });
    revoke(&store, RevocationScope::Organization("acme".into()), 200).await;
    insert(&store, &elsewhere).await;
    revoke(&store, RevocationScope::Organization("hooli".into()), 1).await;
    assert_eq!(insert(&store, &session()).await, InsertOutcome::Revoked);
    // The same holds if the store has dropped the mark in the meantime, at a time when it had expired.
    revoke(&store, RevocationScope::Organization("hooli".into()), 10_000).await;
    assert_eq!(insert(&store, &session()).await, InsertOutcome::Revoked);
    let after = named("s3", |session| session.begun_at = at(201));
    assert_eq!(insert(&store, &after).await, InsertOutcome::Stored);
}
