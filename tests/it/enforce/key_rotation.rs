//! The key ring and the SSO sessions: a session belongs to the connection's version under a key of the ring.

use std::time::Duration;

use tower_sso::{
    FreshSession, RequireError, Sso, SsoPass,
    keys::{Key, KeyRing},
    middleware::ChallengeReason,
};

use crate::support::{World, request};

async fn visit(sso: &Sso) -> Result<FreshSession, RequireError> {
    let request = request("GET", "/x", &[("x-account", "ada"), ("x-credential", "laptop")]);
    match sso.require(&request.into_parts().0, &"1".into()).await? {
        SsoPass::Fresh(proof) => Ok(proof),
        other @ (SsoPass::NotRequired(_) | SsoPass::Offered(_)) => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_continues_while_the_key_of_its_time_is_in_the_ring() {
    let (old, new) = (Key::generate().unwrap(), Key::generate().unwrap());
    let ring = |key: &Key| KeyRing::new(key.clone());
    let world = World { keys: ring(&old), ..World::new() };
    world.log_in("1", "ada", "laptop").await;
    let node = |keys: KeyRing| world.builder().keys(keys).build().unwrap();
    let rotated = || ring(&new).with_former(old.clone());
    for (keys, passes) in [
        (ring(&old), true),
        (rotated(), true),
        (ring(&new), false),
        (KeyRing::random().unwrap(), false),
        // The connection has computed its versions for another ring by now.
        (ring(&old), true),
    ] {
        let sso = node(keys);
        match visit(&sso).await {
            Ok(_) => assert!(passes),
            Err(RequireError::Challenge(challenge)) => {
                assert!(!passes);
                assert_eq!(challenge.why(), ChallengeReason::ConnectionChanged);
            }
            Err(other) => panic!("{other:?}"),
        }
        let page = sso.account_sessions(&"ada".into(), None).await.unwrap();
        assert_eq!(page.sessions.len(), usize::from(passes));
    }
    let proof = visit(&node(rotated())).await.unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(60), proof.ended());
    assert!(ended.await.is_err(), "a rotation ends no stream");
}
