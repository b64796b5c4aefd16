//! What a refusal records for the operator, and what it shows to a visitor who tries again.

use tower_sso::login::LoginErrorKind::{self, *};
use tower_sso_test_idp::{Change, Lie};

use crate::test_app::{Actor, TestApp};

/// Returns the account of the last event, which must be a refusal of this kind.
async fn account(app: &TestApp, response: axum::response::Response, kind: LoginErrorKind) -> Option<String> {
    app.refused(response, kind).await;
    let event = app.last();
    assert_eq!(event.organization, Some("1".into()));
    event.account.map(|account| account.to_string())
}

#[tokio::test]
pub async fn a_refusal_is_recorded_with_the_account_if_it_is_known() {
    let app = TestApp::new().await;
    let (ada, mallory, nobody) = (app.actor("ada"), app.actor("mallory"), Actor::nobody());
    let known = |name: &str| Some(name.to_owned());
    // The account is known from the viewer.
    let start = app.visit(&mallory, "/sso/1/start").await;
    assert_eq!(account(&app, start, NotMember).await, known("mallory"));
    let begun = app.begin(&mallory, "1", "/").await;
    assert_eq!(account(&app, begun, NotMember).await, known("mallory"));
    let finished = app.visit(&mallory, "/sso/1/finish?ticket=x").await;
    assert_eq!(account(&app, finished, TicketUnknown).await, known("mallory"));
    // The account is known from the pending login, although nobody is signed in at the callback.
    app.acme.lie(Lie::callback("iss", Change::Missing));
    let callback = app.called_back(&ada, "1").await;
    let received = app.visit(&nobody, &callback).await;
    assert_eq!(account(&app, received, CallbackIssuerMissing).await, known("ada"));
    app.acme.honest();
    // The account is that of the viewer who presents another account's ticket.
    let finish = app.received(&ada, "1").await;
    let finished = app.visit(&mallory, &finish).await;
    assert_eq!(account(&app, finished, OtherAccount).await, known("mallory"));
    // No account is known.
    let received = app.visit(&nobody, &callback).await;
    assert_eq!(account(&app, received, StateUsed).await, None);
    let begun = app.begin(&nobody, "1", "/").await;
    assert_eq!(account(&app, begun, NotSignedIn).await, None);
    app.log_in(&ada, "1").await;
}

#[tokio::test]
pub async fn a_retry_after_a_refused_begin_keeps_the_return_path() {
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    let way_back = "/sso/1/start?return_to=%2Facme%2Frepo%3Ftab%3Dfiles%26line%3D7";
    let nobody = app.begin(&Actor::nobody(), "1", crate::test_app::RETURN_TO).await;
    assert!(app.refused(nobody, NotSignedIn).await.contains(way_back));
    for _ in 0..20 {
        app.begun(&ada, "1").await;
    }
    let page = app.refused(app.begin(&ada, "1", crate::test_app::RETURN_TO).await, RateLimited).await;
    assert!(page.contains(way_back), "{page}");
    app.acme.lie(Lie::discovery("issuer", "https://evil.example"));
    app.clock.seconds(25 * 3600);
    let page =
        app.refused(app.begin(&ada, "1", crate::test_app::RETURN_TO).await, DiscoveryIssuerWrong).await;
    assert!(page.contains(way_back), "{page}");
    // An invalid return path is not kept.
    let page = app.refused(app.begin(&ada, "1", "//evil.example").await, ReturnPathInvalid).await;
    assert!(!page.contains("return_to"), "{page}");
    // The return path is also kept if the host has no sign-in page.
    *app.host.state.without_sign_in.lock().unwrap() = true;
    let start = "/sso/1/start?return_to=%2Facme%2Frepo%3Ftab%3Dfiles%26line%3D7";
    let page = app.refused(app.visit(&Actor::nobody(), start).await, NotSignedIn).await;
    assert!(page.contains(way_back), "{page}");
    app.acme.honest();
    app.clock.seconds(3601);
    app.log_in(&ada, "1").await;
}
