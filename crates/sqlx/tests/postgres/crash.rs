//! The server crashes in the middle of its writes: nothing that was answered is lost, and nothing revoked is back.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use tower_sso_core::{
    session::{Revision, SessionId},
    store::{Links, SessionStore},
};
use tower_sso_sqlx::PostgresStore;

use crate::{
    records::{link, revocation, session},
    server::Server,
};

/// What was answered, in order.
type Answered = Arc<Mutex<Vec<(&'static str, String)>>>;

/// Logs in, links and revokes, until the server is gone.
async fn write(store: PostgresStore, name: String, answered: Answered, count: Arc<AtomicUsize>) {
    for number in 0.. {
        let account = format!("{name}-{number}");
        let note = |what| {
            answered.lock().unwrap().push((what, account.clone()));
            count.fetch_add(1, Ordering::SeqCst);
        };
        let Ok(revision) = store.revision(None).await else { return };
        if store.link(&link(&account), &SessionId::new(&account)).await.is_err() {
            return;
        }
        note("linked");
        if store.insert(Arc::new(session(&account, revision))).await.is_err() {
            return;
        }
        note("stored");
        if number % 2 == 0 {
            if store.revoke(&revocation(&account, 1)).await.is_err() {
                return;
            }
            note("revoked");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_crashes_loses_nothing_that_was_answered() {
    let mut server = Server::new("crashed");
    let database = server.database().await;
    for round in 0..4_usize {
        let (answered, count) = (Answered::default(), Arc::new(AtomicUsize::new(0)));
        let store = PostgresStore::connect(&server.url(&database)).await.unwrap();
        let writers = (0..6).map(|writer| {
            let (answered, count) = (Arc::clone(&answered), Arc::clone(&count));
            tokio::spawn(write(store.clone(), format!("{round}-{writer}"), answered, count))
        });
        let writers = Vec::from_iter(writers);
        while count.load(Ordering::SeqCst) < 40 + round * 57 {
            tokio::task::yield_now().await;
        }
        server.stop();
        for writer in writers {
            writer.await.unwrap();
        }
        let Server { directory, port } = server;
        server = Server::start(directory, port);
        drop(server.connection(&database).await);
        let store = PostgresStore::connect(&server.url(&database)).await.unwrap();
        let answered = std::mem::take(&mut *answered.lock().unwrap());
        for (what, account) in answered {
            let ada = session(&account, Revision::default());
            let found = SessionStore::find(&store, ada.key()).await.unwrap().is_some();
            let is_revoked = store.revoked(&ada).await.unwrap();
            match what {
                "linked" => {
                    let held = Links::find(&store, &"acme".into(), &account.as_str().into());
                    assert_eq!(held.await.unwrap(), Some(link(&account)));
                }
                // The last revocation may have been made, and not been answered.
                "stored" => assert!(found || is_revoked, "{account} is lost"),
                _ => assert!(!found && is_revoked, "{account} is back"),
            }
        }
        store.close().await;
    }
    server.stop();
}
