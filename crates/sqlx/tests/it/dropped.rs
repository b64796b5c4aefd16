//! A lookup timeout drops the future of a call. Whatever it was doing, it leaves no open transaction, and no half of a
//! write.

use std::{future::poll_fn, pin::pin, sync::Arc, task::Poll};

use tower_sso_core::{
    session::{Revision, SessionId},
    store::{ClaimOutcome, Links, OneTime as _, PutOutcome, SessionStore, TakeOutcome},
};

use crate::support::{Directory, claim, digest, insert, link, revocation, session, value};

/// More polls than a call takes.
const MOST_POLLS: u8 = 60;

/// Polls a call so many times, then drops it. Returns whether it was over before.
async fn dropped_after<T>(polls: u8, call: impl Future<Output = T>) -> bool {
    let (mut call, mut left) = (pin!(call), polls);
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        call.as_mut().poll(context).map(|_| true)
    })
    .await
}

#[tokio::test]
async fn a_dropped_insert_is_made_or_not() {
    let directory = Directory::new();
    let store = directory.open().await;
    let mut was_over = false;
    for polls in 0..MOST_POLLS {
        let account = format!("account {polls}");
        let revision = store.revision(None).await.unwrap();
        let ada = session(&account, revision);
        was_over |= dropped_after(polls, store.insert(Arc::new(ada.clone()))).await;
        // This writer gets its turn after the dropped one, of which it sees all or nothing.
        let ended = store.revoke(&revocation(&account, 1)).await.unwrap();
        assert!(ended.count <= 1, "dropped after {polls} polls");
        assert!(
            SessionStore::find(&store, ada.key()).await.unwrap().is_none(),
            "dropped after {polls} polls"
        );
        assert_eq!(store.revision(None).await.unwrap().get(), revision.get() + 1);
    }
    assert!(was_over, "no call came to its end");
}

/// The mark, the revision and the end of the sessions are one.
#[tokio::test]
async fn a_dropped_revocation_is_made_or_not() {
    let directory = Directory::new();
    let store = directory.open().await;
    let mut was_over = false;
    for polls in 0..MOST_POLLS {
        let account = format!("account {polls}");
        let before = store.revision(None).await.unwrap();
        let ada = session(&account, before);
        insert(&store, &ada).await;
        was_over |= dropped_after(polls, store.revoke(&revocation(&account, 1))).await;
        // The next writer waits for the dropped one.
        store.link(&link(&account), &SessionId::new("s")).await.unwrap();
        let found = SessionStore::find(&store, ada.key()).await.unwrap().is_some();
        let is_revoked = store.revoked(&ada).await.unwrap();
        let rose = store.revision(None).await.unwrap() > before;
        assert_eq!((is_revoked, rose), (!found, !found), "dropped after {polls} polls");
    }
    assert!(was_over, "no call came to its end");
}

/// Neither does a dropped `take` leave a value that is gone and was not given to anyone, unless it was over.
#[tokio::test]
async fn a_dropped_put_or_take_leaves_the_store_usable() {
    let directory = Directory::new();
    let store = directory.open().await;
    let mut was_over = false;
    for polls in 0..MOST_POLLS {
        was_over |= dropped_after(polls, store.put(value(polls))).await;
        assert_eq!(store.put(value(polls)).await.unwrap(), PutOutcome::Kept, "dropped after {polls} polls");
        dropped_after(polls, store.take(&digest(polls))).await;
        let taken = store.take(&digest(polls)).await.unwrap();
        assert_ne!(taken, TakeOutcome::Nothing, "dropped after {polls} polls");
        assert_eq!(store.take(&digest(polls)).await.unwrap(), TakeOutcome::Again);
        dropped_after(polls, store.claim(&claim(polls, 100))).await;
        store.claim(&claim(polls, 100)).await.unwrap();
        assert_eq!(store.claim(&claim(polls, 100)).await.unwrap(), ClaimOutcome::Again);
    }
    assert!(was_over, "no call came to its end");
}

#[tokio::test]
async fn a_dropped_look_up_gives_its_connection_back() {
    let directory = Directory::new();
    let store = directory.open().await;
    let ada = session("ada", Revision::default());
    insert(&store, &ada).await;
    // Many more than there are connections.
    for polls in 0..MOST_POLLS {
        dropped_after(polls % 8, SessionStore::find(&store, ada.key())).await;
        dropped_after(polls % 8, store.revoked(&ada)).await;
    }
    assert!(SessionStore::find(&store, ada.key()).await.unwrap().is_some());
}
