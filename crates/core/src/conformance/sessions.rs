//! The rules for a session store, except for lists.

use std::sync::Arc;

use crate::digest::Digest;

use crate::{
    conformance::fixtures::at,
    credential::Credential,
    protocol::Protocol,
    session::{
        links::LinkScope,
        revision::Revision,
        revocation::{Revocation, RevocationScope},
        session_id::SessionId,
        sso_session::SsoSession,
        store::{InsertOutcome, RevokeOutcome, SessionKey, SessionStore},
    },
};

type Store = Arc<dyn SessionStore>;

/// Returns a session of ada at acme, with the credential `laptop`, begun at 100.
pub(crate) fn session() -> SsoSession {
    SsoSession {
        id: SessionId::new("s1"),
        credential: Credential::session("laptop"),
        organization: "acme".into(),
        account: "ada".into(),
        connection: Digest::of("contract", &["connection"]),
        protocol: Protocol::Oidc,
        scope: scope("https://idp.example"),
        subject: "248289761001".to_owned(),
        email: "ada@acme.example".to_owned(),
        idp_session: Some("08a5019c".to_owned()),
        begun_at: at(100),
        revision: Revision::default(),
        logged_in_at: at(110),
        authenticated_at: Some(at(109)),
        context_class: Some("urn:example:mfa".to_owned()),
        expires_at: at(100_000),
    }
}

pub(crate) fn scope(issuer: &str) -> LinkScope {
    LinkScope(issuer.to_owned(), "client".to_owned())
}

pub(crate) fn key(session: &SsoSession) -> SessionKey<'_> {
    let SsoSession { credential, organization, account, .. } = session;
    SessionKey { credential, organization, account }
}

/// Returns a revocation at a time, whose mark is kept for 600 seconds.
pub(crate) fn revocation(scope: RevocationScope, seconds: u64) -> Revocation {
    Revocation { scope, at: at(seconds), mark_until: at(seconds + 600) }
}

pub(crate) fn named(id: &str, change: impl FnOnce(&mut SsoSession)) -> SsoSession {
    let mut session = SsoSession { id: SessionId::new(id), ..session() };
    change(&mut session);
    session
}

pub(crate) async fn insert(store: &Store, session: &SsoSession) -> InsertOutcome {
    store.insert(Arc::new(session.clone())).await.unwrap()
}

/// Returns the session as of a login that begins now.
pub(crate) async fn begun(store: &Store, session: SsoSession) -> SsoSession {
    SsoSession { revision: store.revision(None).await.unwrap(), ..session }
}

/// Returns the sessions as of logins that begin now.
pub(crate) async fn all_begun(store: &Store, sessions: Vec<SsoSession>) -> Vec<SsoSession> {
    let revision = store.revision(None).await.unwrap();
    sessions.into_iter().map(|session| SsoSession { revision, ..session }).collect()
}

pub(crate) async fn find(store: &Store, key: SessionKey<'_>) -> Option<SsoSession> {
    store.find(key).await.unwrap().map(|found| SsoSession::clone(&found))
}

pub(crate) async fn revoke(store: &Store, scope: RevocationScope, seconds: u64) -> usize {
    store.revoke(&revocation(scope, seconds)).await.unwrap().count
}

pub(crate) fn idp(
    organization: &str,
    issuer: &str,
    subject: Option<&str>,
    sid: Option<&str>,
) -> RevocationScope {
    RevocationScope::Idp {
        organization: organization.into(),
        scope: scope(issuer),
        subject: subject.map(str::to_owned),
        idp_session: sid.map(str::to_owned),
    }
}

/// Returns every kind of scope that covers [`session`].
pub(crate) fn covering() -> Vec<RevocationScope> {
    let (issuer, subject, sid) = ("https://idp.example", Some("248289761001"), Some("08a5019c"));
    vec![
        RevocationScope::Credential(Credential::session("laptop")),
        RevocationScope::AccountCredential {
            credential: Credential::session("laptop"),
            account: "ada".into(),
        },
        RevocationScope::Session {
            credential: Credential::session("laptop"),
            organization: "acme".into(),
            account: "ada".into(),
        },
        RevocationScope::Account("ada".into()),
        RevocationScope::Member("acme".into(), "ada".into()),
        RevocationScope::OtherEmails { account: "ada".into(), emails: vec!["new@acme.example".to_owned()] },
        RevocationScope::Organization("acme".into()),
        idp("acme", issuer, subject, None),
        idp("acme", issuer, None, sid),
        idp("acme", issuer, subject, sid),
    ]
}

/// Returns sessions that differ from [`session`] in one thing each, so that each scope covers some of them and not
/// others.
pub(crate) fn neighbors() -> Vec<SsoSession> {
    vec![
        named("credential", |session| session.credential = Credential::session("phone")),
        named("kind of credential", |session| session.credential = Credential::token("laptop")),
        named("account", |session| session.account = "bob".into()),
        named("organization", |session| session.organization = "umbrella".into()),
        named("email", |session| {
            session.email = "new@acme.example".to_owned();
            session.credential = Credential::session("email");
        }),
        named("issuer", |session| {
            session.scope = scope("https://other.example");
            session.credential = Credential::session("issuer");
        }),
        named("subject", |session| {
            session.subject = "2".to_owned();
            session.credential = Credential::session("subject");
        }),
        named("idp session", |session| {
            session.idp_session = Some("other".to_owned());
            session.credential = Credential::session("idp session");
        }),
        named("no idp session", |session| {
            session.idp_session = None;
            session.credential = Credential::session("no idp session");
        }),
    ]
}

/// `find` compares the whole key: the credential's id *and* its kind, the organization and the account. A session with
/// the same credential in another organization, or of another account, is not found.
pub async fn a_session_is_found_only_by_its_key(store: Store) {
    let session = session();
    assert_eq!(find(&store, key(&session)).await, None);
    assert_eq!(insert(&store, &session).await, InsertOutcome::Stored);
    assert_eq!(find(&store, key(&session)).await, Some(session.clone()));
    for other in neighbors() {
        assert_eq!(find(&store, key(&other)).await, None, "{}", other.id);
    }
}

/// `find` returns the session that was inserted last under its key, even if an earlier one began later or expires
/// later. A store orders by the insert (a serial number), not by a time of the session.
pub async fn the_newest_session_of_a_key_is_found(store: Store) {
    // The newest session is the one that was inserted last, not the one that began or expires last.
    let again = named("s2", |session| {
        session.begun_at = at(50);
        session.expires_at = at(5_000);
    });
    insert(&store, &session()).await;
    insert(&store, &again).await;
    assert_eq!(find(&store, key(&again)).await, Some(again.clone()));
}

/// A key can have several sessions. A revocation that covers only the newest leaves the one before it, and `find`
/// returns that one. A store that keeps a single session for each key fails here.
pub async fn an_older_session_is_found_once_the_newest_is_revoked(store: Store) {
    let again = named("s2", |session| session.idp_session = Some("second".to_owned()));
    insert(&store, &session()).await;
    insert(&store, &again).await;
    assert_eq!(revoke(&store, idp("acme", "https://idp.example", None, Some("second")), 200).await, 1);
    assert_eq!(find(&store, key(&again)).await, Some(session()));
}

/// A session whose `expires_at` has passed is stored and found like any other: tower-sso compares the times.
pub async fn an_expired_session_is_still_returned_to_the_caller(store: Store) {
    let over = named("s1", |session| session.expires_at = at(100));
    assert_eq!(insert(&store, &over).await, InsertOutcome::Stored);
    assert_eq!(find(&store, key(&over)).await, Some(over.clone()));
}

/// For every kind of [`RevocationScope`], `revoke` ends exactly the sessions for which
/// [`covers`](RevocationScope::covers) returns true, and counts them. The same revocation a second time ends nothing
/// and answers 0.
pub async fn a_revocation_ends_what_its_scope_covers_and_nothing_else(store: Store) {
    for scope in covering() {
        // Each round begins after the marks of the previous round.
        let all = all_begun(&store, [neighbors(), vec![session()]].concat()).await;
        for session in &all {
            assert_eq!(insert(&store, session).await, InsertOutcome::Stored);
        }
        let covered = all.iter().filter(|session| scope.covers(session)).count();
        assert!((1..all.len()).contains(&covered), "{scope:?} hits some and misses some");
        assert_eq!(revoke(&store, scope.clone(), 200).await, covered, "{scope:?}");
        for session in &all {
            let left = (!scope.covers(session)).then(|| session.clone());
            assert_eq!(find(&store, key(session)).await, left, "{scope:?}, {}", session.id);
        }
        assert_eq!(revoke(&store, scope.clone(), 200).await, 0, "{scope:?}, again");
        revoke(&store, RevocationScope::Organization("acme".into()), 200).await;
        revoke(&store, RevocationScope::Organization("umbrella".into()), 200).await;
    }
}

/// The answer to a revocation has every session that ended, also one that `find` did not return because of a newer one
/// under the same key. For [`RevocationScope::Organization`] it has only their number.
pub async fn a_revocation_by_the_provider_returns_the_sessions_that_it_ended(store: Store) {
    for scope in covering() {
        // A session behind a newer one of the same key ends too, and is in the answer.
        let behind = named("behind", |session| session.context_class = None);
        let all = all_begun(&store, [neighbors(), vec![behind, session()]].concat()).await;
        for session in &all {
            assert_eq!(insert(&store, session).await, InsertOutcome::Stored);
        }
        let revoked = store.revoke(&revocation(scope.clone(), 200)).await.unwrap();
        let told = scope.names_sessions();
        let mut ended: Vec<_> = all.into_iter().filter(|session| scope.covers(session)).collect();
        assert_eq!(revoked.count, ended.len(), "{scope:?}");
        ended.retain(|_| told);
        let mut sessions: Vec<_> = revoked.sessions.into_iter().map(Arc::unwrap_or_clone).collect();
        for sessions in [&mut ended, &mut sessions] {
            sessions.sort_by(|one, other| one.id.cmp(&other.id));
        }
        assert_eq!(sessions, ended, "{scope:?}");
        assert_eq!(store.revoke(&revocation(scope, 200)).await.unwrap(), RevokeOutcome::default());
        revoke(&store, RevocationScope::Organization("acme".into()), 200).await;
        revoke(&store, RevocationScope::Organization("umbrella".into()), 200).await;
    }
}

/// `revoke` ends a stored session even if it began after the revocation's `at`: the clocks of two nodes may differ.
pub async fn a_revocation_ends_active_sessions_no_matter_when_they_began(store: Store) {
    insert(&store, &session()).await;
    assert_eq!(revoke(&store, RevocationScope::Account("ada".into()), 50).await, 1);
    assert_eq!(find(&store, key(&session())).await, None);
}

/// [`RevocationScope::OtherEmails`] ends the account's sessions whose `email` is not in the list, and its mark refuses
/// only those. With an empty list it ends all sessions of the account.
pub async fn changed_emails_end_the_sessions_of_other_addresses(store: Store) {
    let other_emails = |emails: &[&str]| RevocationScope::OtherEmails {
        account: "ada".into(),
        emails: emails.iter().map(|&email| email.to_owned()).collect(),
    };
    let moved = named("s2", |session| {
        session.email = "new@acme.example".to_owned();
        session.credential = Credential::session("phone");
    });
    let bobs = named("s3", |session| session.account = "bob".into());
    // Both SSO logins in progress began before the change.
    for session in [&session(), &moved, &bobs] {
        insert(&store, session).await;
    }
    assert_eq!(revoke(&store, other_emails(&["ada@acme.example", "new@acme.example"]), 200).await, 0);
    assert_eq!(revoke(&store, other_emails(&["new@acme.example"]), 201).await, 1);
    assert_eq!(find(&store, key(&session())).await, None);
    assert_eq!(find(&store, key(&moved)).await, Some(moved.clone()));
    // One SSO login in progress matched the removed address, and one matched the address that remains.
    assert_eq!(insert(&store, &session()).await, InsertOutcome::Revoked);
    assert_eq!(insert(&store, &moved).await, InsertOutcome::Stored);
    assert_eq!(revoke(&store, other_emails(&[]), 202).await, 2);
    assert_eq!(find(&store, key(&bobs)).await, Some(bobs.clone()));
}

/// Many inserts and a revocation run at the same time. Afterward no session is left: each insert either came first,
/// and the revocation ended and counted its session, or came second and was refused. A store that reads the marks in
/// one step and inserts in another fails here, though not in every run.
pub async fn an_insert_that_races_a_revocation_leaves_no_active_session(store: Store) {
    for round in 0..200 {
        let credential = format!("laptop-{round}");
        let session =
            named(&credential, |session| session.credential = Credential::session(credential.as_str()));
        let session = begun(&store, session).await;
        let inserts = (0..4).map(|_| {
            let (store, session) = (Arc::clone(&store), session.clone());
            tokio::spawn(async move { insert(&store, &session).await })
        });
        let inserts: Vec<_> = inserts.collect();
        let revoked = {
            let (store, credential) = (Arc::clone(&store), session.credential.clone());
            tokio::spawn(async move { revoke(&store, RevocationScope::Credential(credential), 200).await })
        };
        let mut stored = 0;
        for insert in inserts {
            stored += usize::from(insert.await.unwrap() == InsertOutcome::Stored);
        }
        // Every session that was stored was stored before the revocation, which ended it.
        assert_eq!(revoked.await.unwrap(), stored, "round {round}");
        assert_eq!(find(&store, key(&session)).await, None, "round {round}");
    }
}
