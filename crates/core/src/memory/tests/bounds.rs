//! The limits of the memory store: what it drops, what it refuses, and that it frees the memory of ended entries.

use crate::{
    conformance::{
        fixtures::{at, digest},
        join_links::join_link,
        links::{link, login},
        one_time::{claim_of, entry, owner},
        sessions::{revocation, scope, session},
    },
    memory::{
        memory_store::MemoryStore,
        shared::SWEEP,
        tests::{Sizes, bounded, claim, insert, is_active, now, numbered},
    },
    session::{
        join_links::{AddOutcome, JoinLinks},
        links::{Link, LinkOutcome, Links},
        one_time::{
            Claim, ClaimOutcome, ORGANIZATION_CLAIMS, OneTime, OneTimeEntry, PutOutcome, TakeOutcome,
            ValueOwner,
        },
        revocation::{Revocation, RevocationScope},
        sso_session::SsoSession,
        store::{InsertOutcome, SessionStore},
    },
};

#[test]
fn a_full_store_ends_the_oldest_session() {
    let store = bounded(|limits| limits.sessions = 3);
    for number in 0..5 {
        assert_eq!(insert(&store, &numbered(number)), InsertOutcome::Stored);
    }
    let membership: Vec<_> = (0..5).filter(|number| is_active(&store, &numbered(*number))).collect();
    assert_eq!(membership, [2, 3, 4]);
    store.sizes().agree();
}

#[test]
fn a_full_store_ends_expired_sessions_before_the_oldest() {
    let store = bounded(|limits| limits.sessions = 3);
    let over = SsoSession { expires_at: at(150), ..numbered(1) };
    for session in [&numbered(0), &over, &numbered(2)] {
        insert(&store, session);
    }
    insert(&store, &SsoSession { begun_at: at(150), ..numbered(3) });
    let membership: Vec<_> = (0..4).filter(|number| is_active(&store, &numbered(*number))).collect();
    assert_eq!(membership, [0, 2, 3]);
    store.sizes().agree();
}

#[test]
fn repeated_logins_of_one_user_push_out_no_other_session() {
    let store = bounded(|limits| limits.sessions = 100);
    insert(&store, &numbered(0));
    let elsewhere = SsoSession { organization: "umbrella".into(), ..session() };
    insert(&store, &elsewhere);
    for _ in 0..200 {
        insert(&store, &session());
    }
    assert!(
        is_active(&store, &numbered(0)) && is_active(&store, &elsewhere) && is_active(&store, &session())
    );
    assert_eq!(store.sizes().in_shards, 10);
    store.sizes().agree();
}

#[test]
fn ended_sessions_leave_no_memory_behind() {
    let ends: [fn(&MemoryStore); 3] = [
        |store| _ = now(store.revoke(&revocation(RevocationScope::Organization("acme".into()), 100))),
        |store| {
            for number in 0..100 {
                let credential = numbered(number).credential;
                now(store.revoke(&revocation(RevocationScope::Credential(credential), 100)));
            }
        },
        |store| {
            // An insert of a session that has already expired drops other expired sessions, a few at a time.
            for _ in 0..=100 / SWEEP {
                insert(store, &SsoSession { begun_at: at(100_000), expires_at: at(0), ..numbered(500) });
            }
            now(store.revoke(&revocation(RevocationScope::Organization("acme".into()), 100_000)));
        },
    ];
    for end in ends {
        let store = MemoryStore::default();
        for number in 0..100 {
            insert(&store, &numbered(number));
            insert(&store, &SsoSession { idp_session: None, ..numbered(number) });
        }
        store.sizes().agree();
        assert_eq!(store.sizes().index, [200, 200, 1100]);
        end(&store);
        assert_eq!((store.sizes().index, store.sizes().in_shards), ([0; 3], 0));
    }
}

#[test]
fn a_revocation_without_room_for_its_mark_refuses_the_logins_begun_before_the_oldest() {
    let store = bounded(|limits| limits.marks = 2);
    let of = |account: &str| revocation(RevocationScope::Account(account.into()), 200);
    let begun = |account: &str| SsoSession {
        account: account.into(),
        revision: now(store.revision(None)),
        ..session()
    };
    let (first, adas) = (begun("dan"), begun("ada"));
    insert(&store, &adas);
    now(store.revoke(&of("bob")));
    let second = begun("dan");
    // Two tokens that are made and revoked again and again.
    for account in ["carol", "ada"] {
        now(store.revoke(&of(account)));
    }
    assert_eq!(store.sizes().marks, [2, 2]);
    assert!(!is_active(&store, &adas), "a revocation always works");
    assert_eq!(insert(&store, &adas), InsertOutcome::Revoked);
    // The mark for bob was dropped. The store can't tell any more whether it covered the first login of dan.
    assert_eq!(insert(&store, &first), InsertOutcome::Revoked);
    assert_eq!(insert(&store, &second), InsertOutcome::Stored, "the twin");
    // The mark of the same scope is renewed in its place.
    now(store.revoke(&of("ada")));
    assert_eq!(store.sizes().marks, [2, 2]);
    assert_eq!(insert(&store, &second), InsertOutcome::Stored, "the twin");
}

#[test]
fn a_full_store_ends_the_oldest_session_of_an_organization_with_more_than_half() {
    let store = bounded(|limits| limits.sessions = 10);
    let elsewhere = SsoSession { organization: "umbrella".into(), ..session() };
    insert(&store, &elsewhere);
    for number in 0..50 {
        assert_eq!(insert(&store, &numbered(number)), InsertOutcome::Stored);
    }
    assert!(is_active(&store, &elsewhere), "the oldest of all");
    assert_eq!((0..50).filter(|number| is_active(&store, &numbered(*number))).count(), 9);
    store.sizes().agree();
}

#[test]
fn expired_marks_are_dropped() {
    let store = MemoryStore::default();
    for number in 0..100 {
        let scope = RevocationScope::Credential(numbered(number).credential);
        now(store.revoke(&Revocation { scope, at: at(100), mark_until: at(200 + number) }));
    }
    insert(&store, &SsoSession { begun_at: at(199), revision: now(store.revision(None)), ..numbered(500) });
    assert_eq!(store.sizes().marks, [100, 100]);
    insert(&store, &SsoSession { begun_at: at(202), revision: now(store.revision(None)), ..numbered(500) });
    assert_eq!(store.sizes().marks, [97, 97]);
    for _ in 0..=100 / SWEEP {
        insert(
            &store,
            &SsoSession { begun_at: at(299), revision: now(store.revision(None)), ..numbered(500) },
        );
    }
    assert_eq!(store.sizes().marks, [0, 0]);
}

#[test]
fn a_mark_renewed_with_an_earlier_end_keeps_the_later_end() {
    let store = MemoryStore::default();
    let before = session();
    let scope = RevocationScope::Account("ada".into());
    now(store.revoke(&Revocation { scope: scope.clone(), at: at(200), mark_until: at(800) }));
    now(store.revoke(&Revocation { scope, at: at(100), mark_until: at(300) }));
    let revision = now(store.revision(None));
    let elsewhere = SsoSession { account: "bob".into(), begun_at: at(799), revision, ..session() };
    assert_eq!(insert(&store, &elsewhere), InsertOutcome::Stored);
    assert_eq!(store.sizes().marks, [1, 1]);
    assert_eq!(insert(&store, &before), InsertOutcome::Revoked);
}

#[test]
fn a_full_store_of_values_refuses_new_ones_until_some_expire() {
    let store = bounded(|limits| limits.one_time = 2);
    for (key, expected) in [("a", PutOutcome::Kept), ("b", PutOutcome::Kept), ("c", PutOutcome::Full)] {
        assert_eq!(now(store.put(entry(key, key))), expected);
    }
    // The refusal has not removed any other value.
    assert_eq!(store.sizes().one_time, [2, 2, 2, 0]);
    assert_eq!(now(store.put(OneTimeEntry { now: at(700), ..entry("c", "c") })), PutOutcome::Kept);
    assert_eq!(store.sizes().one_time, [1, 1, 1, 0]);
}

#[test]
fn a_store_of_values_is_bounded_in_bytes() {
    let store = bounded(|limits| limits.one_time_bytes = 25);
    let of = |key: &str, bytes: usize| OneTimeEntry { value: vec![b'x'; bytes], ..entry(key, key) };
    assert_eq!(now(store.put(of("a", 10))), PutOutcome::Kept);
    assert_eq!(now(store.put(of("b", 16))), PutOutcome::Full);
    assert_eq!(now(store.put(of("b", 15))), PutOutcome::Kept);
    assert!(matches!(now(store.take(&digest("a"))), TakeOutcome::Value { .. }));
    assert_eq!(now(store.put(of("c", 10))), PutOutcome::Kept, "a taken value has no bytes");
    store.sizes().agree();
}

#[test]
fn a_taken_value_is_reported_as_taken_until_it_expires_or_room_is_needed() {
    let store = bounded(|limits| limits.one_time = 2);
    for key in ["a", "b"] {
        now(store.put(entry(key, key)));
    }
    assert!(matches!(now(store.take(&digest("a"))), TakeOutcome::Value { .. }));
    assert_eq!(now(store.take(&digest("a"))), TakeOutcome::Again);
    assert_eq!(now(store.put(entry("c", "c"))), PutOutcome::Kept);
    assert_eq!(now(store.take(&digest("a"))), TakeOutcome::Nothing);

    assert!(matches!(now(store.take(&digest("b"))), TakeOutcome::Value { .. }));
    now(store.put(OneTimeEntry { now: at(699), ..entry("c", "c") }));
    assert_eq!(now(store.take(&digest("b"))), TakeOutcome::Again);
    now(store.put(OneTimeEntry { now: at(700), expires_at: at(900), ..entry("c", "c") }));
    assert_eq!(now(store.take(&digest("b"))), TakeOutcome::Nothing);
    store.sizes().agree();
}

#[test]
fn an_owner_at_the_cap_needs_no_further_room() {
    let capped = |cap| ValueOwner { cap, ..owner("ada") };
    let store = bounded(|limits| limits.one_time = 2);
    for key in ["a", "b", "c"] {
        assert_eq!(now(store.put(OneTimeEntry { owner: capped(2), ..entry(key, "ada") })), PutOutcome::Kept);
    }
    assert_eq!(now(store.take(&digest("a"))), TakeOutcome::Nothing);
    // A cap of 0 counts as 1: the value is stored.
    assert_eq!(now(store.put(OneTimeEntry { owner: capped(0), ..entry("d", "ada") })), PutOutcome::Kept);
    assert_eq!(store.sizes().one_time, [1, 1, 1, 0]);
    assert!(matches!(now(store.take(&digest("d"))), TakeOutcome::Value { .. }));
}

#[test]
fn a_full_store_of_claims_refuses_new_ones_until_some_expire() {
    let store = bounded(|limits| limits.claims = 2);
    assert_eq!(claim(&store, "a", 200, 100), ClaimOutcome::First);
    assert_eq!(claim(&store, "b", 300, 100), ClaimOutcome::First);
    assert_eq!(claim(&store, "c", 300, 199), ClaimOutcome::Full);
    assert_eq!(claim(&store, "a", 300, 199), ClaimOutcome::Again);
    assert_eq!(claim(&store, "c", 300, 200), ClaimOutcome::First);
    assert_eq!(claim(&store, "b", 300, 200), ClaimOutcome::Again);
    assert_eq!(claim(&store, "a", 300, 200), ClaimOutcome::Full);
    assert_eq!(store.sizes().claims, [2, 2]);
}

#[test]
fn an_organization_has_a_budget_of_claims() {
    let store = MemoryStore::default();
    for number in 0..ORGANIZATION_CLAIMS {
        assert_eq!(claim(&store, &number.to_string(), 300, 100), ClaimOutcome::First);
    }
    assert_eq!(claim(&store, "one more", 300, 100), ClaimOutcome::Full);
    let elsewhere = Claim { organization: "umbrella".into(), ..claim_of("elsewhere", 300, 100) };
    assert_eq!(now(store.claim(&elsewhere)), ClaimOutcome::First, "the twin");
    store.sizes().agree();
}

#[test]
fn a_renewed_claim_is_not_swept_with_the_old_one() {
    let store = MemoryStore::default();
    let many = 3 * SWEEP as u64;
    for number in 0..many {
        assert_eq!(claim(&store, &number.to_string(), 200 + number, 100), ClaimOutcome::First);
    }
    let last = (many - 1).to_string();
    assert_eq!(claim(&store, &last, 900, 500), ClaimOutcome::First);
    for number in 0..many {
        assert_eq!(claim(&store, &format!("other {number}"), 900, 500), ClaimOutcome::First);
    }
    assert_eq!(claim(&store, &last, 900, 500), ClaimOutcome::Again);
    store.sizes().agree();
}

#[test]
fn a_full_store_of_links_refuses_new_ones_and_forgets_none() {
    let store = bounded(|limits| limits.links = 2);
    let moved = Link { scope: scope("https://other.example"), ..link("ada", "9") };
    let pins = [
        (link("ada", "1"), LinkOutcome::New),
        (link("bob", "2"), LinkOutcome::New),
        (link("carol", "3"), LinkOutcome::Full),
        (link("ada", "1"), LinkOutcome::Same),
        (moved, LinkOutcome::Replaced),
    ];
    for (link, expected) in pins {
        assert_eq!(now(store.link(&link, &login("s1"))), expected, "{link:?}");
    }
    assert!(now(store.unlink(&"acme".into(), &"bob".into())));
    assert_eq!(now(store.link(&link("carol", "3"), &login("s1"))), LinkOutcome::New);
    for account in ["ada", "carol"] {
        assert!(now(store.unlink(&"acme".into(), &account.into())));
    }
    assert_eq!(store.sizes(), Sizes::default());
}

#[test]
fn full_join_links_refuse_new_ones_and_forget_none() {
    let store = bounded(|limits| limits.join_links = 2);
    assert_eq!(now(store.add(&join_link("1"))), AddOutcome::Kept);
    assert_eq!(now(store.add(&join_link("2"))), AddOutcome::Kept);
    assert_eq!(now(store.add(&join_link("3"))), AddOutcome::Full);
    store.sizes().agree();
    assert!(now(store.remove(&"acme".into(), &join_link("1").id)));
    assert_eq!(now(store.add(&join_link("3"))), AddOutcome::Kept);
    assert_eq!(now(JoinLinks::list(&store, &"acme".into())), [join_link("3"), join_link("2")]);
    store.sizes().agree();
}
