//! What one of our pages reveals about itself to the next page (RFC 9700 §4.2).

use http::StatusCode;
use tower_sso::{saml::RequestBinding, token::ApiToken};

use super::{join, saml_unsolicited};
use crate::{
    support::{header, text},
    test_app::{TestApp, TestConfig},
};

/// A form must be posted with its `Origin`, which `no-referrer` would remove.
#[tokio::test]
async fn a_page_with_a_form_sends_no_referrer_to_other_sites() {
    let oidc = TestApp::of(join::config()).await;
    let token = ApiToken::new("t-1".into(), "laptop");
    oidc.host.state.tokens.lock().unwrap().insert("ada".into(), vec![token]);
    let (ada, mallory) = (oidc.actor("ada"), oidc.actor("mallory"));
    oidc.log_in(&ada, "1").await;
    let link = join::link(&oidc).await;
    let asks = TestApp::of(saml_unsolicited::config()).await;
    let owner = asks.actor("ada");
    let received = asks.visit(&owner, &asks.unsolicited(&owner).await).await;
    let confirm = asks.location(received).await;
    for (what, page) in [
        ("start", oidc.visit(&ada, "/sso/1/start").await),
        ("tokens", oidc.visit(&ada, "/sso/1/tokens").await),
        ("join", join::open(&oidc, &mallory, &link).await),
        ("confirm", asks.visit(&owner, &confirm).await),
    ] {
        assert_eq!(
            (page.status(), header(&page, "referrer-policy")),
            (StatusCode::OK, "same-origin"),
            "{what}"
        );
        let policy = header(&page, "content-security-policy").to_owned();
        let page = text(page).await;
        assert!(page.contains("<form") && !page.contains("<script"), "{what}: {page}");
        assert!(policy.contains("default-src 'none'") && !policy.contains("script-src 's"), "{policy}");
    }
    // The page that leads to the provider sends its origin and nothing more.
    let posts = TestConfig {
        saml: Some(|settings| settings.request_binding(RequestBinding::Post)),
        ..TestConfig::default()
    };
    let app = TestApp::of(posts).await;
    let page = app.begin(&app.actor("ada"), "1", "/acme").await;
    assert_eq!((page.status(), header(&page, "referrer-policy")), (StatusCode::OK, "strict-origin"));
    let policy = header(&page, "content-security-policy").to_owned();
    assert!(policy.contains("; script-src 'sha256-") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(text(page).await.matches("<script").count(), 1);
}
