//! Tests with concurrent threads.

use std::{sync::Barrier, thread, time::SystemTime};

use crate::{
    conformance::{
        fixtures::{at, digest},
        one_time::entry,
        sessions::{key, revocation},
    },
    memory::{
        memory_store::MemoryStore,
        tests::{bounded, insert, is_active, now, numbered},
    },
    session::{
        one_time::{OneTime, TakeOutcome},
        revocation::{Revocation, RevocationScope},
        store::SessionStore,
    },
};

#[test]
fn concurrent_threads_taking_one_value_have_one_winner() {
    let store = MemoryStore::default();
    now(store.put(entry("a", "ada")));
    let start = Barrier::new(1000);
    let taken: Vec<_> = thread::scope(|scope| {
        let take = || {
            start.wait();
            now(store.take(&digest("a")))
        };
        let threads: Vec<_> = (0..1000).map(|_| scope.spawn(take)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(taken.iter().filter(|taken| matches!(taken, TakeOutcome::Value { .. })).count(), 1);
    assert_eq!(taken.iter().filter(|taken| **taken == TakeOutcome::Again).count(), 999);
}

#[test]
fn racing_inserts_and_revocations_leave_no_revoked_session() {
    let store = bounded(|limits| limits.sessions = 40);
    let start = Barrier::new(4);
    let time = |round: u64| -> SystemTime { at(1_000 + round) };
    thread::scope(|scope| {
        for thread in 0..3 {
            let (store, start) = (&store, &start);
            scope.spawn(move || {
                start.wait();
                for round in 0..2_000 {
                    let mut session = numbered(round % 20 + thread);
                    session.begun_at = time(round);
                    session.revision = now(store.revision(None));
                    insert(store, &session);
                    _ = is_active(store, &session);
                }
            });
        }
        scope.spawn(|| {
            start.wait();
            for round in 0..2_000 {
                let credential = numbered(round % 20).credential;
                let scope = RevocationScope::Credential(credential);
                let revocation = Revocation { scope, at: time(round), mark_until: time(10_000) };
                now(store.revoke(&revocation));
                let revoked_at = now(store.revision(None));
                let found = now(SessionStore::find(&store, key(&numbered(round % 20))));
                // A session that is found now began after the revocation that has just answered.
                assert!(found.is_none_or(|found| found.revision >= revoked_at));
            }
        });
    });
    store.sizes().agree();
    assert!(store.sizes().in_shards <= 40);
    now(store.revoke(&revocation(RevocationScope::Organization("acme".into()), 1)));
    assert_eq!((store.sizes().index, store.sizes().in_shards), ([0; 3], 0));
}
