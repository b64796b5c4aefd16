//! The rule that an insert and a revocation can't miss each other, whichever of them is paused, and wherever.
//!
//! The rules here use [`SessionStore`]. They poll the store's own future a number of times and then leave it alone while
//! the other call runs: as if the task, or the connection to the database, had stopped between a read and a write.

use std::{future::poll_fn, pin::pin, sync::Arc, task::Poll, time::Duration};

use tokio::sync::oneshot;

use crate::{
    conformance::sessions::{begun, find, insert, key, named, revoke},
    credential::Credential,
    session::{
        revocation::RevocationScope,
        sso_session::SsoSession,
        store::{InsertOutcome, SessionStore},
    },
};

type Store = Arc<dyn SessionStore>;

/// More polls than a call of any store takes. A call that is over earlier ends the test.
const MOST_POLLS: usize = 200;

/// How long the other call has to finish, before it counts as waiting for the paused one.
const PATIENCE: Duration = Duration::from_millis(50);

/// Polls a call a number of times, says whether it is paused now, and goes on when it is told to.
async fn paused_after<T>(
    polls: usize,
    call: impl Future<Output = T>,
    is_paused: oneshot::Sender<bool>,
    go_on: oneshot::Receiver<()>,
) -> T {
    let (mut call, mut left) = (pin!(call), polls);
    let finished = poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        call.as_mut().poll(context).map(Some)
    });
    let finished = finished.await;
    _ = is_paused.send(finished.is_none());
    match finished {
        Some(answer) => answer,
        None => {
            _ = go_on.await;
            call.await
        }
    }
}

fn numbered(number: usize) -> SsoSession {
    let credential = format!("laptop-{number}");
    named(&credential, |session| session.credential = Credential::session(credential.as_str()))
}

/// Runs one call with a pause after so many polls, and the other one during the pause, or after it if the other waits
/// for the first. Returns both answers, and whether the first was paused at all.
async fn interleaved<A: Send + 'static, B: Send + 'static>(
    polls: usize,
    first: impl Future<Output = A> + Send + 'static,
    second: impl Future<Output = B> + Send + 'static,
) -> (A, B, bool) {
    let ((paused, is_paused), (release, go_on)) = (oneshot::channel(), oneshot::channel());
    let first = tokio::spawn(paused_after(polls, first, paused, go_on));
    let is_paused = is_paused.await.unwrap();
    let mut second = tokio::spawn(second);
    let early = tokio::time::timeout(PATIENCE, &mut second).await;
    _ = release.send(());
    let second = match early {
        Ok(answer) => answer.unwrap(),
        Err(_) => second.await.unwrap(),
    };
    (first.await.unwrap(), second, is_paused)
}

/// An insert that is paused at any point, while a revocation runs, leaves no active session: either it came first, and
/// the revocation ended it, or it is refused. A store that reads the marks and inserts in two steps fails here.
pub async fn a_paused_insert_leaves_no_revoked_session(store: Store) {
    for polls in 0..MOST_POLLS {
        let session = begun(&store, numbered(polls)).await;
        let inserts = {
            let (store, session) = (Arc::clone(&store), session.clone());
            async move { insert(&store, &session).await }
        };
        let revokes = {
            let (store, credential) = (Arc::clone(&store), session.credential.clone());
            async move { revoke(&store, RevocationScope::Credential(credential), 200).await }
        };
        let (inserted, ended, was_paused) = interleaved(polls, inserts, revokes).await;
        assert_eq!(ended == 1, inserted == InsertOutcome::Stored, "paused after {polls} polls");
        assert_eq!(find(&store, key(&session)).await, None, "paused after {polls} polls");
        if !was_paused {
            break;
        }
    }
}

/// A revocation that is paused at any point, while an insert runs, leaves no active session. A store that deletes the
/// sessions and leaves the mark in two steps fails here.
pub async fn a_paused_revocation_leaves_no_revoked_session(store: Store) {
    for polls in 0..MOST_POLLS {
        let session = begun(&store, numbered(polls)).await;
        let inserts = {
            let (store, session) = (Arc::clone(&store), session.clone());
            async move { insert(&store, &session).await }
        };
        let revokes = {
            let (store, credential) = (Arc::clone(&store), session.credential.clone());
            async move { revoke(&store, RevocationScope::Credential(credential), 200).await }
        };
        let (ended, inserted, was_paused) = interleaved(polls, revokes, inserts).await;
        assert_eq!(ended == 1, inserted == InsertOutcome::Stored, "paused after {polls} polls");
        assert_eq!(find(&store, key(&session)).await, None, "paused after {polls} polls");
        if !was_paused {
            break;
        }
    }
}
