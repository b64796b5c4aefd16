//! The rules for a store of one-time values.

use std::sync::Arc;

use crate::{
    conformance::fixtures::{at, digest},
    session::one_time::{
        Claim, ClaimOutcome, MAX_CLAIM, OneTime, OneTimeEntry, PutOutcome, TakeOutcome, ValueOwner,
    },
};

type Store = Arc<dyn OneTime>;

/// Returns a value of the owner at acme, stored at 100 and expiring at 700. The owner may have three values.
pub(crate) fn entry(key: &str, owner: &str) -> OneTimeEntry {
    OneTimeEntry {
        key: digest(key),
        owner: self::owner(owner),
        value: key.as_bytes().to_vec(),
        now: at(100),
        expires_at: at(700),
    }
}

/// Returns an owner without an account.
pub(crate) fn owner(name: &str) -> ValueOwner {
    ValueOwner::new(digest(name), 3, "acme".into())
}

fn value(key: &str) -> TakeOutcome {
    TakeOutcome::Value { value: key.as_bytes().to_vec(), expires_at: at(700) }
}

async fn put(store: &Store, entry: OneTimeEntry) {
    assert_eq!(store.put(entry).await.unwrap(), PutOutcome::Kept);
}

async fn take(store: &Store, key: &str) -> TakeOutcome {
    store.take(&digest(key)).await.unwrap()
}

async fn claim(store: &Store, key: &str, until: u64, now: u64) -> ClaimOutcome {
    store.claim(&claim_of(key, until, now)).await.unwrap()
}

/// Returns a claim at acme, against replay.
pub(crate) fn claim_of(key: &str, until: u64, now: u64) -> Claim {
    Claim::new(digest(key), "acme".into(), at(now), at(until))
}

/// Returns whether the value is gone. Some stores can't tell a taken value from one that never existed.
fn is_gone(taken: &TakeOutcome) -> bool {
    match taken {
        TakeOutcome::Again | TakeOutcome::Nothing => true,
        TakeOutcome::Value { .. } => false,
    }
}

/// The first `take` gets the value, and every later one [`TakeOutcome::Again`] or [`TakeOutcome::Nothing`].
pub async fn a_value_is_taken_once(store: Store) {
    assert_eq!(take(&store, "a").await, TakeOutcome::Nothing);
    put(&store, entry("a", "ada")).await;
    assert_eq!(take(&store, "b").await, TakeOutcome::Nothing);
    assert_eq!(take(&store, "a").await, value("a"));
    for _ in 0..3 {
        assert!(is_gone(&take(&store, "a").await));
    }
}

/// A value that has expired is returned together with its `expires_at`, or was dropped. The store does not have to
/// check.
pub async fn an_expired_value_is_returned_with_its_end_or_forgotten(store: Store) {
    put(&store, OneTimeEntry { expires_at: at(101), ..entry("a", "ada") }).await;
    let taken = take(&store, "a").await;
    // A store whose own clock is past this time may have dropped the value.
    assert!(
        taken == TakeOutcome::Value { value: b"a".to_vec(), expires_at: at(101) }
            || taken == TakeOutcome::Nothing,
        "{taken:?}"
    );
}

/// `put` under a key that has a value replaces the value and its `expires_at`. It also stores a value under a key that
/// was taken before.
pub async fn a_value_replaces_an_earlier_one_under_the_same_key(store: Store) {
    put(&store, entry("a", "ada")).await;
    put(&store, OneTimeEntry { value: b"second".to_vec(), expires_at: at(800), ..entry("a", "ada") }).await;
    assert_eq!(
        take(&store, "a").await,
        TakeOutcome::Value { value: b"second".to_vec(), expires_at: at(800) }
    );
    assert!(is_gone(&take(&store, "a").await));
    put(&store, entry("a", "ada")).await;
    assert_eq!(take(&store, "a").await, value("a"));
}

/// A value that replaces another is its owner's newest: the next one beyond the cap drops the oldest of the others.
pub async fn a_replaced_value_is_the_newest_of_its_owner(store: Store) {
    for key in ["1", "2", "3", "1", "4"] {
        put(&store, entry(key, "ada")).await;
    }
    assert!(is_gone(&take(&store, "2").await));
    for kept in ["1", "3", "4"] {
        assert_eq!(take(&store, kept).await, value(kept));
    }
}

/// If an owner has more values than the cap, those that were stored first are dropped. Values of other owners stay.
pub async fn beyond_the_cap_the_oldest_value_of_the_same_owner_is_removed(store: Store) {
    put(&store, entry("bob's", "bob")).await;
    for key in ["1", "2", "3", "4", "5"] {
        put(&store, entry(key, "ada")).await;
    }
    for gone in ["1", "2"] {
        assert!(is_gone(&take(&store, gone).await), "{gone}");
    }
    for kept in ["3", "4", "5", "bob's"] {
        assert_eq!(take(&store, kept).await, value(kept));
    }
}

/// Only values that can still be taken count. A store that keeps a record of taken values leaves them out.
pub async fn a_taken_value_does_not_count_toward_the_cap(store: Store) {
    for key in ["1", "2", "3"] {
        put(&store, entry(key, "ada")).await;
    }
    assert_eq!(take(&store, "2").await, value("2"));
    put(&store, entry("4", "ada")).await;
    for kept in ["1", "3", "4"] {
        assert_eq!(take(&store, kept).await, value(kept));
    }
}

/// Of a thousand callers that take one value at the same time, one gets it. A store that reads and deletes in two
/// steps fails here: in SQL, use `DELETE … RETURNING`.
pub async fn concurrent_takes_of_a_value_have_one_winner(store: Store) {
    for round in ["1", "2", "3"] {
        put(&store, entry(round, "ada")).await;
        let takers = (0..1000).map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { take(&store, round).await })
        });
        let takers: Vec<_> = takers.collect();
        let mut values = 0;
        for taker in takers {
            let taken = taker.await.unwrap();
            values += usize::from(taken == value(round));
            assert!(taken == value(round) || is_gone(&taken));
        }
        assert_eq!(values, 1, "round {round}");
    }
}

/// A claim blocks its key while `now` is earlier than its `until`. A later claim, which is refused, does not prolong
/// it. At `until` the key can be claimed again.
pub async fn a_claim_blocks_later_claims_until_it_expires(store: Store) {
    assert_eq!(claim(&store, "a", 200, 100).await, ClaimOutcome::First);
    assert_eq!(claim(&store, "a", 200, 100).await, ClaimOutcome::Again);
    assert_eq!(claim(&store, "b", 200, 100).await, ClaimOutcome::First);
    // A later claim does not change the time of the first one.
    assert_eq!(claim(&store, "a", 900, 199).await, ClaimOutcome::Again);
    assert_eq!(claim(&store, "a", 900, 200).await, ClaimOutcome::First);
    assert_eq!(claim(&store, "a", 900, 200).await, ClaimOutcome::Again);
}

/// A claim holds after the clock has stepped back, even if it was dropped in between, at a time when it had expired. A
/// store that drops claims remembers the latest `until` of all claims that it has dropped, and answers
/// [`ClaimOutcome::Again`] to every claim whose `until` is not later: see [`OneTime::claim`]. It refuses no other
/// claim, even if its `until` is earlier than a `now` that the store has seen.
pub async fn a_claim_survives_a_clock_that_steps_back(store: Store) {
    assert_eq!(claim(&store, "a", 200, 150).await, ClaimOutcome::First);
    assert_eq!(claim(&store, "b", 120, 10).await, ClaimOutcome::First);
    for now in [20, 0, 199] {
        assert_eq!(claim(&store, "a", 200, now).await, ClaimOutcome::Again, "at {now}");
    }
    // The same holds if the store has dropped the claim in the meantime, at a time when it had expired.
    assert_eq!(claim(&store, "c", 900, 500).await, ClaimOutcome::First);
    assert_eq!(claim(&store, "a", 200, 199).await, ClaimOutcome::Again);
    assert_eq!(claim(&store, "d", 900, 199).await, ClaimOutcome::First);
}

/// A clock that was ahead, by a day for example, blocks claims for at most [`MAX_CLAIM`] after it is right again: a floor
/// that is later can't be of a claim that is made now. See [`OneTime::claim`].
pub async fn a_clock_that_was_ahead_does_not_block_claims_for_long(store: Store) {
    let (day, hour) = (24 * 60 * 60, MAX_CLAIM.as_secs());
    assert_eq!(claim(&store, "a", day + 600, day).await, ClaimOutcome::First);
    // The clock is ahead for longer than the claim lasts: a store may drop it.
    assert_eq!(claim(&store, "b", day + 1_800, day + 1_200).await, ClaimOutcome::First);
    // The clock is right again. Within the hour, the store may refuse.
    claim(&store, "c", 700, 100).await;
    let now = 100 + hour + 1;
    assert_eq!(claim(&store, "d", now + 600, now).await, ClaimOutcome::First);
    assert_eq!(claim(&store, "d", now + 600, now).await, ClaimOutcome::Again);
}

/// A claim against replay that would end later than [`MAX_CLAIM`] after `now` is refused: no clock that is right makes
/// one. A notice may last longer, and does not block claims against replay when it is dropped.
pub async fn a_claim_lasts_an_hour_at_most_unless_it_is_a_notice(store: Store) {
    let (day, hour) = (24 * 60 * 60, MAX_CLAIM.as_secs());
    assert_eq!(claim(&store, "a", 101 + hour, 100).await, ClaimOutcome::Again);
    assert_eq!(claim(&store, "a", 100 + hour, 100).await, ClaimOutcome::First, "the twin");
    let notice = |now| claim_of("notice", day, now).notice();
    assert_eq!(store.claim(&notice(100)).await.unwrap(), ClaimOutcome::First);
    assert_eq!(store.claim(&notice(200)).await.unwrap(), ClaimOutcome::Again);
    // By this clock, which is wrong, the notice has ended.
    assert_eq!(claim(&store, "b", day + 600, day).await, ClaimOutcome::First);
    let now = 200 + hour;
    assert_eq!(claim(&store, "c", now + 600, now).await, ClaimOutcome::First);
}

/// Claims and values do not affect each other, even under one key.
pub async fn a_claim_is_not_a_value(store: Store) {
    assert_eq!(claim(&store, "a", 200, 100).await, ClaimOutcome::First);
    assert_eq!(take(&store, "a").await, TakeOutcome::Nothing);
    put(&store, entry("a", "ada")).await;
    assert_eq!(take(&store, "a").await, value("a"));
    assert_eq!(claim(&store, "a", 200, 100).await, ClaimOutcome::Again);
}

/// Of many callers that claim one key at the same time, one gets [`ClaimOutcome::First`].
pub async fn concurrent_claims_have_one_winner(store: Store) {
    let claimers = (0..1000).map(|_| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { claim(&store, "a", 200, 100).await })
    });
    let claimers: Vec<_> = claimers.collect();
    let mut first = 0;
    for claimer in claimers {
        match claimer.await.unwrap() {
            ClaimOutcome::First => first += 1,
            ClaimOutcome::Again => {}
            ClaimOutcome::Full => panic!("one claim filled the store"),
        }
    }
    assert_eq!(first, 1);
}
