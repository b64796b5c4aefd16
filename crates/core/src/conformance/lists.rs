//! The rules for lists of a session store.

use std::sync::Arc;

use crate::{
    conformance::{
        fixtures::at,
        sessions::{insert, named, revoke, session},
    },
    credential::Credential,
    session::{
        list::{SessionCursor, SessionList, SessionPage, SessionsOf},
        revocation::RevocationScope,
        session_id::SessionId,
        sso_session::SsoSession,
        store::SessionStore,
    },
};

type Store = Arc<dyn SessionStore>;

async fn page(store: &Store, of: &SessionsOf, after: Option<SessionCursor>, limit: usize) -> SessionPage {
    store.list(&SessionList { of: of.clone(), after, limit }).await.unwrap()
}

fn ids(page: &SessionPage) -> Vec<&str> {
    page.sessions.iter().map(|session| session.id.as_str()).collect()
}

fn with_credential(id: &str) -> SsoSession {
    named(id, |session| session.credential = Credential::session(id))
}

/// A list has one session for each key, the one that `find` returns, and no other. Expired sessions are in it. The
/// order is that of the inserts, the last one first.
pub async fn a_list_returns_the_sessions_that_find_returns_newest_first(store: Store) {
    let expired = named("expired", |session| {
        session.credential = Credential::session("expired");
        session.expires_at = at(101);
    });
    for session in [
        session(),
        with_credential("phone"),
        named("token", |session| session.credential = Credential::token("laptop")),
        named("bobs", |session| session.account = "bob".into()),
        named("elsewhere", |session| session.organization = "umbrella".into()),
        expired,
        // Replaces the first session under its key.
        named("again", |_| {}),
    ] {
        insert(&store, &session).await;
    }
    let (acme, ada) = ("acme".into(), "ada".into());
    for (of, expected) in [
        (SessionsOf::Account("ada".into()), &["again", "expired", "elsewhere", "token", "phone"][..]),
        (SessionsOf::Member(acme, ada), &["again", "expired", "token", "phone"]),
        (SessionsOf::Organization("acme".into()), &["again", "expired", "bobs", "token", "phone"]),
        (SessionsOf::Organization("umbrella".into()), &["elsewhere"]),
        (SessionsOf::Session(SessionId::new("token")), &["token"]),
        (SessionsOf::Session(SessionId::new("s1")), &[]),
        (SessionsOf::Account("eve".into()), &[]),
        (SessionsOf::Session(SessionId::new("")), &[]),
    ] {
        let page = page(&store, &of, None, 10).await;
        assert_eq!(ids(&page), expected, "{of:?}");
        assert_eq!(page.next, None, "{of:?}");
    }
    let found = page(&store, &SessionsOf::Session(SessionId::new("phone")), None, 1).await;
    assert_eq!(*found.sessions[0], with_credential("phone"), "as it was inserted");
}

/// [`SessionsOf::Subject`] and [`SessionsOf::IdpSession`] compare the organization and the one text, but not the
/// scope. A session without an `idp_session` is not in the list for the empty text.
pub async fn a_list_by_provider_session_matches_any_scope(store: Store) {
    let (subject, index) = (session().subject, session().idp_session.unwrap());
    for (id, change) in [
        ("1", (|_| {}) as fn(&mut SsoSession)),
        ("2", |session| session.scope.0 = "https://other.example".to_owned()),
        ("3", |session| session.scope.1 = "another".to_owned()),
        ("4", |session| session.subject = "another".to_owned()),
        ("5", |session| session.idp_session = Some("another".to_owned())),
        ("6", |session| session.idp_session = None),
        ("7", |session| session.account = "bob".into()),
        ("8", |session| session.organization = "umbrella".into()),
    ] {
        let mut session = with_credential(id);
        change(&mut session);
        insert(&store, &session).await;
    }
    let acme = || "acme".into();
    for (of, expected) in [
        (SessionsOf::Subject(acme(), subject.clone()), &["7", "6", "5", "3", "2", "1"][..]),
        (SessionsOf::Subject("umbrella".into(), subject), &["8"]),
        (SessionsOf::Subject(acme(), index.clone()), &[]),
        (SessionsOf::IdpSession(acme(), index.clone()), &["7", "4", "3", "2", "1"]),
        (SessionsOf::IdpSession("umbrella".into(), index), &["8"]),
        (SessionsOf::IdpSession(acme(), String::new()), &[]),
    ] {
        let first = page(&store, &of, None, 4).await;
        let mut found = Vec::from_iter(ids(&first).into_iter().map(str::to_owned));
        if first.next.is_some() {
            let second = page(&store, &of, first.next.clone(), 4).await;
            assert_eq!(second.next, None, "{of:?}");
            found.extend(ids(&second).into_iter().map(str::to_owned));
        }
        assert_eq!(found, expected, "{of:?}");
    }
}

/// Between two pages, the session at which the first page ended is revoked, and another is inserted. The second page
/// continues after the first and repeats nothing. A store that counts rows (`OFFSET`), or that looks for the last
/// session by its id, fails here.
pub async fn pages_of_a_list_stay_consistent_while_sessions_change(store: Store) {
    for id in ["1", "2", "3", "4", "5"] {
        insert(&store, &with_credential(id)).await;
    }
    let acme = SessionsOf::Organization("acme".into());
    let first = page(&store, &acme, None, 2).await;
    assert_eq!(ids(&first), ["5", "4"]);
    // The session at which the next page would begin ends, a session of the first page ends, and a new session is
    // inserted.
    for id in ["3", "4"] {
        revoke(&store, RevocationScope::Credential(Credential::session(id)), 50).await;
    }
    insert(&store, &with_credential("6")).await;
    let second = page(&store, &acme, first.next.clone(), 2).await;
    assert_eq!((ids(&second), second.next.clone()), (vec!["2", "1"], None));
    let again = page(&store, &acme, None, 2).await;
    assert_eq!(ids(&again), ["6", "5"]);
    // An empty page would never advance: a limit of 0 counts as 1.
    let least = page(&store, &acme, None, 0).await;
    assert_eq!((ids(&least), least.next.is_some()), (vec!["6"], true));
    let bobs = page(&store, &SessionsOf::Account("bob".into()), first.next, 2).await;
    assert_eq!(bobs, SessionPage::default(), "another list from the same place");
}

/// A kind of list of a later version is an error, and not an empty list.
pub async fn an_unknown_kind_of_list_is_an_error(store: Store) {
    insert(&store, &session()).await;
    assert!(store.list(&SessionList::new(SessionsOf::Reserved, 10)).await.is_err());
    let acme = SessionsOf::Organization("acme".into());
    assert_eq!(page(&store, &acme, None, 10).await.sessions.len(), 1, "the twin");
}

/// A cursor comes back through the visitor's browser and can be any text. Text that is not one of the store's cursors
/// gives an empty, last page. It is neither an `Err` nor the first page.
pub async fn an_unknown_cursor_returns_an_empty_page(store: Store) {
    insert(&store, &session()).await;
    let acme = SessionsOf::Organization("acme".into());
    for text in ["", "x", "-1", "1e9", "99999999999999999999999999", "\u{1f980}", "' or 1=1 --"] {
        let page = page(&store, &acme, Some(SessionCursor::new(text)), 10).await;
        assert_eq!(page, SessionPage::default(), "{text:?}");
    }
    assert_eq!(page(&store, &acme, None, 10).await.sessions.len(), 1, "the twin");
}
