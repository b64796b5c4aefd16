//! SSO logins with SAML. The response is a cross-site POST, which carries no login cookie.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};
use tower::ServiceExt as _;
use tower_sso::{
    connection::FixedConnections,
    login::LoginErrorKind::{
        ConnectionChanged, NoConnection, OtherAccount, OtherCredential, OtherOrganization, RequestInvalid,
        StateExpired, StateUnknown, StateUsed, StoreFull,
    },
    saml::RequestBinding,
    store::MemoryStore,
};
use tower_sso_test_idp::{Lie, SamlForgery};
use url::Url;

use super::flow::{signed_in, through_the_provider};
use crate::{
    browser::Browser,
    support::{header, text},
    test_app::{Actor, TestApp, TestConfig},
};

const GUARDED: &str = "/acme/repo?tab=files&line=7";

/// Returns a configuration of organization 1 with SAML.
pub fn config() -> TestConfig {
    TestConfig { saml: Some(|settings| settings), ..TestConfig::default() }
}

/// Presses the button on the provider's page, as a browser without scripts does.
async fn answer(browser: &mut Browser) {
    assert_eq!(browser.page().url.path(), "/sign-in", "{}\n{}", browser.trail(), browser.page().text());
    browser.submit("/saml/acs", &[]).await;
}

/// Returns the paths of the last load's hops, with the cookies that each request carried.
fn hops(browser: &Browser) -> Vec<(String, Vec<&str>)> {
    let hop = |hop| {
        let hop: &crate::browser::Hop = hop;
        (format!("{} {}", hop.method, hop.url.path()), hop.cookies_sent())
    };
    browser.hops().iter().map(hop).collect()
}

#[tokio::test]
async fn a_member_logs_in_though_the_posted_response_carries_no_cookie() {
    let app = TestApp::of(config()).await;
    let mut browser = signed_in(&app, "ada", "1");
    browser.navigate(app.url(GUARDED)).await;
    through_the_provider(&mut browser, "ada").await;
    answer(&mut browser).await;
    let trail = [
        ("POST /sso/1/saml/acs", vec![]),
        ("GET /sso/1/finish", vec!["session"]),
        ("GET /acme/repo", vec!["session"]),
    ];
    assert_eq!(hops(&browser), trail.map(|(path, cookies)| (path.to_owned(), cookies)));
    assert_eq!(browser.hops()[0].sent("sec-fetch-site"), Some("cross-site"));
    assert_eq!(browser.page().text(), format!("Fresh ada at {GUARDED}"));
    app.shows_no_secret(&browser.page().body);
    for hop in browser.hops().iter().filter(|hop| hop.url.path().starts_with("/sso/")) {
        assert_eq!(hop.header("set-cookie"), None, "{}", hop.url);
        assert_eq!(hop.header("referrer-policy"), Some("no-referrer"), "{}", hop.url);
        assert_eq!(hop.header("cache-control"), Some("no-store"), "{}", hop.url);
    }
    assert_eq!(app.actions(), ["login.begun", "login.received", "link.created", "login.finished"]);
    let applied = app.host.state.applied.lock().unwrap().clone();
    assert_eq!(applied[0].email, "ada@acme.example");
    assert_eq!(applied[0].profile.attributes()["preferred_username"], "ada");
}

#[tokio::test]
async fn a_strict_cookie_takes_one_more_page() {
    let app = TestApp::of(config()).await;
    *app.login.same_site.lock().unwrap() = Some("Strict");
    let mut browser = signed_in(&app, "ada", "1");
    browser.navigate(app.url(GUARDED)).await;
    through_the_provider(&mut browser, "ada").await;
    answer(&mut browser).await;
    let none: Vec<&str> = Vec::new();
    assert_eq!(hops(&browser)[1], ("GET /sso/1/finish".to_owned(), none));
    browser.follow_refresh().await;
    assert_eq!(browser.page().text(), format!("Fresh ada at {GUARDED}"), "{}", browser.trail());
}

#[tokio::test]
async fn a_posted_request_is_sent_by_a_button_or_the_one_allowed_script() {
    let config =
        TestConfig { saml: Some(|settings| settings.request_binding(RequestBinding::Post)), ..config() };
    let app = TestApp::of(config).await;
    let mut browser = signed_in(&app, "ada", "1");
    browser.navigate(app.url(GUARDED)).await;
    browser.submit_through("begin", &[]).await;
    let page = browser.page();
    assert_eq!((page.status.as_u16(), page.url.path()), (200, "/sso/1/begin"), "{}", page.body);
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        !policy.contains("form-action"),
        "browsers apply form-action to the redirects after the form: {policy}"
    );
    let (_, script) = page.body.split_once("<script>").unwrap();
    let (script, rest) = script.split_once("</script>").unwrap();
    assert!(policy.contains(&format!("script-src 'sha256-{}'", STANDARD.encode(Sha256::digest(script)))));
    assert!(!rest.contains("<script") && script.contains("submit()"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    browser.submit("/saml/sso", &[]).await;
    assert_eq!(browser.page().url.host_str(), Some("localhost"), "{}", browser.trail());
    browser.submit("sign-in", &[("email", "ada@acme.example"), ("password", "a password")]).await;
    answer(&mut browser).await;
    assert_eq!(browser.page().text(), format!("Fresh ada at {GUARDED}"), "{}", browser.trail());
}

#[tokio::test]
async fn two_tabs_log_in_independently() {
    let app = TestApp::of(config()).await;
    let mut one = signed_in(&app, "ada", "1");
    let mut other = one.tab();
    for (tab, path) in [(&mut one, "/acme/a"), (&mut other, "/acme/b")] {
        tab.navigate(app.url(path)).await;
        tab.submit_through("begin", &[]).await;
    }
    for (tab, path) in [(&mut other, "/acme/b"), (&mut one, "/acme/a")] {
        tab.submit("sign-in", &[("email", "ada@acme.example"), ("password", "a password")]).await;
        answer(tab).await;
        assert_eq!(tab.page().text(), format!("Fresh ada at {path}"), "{}", tab.trail());
    }
}

#[tokio::test]
async fn our_metadata_is_available_before_enforcement() {
    let off = TestConfig { connection: |it| it.name("Acme"), ..config() };
    let app = TestApp::of(off).await;
    let response = app.visit(&Actor::nobody(), "/sso/1/saml/metadata").await;
    assert_eq!(header(&response, "content-type"), "application/samlmetadata+xml");
    let metadata = text(response).await;
    for part in ["/sso/1/saml/metadata\"", "/sso/1/saml/acs\"", "SPSSODescriptor"] {
        assert!(metadata.contains(part), "{part} in {metadata}");
    }
    // An organization with OpenID Connect has no SAML metadata, and neither has one without a connection.
    for organization in ["2", "3"] {
        let address = format!("/sso/{organization}/saml/metadata");
        app.refused(app.visit(&Actor::nobody(), &address).await, NoConnection).await;
    }
}

#[tokio::test]
async fn the_acs_accepts_only_post() {
    let app = TestApp::of(config()).await;
    let response = app.visit(&app.actor("ada"), "/sso/1/saml/acs?SAMLResponse=x").await;
    assert_eq!((response.status().as_u16(), header(&response, "allow")), (405, "POST"));
    assert!(text(response).await.contains("Reference"));
    let large = format!("SAMLResponse={}", "x".repeat(3 * 1024 * 1024));
    app.refused(app.post_from_elsewhere("/sso/1/saml/acs", &large).await, RequestInvalid).await;
    app.log_in(&app.actor("ada"), "1").await;
}

#[tokio::test]
async fn a_response_at_another_organization_is_refused() {
    let app = TestApp::of(config()).await;
    let ada = app.actor("ada");
    let callback = app.called_back(&ada, "1").await.replace("/sso/1/", "/sso/2/");
    app.refused(app.visit(&ada, &callback).await, OtherOrganization).await;
    app.log_in(&ada, "1").await;
}

#[tokio::test]
async fn a_pending_login_cannot_be_completed_by_the_other_protocol() {
    let app = TestApp::of(config()).await;
    let ada = app.actor("ada");
    let callback = app.called_back(&ada, "1").await;
    let form = callback.split_once('#').unwrap().1.to_owned();
    let relay_state = url::form_urlencoded::parse(form.as_bytes()).find(|(name, _)| name == "RelayState");
    let relay_state = relay_state.unwrap().1.into_owned();
    let oidc = format!("/sso/1/oidc/callback?code=x&state={relay_state}");
    app.refused(app.visit(&ada, &oidc).await, StateUnknown).await;
    app.accepts(&ada, &callback).await;
    // The other way around, at an organization with the other protocol.
    let callback = app.called_back(&ada, "2").await;
    let query: Vec<_> = Url::parse(&callback).unwrap().query_pairs().into_owned().collect();
    let state = &query.iter().find(|(name, _)| name == "state").unwrap().1;
    let form = format!("SAMLResponse=x&RelayState={state}");
    app.refused(app.post_from_elsewhere("/sso/2/saml/acs", &form).await, StateUnknown).await;
    app.accepts(&ada, &callback).await;
}

#[tokio::test]
async fn a_connection_that_changes_its_protocol_ends_logins_in_progress() {
    let app = TestApp::of(config()).await;
    let ada = app.actor("ada");
    let (callback, finish) = (app.called_back(&ada, "1").await, app.received(&ada, "1").await);
    let honest = app.connection();
    app.settings.change(
        FixedConnections::build([crate::support::connection(
            "1",
            tower_sso::connection::Enforcement::Enforced,
        )])
        .unwrap(),
    );
    for address in [&callback, &finish] {
        app.refused(app.visit(&ada, address).await, ConnectionChanged).await;
    }
    app.change(honest);
    app.log_in(&ada, "1").await;
    // A session of one protocol does not count for the other.
    app.settings.change(
        FixedConnections::build([crate::support::connection(
            "1",
            tower_sso::connection::Enforcement::Enforced,
        )])
        .unwrap(),
    );
    assert!(!app.is_logged_in(&ada, "1").await);
}

#[tokio::test]
async fn another_credential_or_account_cannot_finish() {
    let app = TestApp::of(config()).await;
    let ada = app.actor("ada");
    let finish = app.received(&ada, "1").await;
    app.refused(app.visit(&ada.elsewhere(), &finish).await, OtherCredential).await;
    let finish = app.received(&ada, "1").await;
    app.refused(app.visit(&app.actor("bob"), &finish).await, OtherAccount).await;
    app.finishes(&ada, &app.received(&ada, "1").await).await;
}

#[tokio::test]
async fn a_response_is_accepted_once_and_within_its_lifetime() {
    let app = TestApp::of(config()).await;
    let ada = app.actor("ada");
    let callback = app.called_back(&ada, "1").await;
    app.accepts(&ada, &callback).await;
    app.refused(app.visit(&ada, &callback).await, StateUsed).await;
    // It is also refused on another node with the same stores.
    let (address, form) = callback.split_once('#').unwrap();
    let kind = ("content-type", "application/x-www-form-urlencoded");
    let mut request = app.request(&Actor::nobody(), "POST", address, &[kind]);
    *request.body_mut() = form.to_owned().into();
    app.refused(app.other_node.clone().oneshot(request).await.unwrap(), StateUsed).await;
    let authorize = app.begun(&ada, "1").await;
    app.clock.seconds(600);
    let late = app.signed_in(&ada, "1", &authorize).await;
    app.refused(app.visit(&ada, &late).await, StateExpired).await;
}

#[tokio::test]
async fn without_room_for_the_replay_claim_the_login_is_refused() {
    let limits = crate::support::limits(|limits| limits.claims = 1);
    let app = TestApp::of(TestConfig { store: MemoryStore::new(limits), ..config() }).await;
    let (ada, bob) = (app.actor("ada"), app.actor("ada"));
    app.log_in(&ada, "1").await;
    let callback = app.called_back(&bob, "1").await;
    app.refused(app.visit(&bob, &callback).await, StoreFull).await;
    // When the earlier assertion has expired, there is room again.
    app.clock.seconds(3600);
    app.log_in(&bob, "1").await;
}

#[tokio::test]
async fn a_refused_response_makes_no_replay_claim() {
    let limits = crate::support::limits(|limits| limits.claims = 1);
    let app = TestApp::of(TestConfig { store: MemoryStore::new(limits), ..config() }).await;
    let ada = app.actor("ada");
    app.acme.lie(Lie::saml_signature(SamlForgery::Garbled));
    let callback = app.called_back(&ada, "1").await;
    app.refused(app.visit(&ada, &callback).await, tower_sso::login::LoginErrorKind::SamlSignatureInvalid)
        .await;
    app.acme.honest();
    app.log_in(&ada, "1").await;
}
