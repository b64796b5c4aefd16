//! What a refusal leaves behind for the operator, and for the visitor who tries again.

use tower_sso::login::LoginErrorKind::{self, *};
use tower_sso_test_idp::{Change, Lie};

use crate::scene::{TestApp, Who};

/// The account of the last event, which must be a refusal of this kind.
async fn account(
    scene: &TestApp,
    response: axum::response::Response,
    kind: LoginErrorKind,
) -> Option<String> {
    scene.refused(response, kind).await;
    let event = scene.last();
    assert_eq!(event.organization, Some("1".into()));
    event.account.map(|account| account.to_string())
}

#[tokio::test]
pub async fn a_refusal_is_recorded_with_the_account_as_far_as_it_is_known() {
    let scene = TestApp::new().await;
    let (ada, mallory, nobody) = (scene.who("ada"), scene.who("mallory"), Who::nobody());
    let known = |name: &str| Some(name.to_owned());
    // By the viewer.
    let start = scene.visit(&mallory, "/sso/1/start").await;
    assert_eq!(account(&scene, start, NotMember).await, known("mallory"));
    let begun = scene.begin(&mallory, "1", "/").await;
    assert_eq!(account(&scene, begun, NotMember).await, known("mallory"));
    let finished = scene.visit(&mallory, "/sso/1/finish?ticket=x").await;
    assert_eq!(account(&scene, finished, TicketUnknown).await, known("mallory"));
    // By the pending login, though nobody is signed in at the callback.
    scene.acme.lie(Lie::callback("iss", Change::Missing));
    let callback = scene.called_back(&ada, "1").await;
    let received = scene.visit(&nobody, &callback).await;
    assert_eq!(account(&scene, received, CallbackIssuerMissing).await, known("ada"));
    scene.acme.honest();
    // By the viewer who comes with another's ticket.
    let finish = scene.received(&ada, "1").await;
    let finished = scene.visit(&mallory, &finish).await;
    assert_eq!(account(&scene, finished, OtherAccount).await, known("mallory"));
    // By nothing.
    let received = scene.visit(&nobody, &callback).await;
    assert_eq!(account(&scene, received, StateUsed).await, None);
    let begun = scene.begin(&nobody, "1", "/").await;
    assert_eq!(account(&scene, begun, NotSignedIn).await, None);
    scene.log_in(&ada, "1").await;
}

#[tokio::test]
pub async fn a_retry_after_a_refused_begin_keeps_the_return_path() {
    let scene = TestApp::new().await;
    let ada = scene.who("ada");
    let way_back = "/sso/1/start?return_to=%2Facme%2Frepo%3Ftab%3Dfiles%26line%3D7";
    let nobody = scene.begin(&Who::nobody(), "1", crate::scene::RETURN_TO).await;
    assert!(scene.refused(nobody, NotSignedIn).await.contains(way_back));
    for _ in 0..20 {
        scene.begun(&ada, "1").await;
    }
    let page = scene.refused(scene.begin(&ada, "1", crate::scene::RETURN_TO).await, RateLimited).await;
    assert!(page.contains(way_back), "{page}");
    scene.acme.lie(Lie::discovery("issuer", "https://evil.example"));
    scene.hands.seconds(25 * 3600);
    let page =
        scene.refused(scene.begin(&ada, "1", crate::scene::RETURN_TO).await, DiscoveryIssuerWrong).await;
    assert!(page.contains(way_back), "{page}");
    // A way back that is none is not kept.
    let page = scene.refused(scene.begin(&ada, "1", "//evil.example").await, ReturnPathInvalid).await;
    assert!(!page.contains("return_to"), "{page}");
    // Also where the host has no sign-in page to go to.
    *scene.host.0.without_sign_in.lock().unwrap() = true;
    let start = "/sso/1/start?return_to=%2Facme%2Frepo%3Ftab%3Dfiles%26line%3D7";
    let page = scene.refused(scene.visit(&Who::nobody(), start).await, NotSignedIn).await;
    assert!(page.contains(way_back), "{page}");
    scene.acme.honest();
    scene.hands.seconds(3601);
    scene.log_in(&ada, "1").await;
}
