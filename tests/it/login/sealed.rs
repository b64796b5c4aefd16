//! What the store keeps of an SSO login is sealed, and opens on every node that has the key.

use tower::ServiceExt as _;
use tower_sso::{
    Lookup, Sso,
    keys::{Key, KeyRing},
    login::LoginErrorKind::{LookupFailed, TicketUsed},
    store::{Claim, ClaimOutcome, Digest, MemoryStore, OneTime, OneTimeEntry, PutOutcome, TakeOutcome},
};

use crate::{
    support::World,
    test_app::{TestApp, TestConfig},
};

fn ring() -> (Key, KeyRing) {
    let key = Key::generate().unwrap();
    (key.clone(), KeyRing::new(key))
}

#[tokio::test]
async fn a_login_finishes_on_a_node_that_has_the_key_among_its_former_ones() {
    let (old_key, old) = ring();
    let (_, new) = ring();
    for (other, opens) in [(new.clone().with_former(old_key), true), (new, false)] {
        let app =
            TestApp::of(TestConfig { keys: [Some(old.clone()), Some(other)], ..TestConfig::default() }).await;
        let ada = app.actor("ada");
        let finish = app.received(&ada, "1").await;
        let headers = [
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
            ("sec-fetch-site", "same-origin"),
        ];
        let request = app.request(&ada, "GET", &finish, &headers);
        let finished = app.other_node.clone().oneshot(request).await.unwrap();
        if opens {
            assert_eq!(finished.status(), 303);
            app.count_finished();
            // The ticket was taken.
            app.refused(app.visit(&ada, &finish).await, TicketUsed).await;
        } else {
            app.refused(finished, LookupFailed).await;
            let event = app.last();
            assert!(format!("{event:?}").contains("no key of the key ring"), "{event:?}");
        }
    }
}

#[tokio::test]
async fn a_store_sees_nothing_of_a_login() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    app.log_in(&ada, "1").await;
    let kept = app.faults.kept();
    // A pending login, a ticket and the mark against loops.
    assert!(kept.len() > 1_000, "{} bytes", kept.len());
    let kept = String::from_utf8_lossy(&kept);
    for secret in [ada.email.as_str(), "pkce_verifier", "nonce", "organization", "acme", "/acme"] {
        assert!(!kept.contains(secret), "{secret}");
    }
}

/// A store that has no key ring, as one that an app wrote for an earlier version.
struct WithoutKeys(MemoryStore);

impl OneTime for WithoutKeys {
    fn put(&self, entry: OneTimeEntry) -> Lookup<PutOutcome> {
        self.0.put(entry)
    }

    fn take(&self, key: &Digest) -> Lookup<TakeOutcome> {
        self.0.take(key)
    }

    fn claim(&self, claim: &Claim) -> Lookup<ClaimOutcome> {
        self.0.claim(claim)
    }
}

#[tokio::test]
async fn a_store_without_a_key_ring_needs_one_from_the_app() {
    let world = World::new();
    let builder = || world.builder().one_time(WithoutKeys(MemoryStore::default()));
    let refused = builder().build().map(drop).unwrap_err();
    assert_eq!(refused.field(), "keys");
    assert!(refused.problem().starts_with("expected a key ring"), "{}", refused.problem());
    let _: Sso = builder().keys(ring().1).build().unwrap();
}
