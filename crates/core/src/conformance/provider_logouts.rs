//! The rules for a logout by the provider, which ends the sessions of one of its users or of one of its sessions
//! ([`RevocationScope::Idp`]).
//!
//! All of them use [`SessionStore`].

use std::sync::Arc;

use crate::{
    conformance::sessions::{begun, find, idp, insert, key, named, revoke},
    protocol::Protocol,
    session::{
        links::LinkScope,
        revocation::RevocationScope,
        sso_session::SsoSession,
        store::{InsertOutcome, SessionStore},
    },
};

type Store = Arc<dyn SessionStore>;

/// A scope that names neither a user nor a session of the provider covers nothing. In SQL, a missing `subject` or
/// `idp_session` must not become a condition that every row meets, or that a row without one meets.
pub async fn a_provider_scope_without_a_subject_and_session_ends_nothing(store: Store) {
    let nobody = idp("acme", "https://idp.example", None, None);
    let lacking = named("s1", |session| session.idp_session = None);
    insert(&store, &lacking).await;
    assert_eq!(revoke(&store, nobody, 200).await, 0);
    assert_eq!(find(&store, key(&lacking)).await, Some(lacking.clone()));
    assert_eq!(insert(&store, &lacking).await, InsertOutcome::Stored);
}

/// Returns a SAML scope: the entity ID of the app and this format, followed by qualifiers if it has some.
fn saml(format: &str) -> LinkScope {
    LinkScope("https://idp.example".to_owned(), format!("https://app.example/metadata {format}"))
}

/// A SAML provider may name a user in a logout request with another `Format` than at the login. The session ends, and
/// its mark refuses, as [`covers`](RevocationScope::covers) says: not for a transient NameID, and not for an
/// attribute. A store that looks for the whole [`LinkScope`] fails here.
pub async fn a_saml_session_ends_in_every_format_of_its_name_id(store: Store) {
    let (email, transient) = (
        "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress",
        "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
    );
    let (qualified, odd) = (format!("{email} \"https://a.example\""), format!("{transient} \"a\""));
    let lasting = [email, "urn:x:other", qualified.as_str()];
    let alone = [transient, odd.as_str(), "attribute uid", "attribute mail"];
    for kept in lasting.iter().chain(&alone) {
        for named in lasting.iter().chain(&alone) {
            let ends = kept == named || (lasting.contains(kept) && lasting.contains(named));
            for by_index in [true, false] {
                let what = format!("{kept}, named as {named}, by its index: {by_index}");
                let session = begun(&store, named_by(kept)).await;
                let idp_session = session.idp_session.clone().filter(|_| by_index);
                let revoked = |organization: &str, issuer: &str| RevocationScope::Idp {
                    organization: organization.into(),
                    scope: LinkScope(issuer.to_owned(), saml(named).1),
                    subject: Some(session.subject.clone()),
                    idp_session: idp_session.clone(),
                };
                assert_eq!(insert(&store, &session).await, InsertOutcome::Stored);
                // The same user in another organization, and at another provider.
                let issuer = "https://idp.example";
                for other in [revoked("umbrella", issuer), revoked("acme", "https://other.example")] {
                    assert_eq!(revoke(&store, other, 100).await, 0, "{what}");
                }
                let ended = revoke(&store, revoked("acme", issuer), 100).await;
                assert_eq!(ended, usize::from(ends), "{what}");
                assert_eq!(find(&store, key(&session)).await.is_none(), ends, "{what}");
                // The mark covers what the revocation ended.
                assert_eq!(store.revoked(&session).await.unwrap(), ends, "{what}");
                let inserted = insert(&store, &session).await;
                assert_eq!(inserted == InsertOutcome::Revoked, ends, "{what}");
                revoke(&store, RevocationScope::Organization("acme".into()), 100).await;
            }
        }
    }
}

fn named_by(format: &str) -> SsoSession {
    named("saml", |session| {
        session.protocol = Protocol::Saml;
        session.scope = saml(format);
    })
}

/// The scope of an OpenID Connect session, its issuer and client id, is compared whole. A client id may contain
/// spaces.
pub async fn an_openid_session_is_ended_only_in_its_scope(store: Store) {
    // Two clients of one provider. A client id may contain spaces.
    let session = named("s1", |session| session.scope.1 = "client urn:a".to_owned());
    let scope = |client: &str| RevocationScope::Idp {
        organization: "acme".into(),
        scope: LinkScope(session.scope.0.clone(), client.to_owned()),
        subject: Some(session.subject.clone()),
        idp_session: None,
    };
    insert(&store, &session).await;
    for client in ["client", "client urn:b", "other urn:a"] {
        assert_eq!(revoke(&store, scope(client), 200).await, 0, "{client}");
        assert!(!store.revoked(&session).await.unwrap(), "{client}");
    }
    assert_eq!(revoke(&store, scope("client urn:a"), 200).await, 1, "the twin");
    assert!(store.revoked(&session).await.unwrap(), "the twin");
}
