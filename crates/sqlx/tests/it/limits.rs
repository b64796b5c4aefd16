//! Numbers and times at the edge of what the database can hold.

use std::time::Duration;

use tower_sso_core::store::{Claim, ClaimOutcome, MAX_CLAIM, OneTime as _, PutOutcome};

use crate::support::{Directory, at, digest, value};

/// The database holds whole milliseconds. The clock of an app does not.
#[tokio::test]
async fn a_claim_of_the_longest_time_is_made_at_any_fraction_of_a_millisecond() {
    let directory = Directory::new();
    let store = directory.open().await;
    for (byte, micros) in [(1, 0), (2, 1), (3, 500), (4, 999)] {
        let now = at(100) + Duration::from_micros(micros);
        let claim = |byte, until| Claim::new(digest(byte), "acme".into(), now, until);
        let too_long = claim(byte, now + MAX_CLAIM + Duration::from_micros(1));
        assert_eq!(store.claim(&too_long).await.unwrap(), ClaimOutcome::Again, "{micros}");
        let longest = claim(byte, now + MAX_CLAIM);
        assert_eq!(store.claim(&longest).await.unwrap(), ClaimOutcome::First, "the twin at {micros}");
    }
}

#[tokio::test]
async fn an_owner_may_have_any_cap() {
    let directory = Directory::new();
    let store = directory.open().await;
    for cap in [0, 1, usize::MAX] {
        let mut entry = value(1);
        entry.owner.cap = cap;
        assert_eq!(store.put(entry).await.unwrap(), PutOutcome::Kept, "{cap}");
    }
}
