//! Long-lived responses learn when their session ends.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use http::request::Parts;
use tower_sso::{
    FreshSession, Membership, Sso, SsoPass,
    connection::{Enforcement, FixedConnections},
    session::RevocationScope,
    store::{InsertOutcome, SessionStore as _},
};

use crate::support::{World, connection, credential, request};

fn parts(credential: &str) -> Parts {
    request("GET", "/x", &[("x-account", "ada"), ("x-credential", credential)]).into_parts().0
}

async fn proof(sso: &Sso, credential: &str) -> FreshSession {
    match sso.require(&parts(credential), &"1".into()).await.unwrap() {
        SsoPass::Fresh(proof) => proof,
        other @ (SsoPass::NotRequired(_) | SsoPass::Offered(_)) => panic!("{other:?}"),
    }
}

/// Returns whether the session ends before the deadline.
async fn ends(proof: &FreshSession) -> bool {
    tokio::time::timeout(Duration::from_secs(3), proof.ended()).await.is_ok()
}

#[tokio::test(start_paused = true)]
async fn a_sign_out_ends_this_credential_and_no_other() {
    let world = World::new();
    let sso = world.sso();
    world.log_in("1", "ada", "a").await;
    world.log_in("1", "ada", "b").await;
    let (a, b) = (proof(&sso, "a").await, proof(&sso, "b").await);
    assert!(!ends(&a).await);
    let waiting = tokio::spawn({
        let a = a.clone();
        async move { ends(&a).await }
    });
    tokio::task::yield_now().await;
    assert_eq!(sso.signed_out(&credential("a")).await.unwrap(), 1);
    assert!(waiting.await.unwrap());
    assert!(!ends(&b).await);
    assert!(sso.require(&parts("a"), &"1".into()).await.is_err());
    assert!(sso.require(&parts("b"), &"1".into()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn every_revocation_scope_ends_what_it_covers() {
    for scope in [
        RevocationScope::Credential(credential("a")),
        RevocationScope::Account("ada".into()),
        RevocationScope::Member("1".into(), "ada".into()),
        RevocationScope::Organization("1".into()),
    ] {
        let world = World::new();
        let sso = world.sso();
        world.log_in("1", "ada", "a").await;
        let a = proof(&sso, "a").await;
        assert!(!ends(&a).await);
        assert_eq!(sso.revoke(scope.clone()).await.unwrap(), 1, "{scope:?}");
        assert!(ends(&a).await, "{scope:?}");
    }
}

#[tokio::test]
async fn a_session_ends_at_its_expiry() {
    let world = World::new();
    let sso = world.sso();
    let now = SystemTime::now();
    let mut session = world.session("1", "ada", "a", now).await;
    session.expires_at = now + Duration::from_millis(300);
    world.store.insert(Arc::new(session)).await.unwrap();
    let a = proof(&sso, "a").await;
    assert!(ends(&a).await);
    assert!(sso.require(&parts("a"), &"1".into()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_revocation_on_another_node_is_seen_within_seconds() {
    let world = World::new();
    let (here, elsewhere) = (world.sso(), world.sso());
    world.log_in("1", "ada", "a").await;
    let a = proof(&here, "a").await;
    elsewhere.signed_out(&credential("a")).await.unwrap();
    let seen = tokio::time::timeout(Duration::from_secs(10), a.ended());
    assert!(seen.await.is_ok());
}

#[tokio::test]
async fn a_rebound_session_keeps_its_end_and_the_old_one_is_revoked() {
    let world = World::new();
    let sso = world.sso();
    world.log_in("1", "ada", "old").await;
    let old = proof(&sso, "old").await;
    assert_eq!(sso.rebind(&"ada".into(), &"old".into(), &"new".into()).await.unwrap(), 1);
    let new = proof(&sso, "new").await;
    assert_eq!(new.expires_at(), old.expires_at());
    assert!(sso.require(&parts("old"), &"1".into()).await.is_err());
    assert_eq!(world.actions(), ["session.rebound", "session.revoked"]);
}

#[tokio::test]
async fn a_rebind_moves_the_sessions_of_that_credential_in_every_organization() {
    let world = World::new();
    let sso = world.sso();
    for (organization, account, credential) in
        [("1", "ada", "old"), ("2", "ada", "old"), ("2", "ada", "phone"), ("1", "bob", "old")]
    {
        world.log_in(organization, account, credential).await;
    }
    let ends = async |credential: &str, organization: &str| match sso
        .require(&parts(credential), &organization.into())
        .await
    {
        Ok(SsoPass::Fresh(proof)) => Some(proof.expires_at()),
        Ok(SsoPass::NotRequired(_) | SsoPass::Offered(_)) | Err(_) => None,
    };
    let (first, second) = (ends("old", "1").await, ends("old", "2").await);
    assert!(first.is_some() && second.is_some());
    let rebind =
        async |old: &str, new: &str| sso.rebind(&"ada".into(), &old.into(), &new.into()).await.unwrap();
    assert_eq!(rebind("old", "new").await, 2);
    assert_eq!((ends("new", "1").await, ends("new", "2").await), (first, second));
    assert_eq!((ends("old", "1").await, ends("old", "2").await), (None, None));
    assert!(ends("phone", "2").await.is_some(), "the session of another credential is kept");
    // A session that ended at one organization in the meantime is not rebound. The other organization's is.
    sso.revoke(RevocationScope::Organization("2".into())).await.unwrap();
    assert_eq!(rebind("new", "newer").await, 1);
    assert_eq!((ends("newer", "1").await, ends("newer", "2").await), (first, None));
    // There is nothing left to move.
    assert_eq!(rebind("new", "newest").await, 0);
    assert_eq!(ends("newer", "1").await, first);
}

#[tokio::test]
async fn a_rebind_moves_only_what_the_account_holds() {
    let world = World::new();
    world.host.state.memberships.lock().unwrap().insert(("1".into(), "bob".into()), Membership::member());
    let sso = world.sso();
    let bob = |credential: &str| {
        request("GET", "/x", &[("x-account", "bob"), ("x-credential", credential)]).into_parts().0
    };
    for account in ["ada", "bob"] {
        world.log_in("1", account, "shared").await;
    }
    assert_eq!(sso.rebind(&"ada".into(), &"shared".into(), &"new".into()).await.unwrap(), 1);
    for (moved, passes) in [
        (parts("new"), true),
        (parts("shared"), false),
        // Bob used the same app session. His SSO session is neither copied nor revoked.
        (bob("new"), false),
        (bob("shared"), true),
    ] {
        let found = sso.require(&moved, &"1".into()).await;
        assert_eq!(matches!(found, Ok(SsoPass::Fresh(_))), passes, "{:?}", moved.headers);
    }
}

#[tokio::test]
async fn a_rebind_to_the_same_id_does_nothing() {
    let world = World::new();
    let sso = world.sso();
    world.log_in("1", "ada", "same").await;
    let before = proof(&sso, "same").await;
    assert_eq!(sso.rebind(&"ada".into(), &"same".into(), &"same".into()).await.unwrap(), 0);
    assert_eq!(proof(&sso, "same").await.session(), before.session());
    assert!(world.actions().is_empty(), "{:?}", world.actions());
    assert_eq!(sso.rebind(&"ada".into(), &"same".into(), &"other".into()).await.unwrap(), 1, "the twin");
    assert_eq!(world.actions(), ["session.rebound", "session.revoked"]);
}

#[tokio::test]
async fn a_rotated_token_keeps_its_authorization_and_no_app_session_becomes_a_token() {
    let world = World::new();
    let sso = world.sso();
    world.log_in("1", "ada", "c").await;
    let owner = proof(&sso, "c").await;
    sso.authorize_token(&owner, &"c".into()).await.unwrap();
    let token = |id: &str| request("GET", "/x", &[("x-account", "ada"), ("x-token", id)]).into_parts().0;
    assert_eq!(sso.rebind_token(&"ada".into(), &"c".into(), &"d".into()).await.unwrap(), 1);
    for (moved, passes) in [(token("d"), true), (token("c"), false), (parts("c"), true), (parts("d"), false)]
    {
        assert_eq!(sso.require(&moved, &"1".into()).await.is_ok(), passes, "{:?}", moved.headers);
    }
    // The same for the app session whose id is the same text.
    assert_eq!(sso.rebind(&"ada".into(), &"c".into(), &"e".into()).await.unwrap(), 1);
    for (moved, passes) in [(token("d"), true), (token("e"), false), (parts("e"), true), (parts("c"), false)]
    {
        assert_eq!(sso.require(&moved, &"1".into()).await.is_ok(), passes, "{:?}", moved.headers);
    }
}

#[tokio::test]
async fn a_revoked_session_is_not_rebound() {
    let world = World::new();
    let sso = world.sso();
    world.log_in("1", "ada", "old").await;
    let old = proof(&sso, "old").await;
    sso.revoke(RevocationScope::Organization("1".into())).await.unwrap();
    assert_eq!(sso.rebind(&"ada".into(), &"old".into(), &"new".into()).await.unwrap(), 0);
    assert_eq!(sso.authorize_token(&old, &"t".into()).await.unwrap(), InsertOutcome::Revoked);
    assert!(sso.require(&parts("new"), &"1".into()).await.is_err());
    // The same without a revocation.
    let world = World::new();
    let sso = world.sso();
    world.log_in("1", "ada", "again").await;
    assert_eq!(sso.rebind(&"ada".into(), &"again".into(), &"new".into()).await.unwrap(), 1);
    assert!(sso.require(&parts("new"), &"1".into()).await.is_ok());
}

#[tokio::test]
async fn a_token_is_authorized_until_the_end_of_its_owners_session() {
    let world = World::new();
    let sso = world.sso();
    world.log_in("1", "ada", "c").await;
    let owner = proof(&sso, "c").await;
    let token = || request("GET", "/x", &[("x-account", "ada"), ("x-token", "t")]).into_parts().0;
    assert!(sso.require(&token(), &"1".into()).await.is_err());
    sso.authorize_token(&owner, &"t".into()).await.unwrap();
    let SsoPass::Fresh(proof) = sso.require(&token(), &"1".into()).await.unwrap() else {
        panic!("the session is not fresh")
    };
    assert_eq!(proof.expires_at(), owner.expires_at());
}

#[tokio::test]
async fn a_changed_connection_version_ends_sessions() {
    let world = World::new();
    world.log_in("1", "ada", "c").await;
    assert!(world.sso().require(&parts("c"), &"1".into()).await.is_ok());
    let changed = connection("1", Enforcement::Enforced).domains(["acme.example"]);
    let mut other = world.clone();
    other.connections = Arc::new(FixedConnections::build([changed]).unwrap());
    assert!(other.sso().require(&parts("c"), &"1".into()).await.is_err());
    let same = connection("1", Enforcement::Enforced).name("Another name");
    other.connections = Arc::new(FixedConnections::build([same]).unwrap());
    assert!(other.sso().require(&parts("c"), &"1".into()).await.is_ok());
}
