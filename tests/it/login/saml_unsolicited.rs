//! SSO logins that a SAML provider starts (SAML profiles §4.1.5): the visitor who brings the response must confirm that
//! the login is theirs.

use axum::response::Response;
use http::StatusCode;
use tower::ServiceExt as _;
use tower_sso::{
    login::LoginErrorKind::{
        ConnectionChanged, CrossOrigin, NotMember, OtherAccount, OtherCredential, OtherOrganization,
        RateLimited, Revoked, SamlInResponseToWrong, SamlReplayed, SamlUnsolicited, StateUnknown,
        TicketExpired, TicketMissing, TicketUnknown, TicketUsed,
    },
    saml::SamlSettings,
};
use tower_sso_test_idp::{Change, Lie};

use super::{
    flow::signed_in,
    logout_messages::{Message, SLO, accepts},
};
use crate::{
    browser::Browser,
    test_app::{Actor, TestApp, TestConfig},
};

/// Organization 1 accepts unsolicited responses.
pub fn config() -> TestConfig {
    TestConfig {
        saml: Some(|settings| settings.dangerous().accept_unsolicited()),
        service_provider: |provider| provider.starts_here(),
        ..TestConfig::default()
    }
}

/// Ada starts at the provider in a browser, and the provider's response is posted.
async fn by_the_tile(app: &TestApp, browser: &mut Browser) {
    browser.navigate(app.acme.issuer()).await;
    browser.click("/saml/start").await;
    browser.submit("sign-in", &[("email", "ada@acme.example"), ("password", "a password")]).await;
    browser.submit("/saml/acs", &[]).await;
}

/// Starts at the provider and continues to the confirmation page.
async fn asked(app: &TestApp, who: &Actor) -> String {
    let received = app.visit(who, &app.unsolicited(who).await).await;
    app.location(received).await
}

/// Opens the confirmation page and returns the form that its button posts.
async fn opened(app: &TestApp, who: &Actor, address: &str) -> String {
    let page = app.visit(who, address).await;
    assert_eq!(page.status(), StatusCode::OK);
    app.to_provider(page).await.split_once('#').unwrap().1.to_owned()
}

async fn agree(app: &TestApp, who: &Actor, form: &str) -> Response {
    app.post(who, "/sso/1/saml/confirm", &[("origin", &app.base)], form.to_owned()).await
}

/// A whole SSO login that the provider starts.
async fn log_in(app: &TestApp, who: &Actor) {
    let form = opened(app, who, &asked(app, who).await).await;
    let finished = agree(app, who, &form).await;
    assert_eq!(app.location(finished).await, app.url("/"));
    app.count_finished();
    assert!(app.is_logged_in(who, "1").await);
}

#[tokio::test]
async fn a_tile_logs_in_a_member_who_confirms() {
    let app = TestApp::of(config()).await;
    let mut browser = signed_in(&app, "ada", "1");
    by_the_tile(&app, &mut browser).await;
    assert_eq!(browser.hops()[0].cookies_sent(), [""; 0]);
    let page = browser.page();
    assert_eq!((page.status.as_u16(), page.url.path()), (200, "/sso/1/saml/confirm"), "{}", browser.trail());
    assert!(page.text().contains("ada@acme.example"), "{}", page.text());
    assert_eq!(app.faults.stored(), 0, "there is no SSO session before the confirmation");
    browser.submit("confirm", &[]).await;
    assert_eq!(app.faults.stored(), 1, "{}\n{}", browser.trail(), browser.page().text());
    browser.navigate(app.url("/acme/x")).await;
    assert_eq!(browser.page().text(), "Fresh ada at /acme/x");
}

/// The browser withholds a `Strict` cookie from requests that come from the provider's site, and sends it from a page
/// of ours.
#[tokio::test]
async fn a_strict_cookie_takes_one_more_page_before_the_confirmation() {
    let app = TestApp::of(config()).await;
    *app.login.same_site.lock().unwrap() = Some("Strict");
    let mut browser = signed_in(&app, "ada", "1");
    by_the_tile(&app, &mut browser).await;
    assert_eq!(browser.page().url.path(), "/sso/1/saml/confirm", "{}", browser.trail());
    assert!(!browser.page().text().contains("ada@acme.example"), "the user is not known yet");
    browser.follow_refresh().await;
    assert!(browser.page().text().contains("ada@acme.example"), "{}", browser.page().text());
    browser.submit("confirm", &[]).await;
    assert_eq!(app.faults.stored(), 1, "{}\n{}", browser.trail(), browser.page().text());
}

#[tokio::test]
async fn an_unsolicited_response_is_refused_unless_the_connection_accepts_it() {
    let app = TestApp::of(TestConfig { saml: Some(|settings| settings), ..config() }).await;
    let ada = app.actor("ada");
    app.refused(app.visit(&ada, &app.unsolicited(&ada).await).await, SamlUnsolicited).await;
    app.acme.lie(Lie::callback("RelayState", Change::Value("the providers own".to_owned())));
    app.refused(app.visit(&ada, &app.unsolicited(&ada).await).await, StateUnknown).await;
    let permissive = TestApp::of(config()).await;
    permissive.acme.lie(Lie::callback("RelayState", Change::Value("the providers own".to_owned())));
    log_in(&permissive, &permissive.actor("ada")).await;
}

#[tokio::test]
pub async fn an_unsolicited_response_counts_once_across_nodes() {
    let app = TestApp::of(config()).await;
    let ada = app.actor("ada");
    let callback = app.unsolicited(&ada).await;
    let received = app.visit(&ada, &callback).await;
    let confirm = app.location(received).await;
    app.refused(app.visit(&ada, &callback).await, SamlReplayed).await;
    // The response is repeated unchanged, and with a RelayState that was not there before.
    let (address, form) = callback.split_once('#').unwrap();
    let kind = ("content-type", "application/x-www-form-urlencoded");
    for form in [form.to_owned(), format!("{form}&RelayState=x")] {
        let mut request = app.request(&Actor::nobody(), "POST", address, &[kind]);
        *request.body_mut() = form.into();
        let elsewhere = app.other_node.clone().oneshot(request).await.unwrap();
        app.refused(elsewhere, SamlReplayed).await;
    }
    let form = opened(&app, &ada, &confirm).await;
    assert_eq!(agree(&app, &ada, &form).await.status(), StatusCode::SEE_OTHER);
    app.count_finished();
    log_in(&app, &ada).await;
}

#[tokio::test]
async fn unsolicited_responses_and_answers_to_requests_are_not_interchangeable() {
    let app = TestApp::of(config()).await;
    let ada = app.actor("ada");
    let relay_state = |callback: &str| {
        let form = callback.split_once('#').unwrap().1.to_owned();
        let pairs = url::form_urlencoded::parse(form.as_bytes()).into_owned();
        pairs.filter(|(name, _)| name == "RelayState").map(|(_, value)| value).next().unwrap()
    };
    // An unsolicited response with the RelayState of a pending login.
    let waits = app.called_back(&ada, "1").await;
    let unsolicited = format!("{}&RelayState={}", app.unsolicited(&ada).await, relay_state(&waits));
    app.refused(app.visit(&ada, &unsolicited).await, SamlInResponseToWrong).await;
    // A response to a request, without its RelayState.
    app.acme.lie(Lie::callback("RelayState", Change::Missing));
    let answer = app.called_back(&ada, "1").await;
    app.refused(app.visit(&ada, &answer).await, SamlInResponseToWrong).await;
    app.acme.honest();
    app.log_in(&ada, "1").await;
}

#[tokio::test]
async fn an_unsolicited_response_is_not_finished_without_confirmation() {
    let app = TestApp::of(config()).await;
    let ada = app.actor("ada");
    let confirm = asked(&app, &ada).await;
    let finish = confirm.replace("saml/confirm", "finish");
    app.refused(app.visit(&ada, &finish).await, TicketUnknown).await;
    let form = opened(&app, &ada, &confirm).await;
    let finish = format!("/sso/1/finish?{form}");
    app.refused(app.visit(&ada, &finish).await, TicketUnknown).await;
    app.refused(app.visit(&ada, &format!("/sso/1/saml/confirm?{form}")).await, TicketUnknown).await;
    assert_eq!(agree(&app, &ada, &form).await.status(), StatusCode::SEE_OTHER);
    app.count_finished();
    app.refused(agree(&app, &ada, &form).await, TicketUsed).await;
    app.refused(app.visit(&ada, &confirm).await, TicketUsed).await;
    app.refused(agree(&app, &ada, "").await, TicketMissing).await;
}

#[tokio::test]
async fn another_site_cannot_confirm() {
    let app = TestApp::of(config()).await;
    let ada = app.actor("ada");
    let form = opened(&app, &ada, &asked(&app, &ada).await).await;
    let evil = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
    app.refused(app.post(&ada, "/sso/1/saml/confirm", &evil, form.clone()).await, CrossOrigin).await;
    assert_eq!(agree(&app, &ada, &form).await.status(), StatusCode::SEE_OTHER);
    app.count_finished();
}

#[tokio::test]
async fn the_confirmation_is_bound_to_the_account_that_opened_it() {
    let app = TestApp::of(config()).await;
    let ada = app.actor("ada");
    let form = opened(&app, &ada, &asked(&app, &ada).await).await;
    app.refused(agree(&app, &ada.elsewhere(), &form).await, OtherCredential).await;
    let form = opened(&app, &ada, &asked(&app, &ada).await).await;
    app.refused(agree(&app, &app.actor("bob"), &form).await, OtherAccount).await;
    // An account that is not a member is not even asked for confirmation.
    let confirm = asked(&app, &ada).await;
    app.refused(app.visit(&app.actor("bob"), &confirm).await, NotMember).await;
    // An account that signs out in between is not logged in with SSO.
    let form = opened(&app, &ada, &asked(&app, &ada).await).await;
    app.clock.seconds(1);
    app.sso.signed_out(&ada.presents()).await.unwrap();
    app.refused(agree(&app, &ada, &form).await, Revoked).await;
    log_in(&app, &app.actor("ada")).await;
}

#[tokio::test]
async fn another_organization_a_changed_connection_or_two_minutes_end_it() {
    let app = TestApp::of(config()).await;
    let ada = app.actor("ada");
    let elsewhere = asked(&app, &ada).await.replace("/sso/1/", "/sso/2/");
    app.refused(app.visit(&ada, &elsewhere).await, OtherOrganization).await;
    let late = asked(&app, &ada).await;
    let late_form = opened(&app, &ada, &asked(&app, &ada).await).await;
    app.clock.seconds(120);
    app.refused(app.visit(&ada, &late).await, TicketExpired).await;
    app.refused(agree(&app, &ada, &late_form).await, TicketExpired).await;
    let confirm = asked(&app, &ada).await;
    let honest = app.connection();
    app.change(app.connection().domains(["acme.example"]));
    app.refused(app.visit(&ada, &confirm).await, ConnectionChanged).await;
    app.change(honest);
    log_in(&app, &ada).await;
}

/// The form was kept, or the page was left before it continued by itself.
#[tokio::test]
async fn a_withheld_response_does_not_survive_a_logout() {
    let open = |settings: SamlSettings| settings.slo_url(SLO).dangerous().accept_unsolicited();
    let app = TestApp::of(TestConfig { saml: Some(open), ..config() }).await;
    let ada = app.actor("ada");
    let held_back = app.unsolicited(&ada).await;
    app.clock.seconds(1);
    accepts(&app, &Message::request(&app, "_all", "ada", &[])).await;
    app.clock.seconds(1);
    let received = app.visit(&ada, &held_back).await;
    let confirm = app.location(received).await;
    let form = opened(&app, &ada, &confirm).await;
    app.refused(agree(&app, &ada, &form).await, Revoked).await;
    assert!(!app.is_logged_in(&ada, "1").await);
    // A response that was made after the logout is accepted, also if it was held back while nothing ended.
    let held_back = app.unsolicited(&ada).await;
    app.clock.seconds(60);
    let received = app.visit(&ada, &held_back).await;
    let confirm = app.location(received).await;
    let form = opened(&app, &ada, &confirm).await;
    assert_eq!(agree(&app, &ada, &form).await.status(), StatusCode::SEE_OTHER);
    app.count_finished();
}

#[tokio::test]
async fn a_flood_is_rate_limited_before_anything_is_read() {
    let app = TestApp::of(config()).await;
    let ada = app.actor("ada");
    let waits = app.called_back(&ada, "1").await;
    let mut seen = Vec::new();
    for _ in 0..70 {
        let response = app.post_from_elsewhere("/sso/1/saml/acs", "SAMLResponse=x").await;
        seen.push(response.status().as_u16());
    }
    assert_eq!(seen.iter().filter(|status| **status != 429).count(), 60, "{seen:?}");
    assert!(app.actions().len() < 65, "every request was recorded");
    // A visitor with a pending SSO login is not limited by the flood, nor is a client at another address.
    app.accepts(&ada, &waits).await;
    let honest = app.unsolicited(&ada).await;
    let (address, form) = honest.split_once('#').unwrap();
    for (client, status) in
        [("203.0.113.9", StatusCode::TOO_MANY_REQUESTS), ("198.51.100.7", StatusCode::SEE_OTHER)]
    {
        let response = app.post(&Actor::nobody(), address, &[("x-client", client)], form.to_owned()).await;
        assert_eq!(response.status(), status, "{client}");
    }
    app.clock.seconds(60);
    let one = app.post_from_elsewhere("/sso/1/saml/acs", "SAMLResponse=x").await;
    assert_ne!(one.status(), RateLimited.status());
}
