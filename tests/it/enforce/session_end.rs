//! Long-lived responses learn when their session ends.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use http::request::Parts;
use tower_sso::{
    FreshSession, Sso, SsoPass,
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
    sso.rebind(&"old".into(), &old, &"new".into()).await.unwrap();
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
    let old = proof(&sso, "old").await;
    assert_eq!(sso.rebind(&"old".into(), &old, &"new".into()).await.unwrap(), InsertOutcome::Stored);
    assert_eq!((ends("new", "1").await, ends("new", "2").await), (first, second));
    assert_eq!((ends("old", "1").await, ends("old", "2").await), (None, None));
    assert!(ends("phone", "2").await.is_some(), "the session of another credential is kept");
    // A session that ended at one organization in the meantime is not rebound. The other organization's is.
    let new = proof(&sso, "new").await;
    sso.revoke(RevocationScope::Organization("2".into())).await.unwrap();
    assert_eq!(sso.rebind(&"new".into(), &new, &"newer".into()).await.unwrap(), InsertOutcome::Stored);
    assert_eq!((ends("newer", "1").await, ends("newer", "2").await), (first, None));
    // Rebinding to the same ID changes nothing.
    let newer = proof(&sso, "newer").await;
    assert_eq!(sso.rebind(&"newer".into(), &newer, &"newer".into()).await.unwrap(), InsertOutcome::Stored);
    assert_eq!(ends("newer", "1").await, first);
}

#[tokio::test]
async fn a_revoked_session_is_not_rebound() {
    let world = World::new();
    let sso = world.sso();
    world.log_in("1", "ada", "old").await;
    let old = proof(&sso, "old").await;
    sso.revoke(RevocationScope::Organization("1".into())).await.unwrap();
    assert_eq!(sso.rebind(&"old".into(), &old, &"new".into()).await.unwrap(), InsertOutcome::Revoked);
    assert_eq!(sso.authorize_token(&old, &"t".into()).await.unwrap(), InsertOutcome::Revoked);
    assert!(sso.require(&parts("new"), &"1".into()).await.is_err());
    // The same without a revocation.
    let world = World::new();
    let sso = world.sso();
    world.log_in("1", "ada", "again").await;
    let again = proof(&sso, "again").await;
    assert_eq!(sso.rebind(&"again".into(), &again, &"new".into()).await.unwrap(), InsertOutcome::Stored);
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
