//! SSO logins that a SAML provider starts (SAML profiles §4.1.5): whoever brings the answer is asked whether it is theirs.

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
    scene::{Plan, TestApp, Who},
};

/// Organization 1 takes what it did not ask for.
pub fn plan() -> Plan {
    Plan {
        saml: Some(|settings| settings.dangerous().accept_unsolicited()),
        service_provider: |provider| provider.starts_here(),
        ..Plan::default()
    }
}

/// Ada starts at the provider, in a browser, and has its answer posted.
async fn by_the_tile(scene: &TestApp, browser: &mut Browser) {
    browser.navigate(scene.acme.issuer()).await;
    browser.click("/saml/start").await;
    browser.submit("sign-in", &[("email", "ada@acme.example"), ("password", "a password")]).await;
    browser.submit("/saml/acs", &[]).await;
}

/// Starts at the provider and goes as far as the page that asks.
async fn asked(scene: &TestApp, who: &Who) -> String {
    let received = scene.visit(who, &scene.unsolicited(who).await).await;
    scene.location(received).await
}

/// Opens the page that asks; the form that its button posts.
async fn opened(scene: &TestApp, who: &Who, address: &str) -> String {
    let page = scene.visit(who, address).await;
    assert_eq!(page.status(), StatusCode::OK);
    scene.to_provider(page).await.split_once('#').unwrap().1.to_owned()
}

async fn agree(scene: &TestApp, who: &Who, form: &str) -> Response {
    scene.post(who, "/sso/1/saml/confirm", &[("origin", &scene.base)], form.to_owned()).await
}

/// A whole SSO login that the provider starts.
async fn log_in(scene: &TestApp, who: &Who) {
    let form = opened(scene, who, &asked(scene, who).await).await;
    let finished = agree(scene, who, &form).await;
    assert_eq!(scene.location(finished).await, scene.url("/"));
    scene.count_finished();
    assert!(scene.is_logged_in(who, "1").await);
}

#[tokio::test]
async fn a_tile_logs_in_a_member_who_confirms() {
    let scene = TestApp::of(plan()).await;
    let mut browser = signed_in(&scene, "ada", "1");
    by_the_tile(&scene, &mut browser).await;
    assert_eq!(browser.hops()[0].cookies_sent(), [""; 0]);
    let page = browser.page();
    assert_eq!((page.status.as_u16(), page.url.path()), (200, "/sso/1/saml/confirm"), "{}", browser.trail());
    assert!(page.text().contains("ada@acme.example"), "{}", page.text());
    assert_eq!(scene.switch.stored(), 0, "nothing is logged in with SSO before it is confirmed");
    browser.submit("confirm", &[]).await;
    assert_eq!(scene.switch.stored(), 1, "{}\n{}", browser.trail(), browser.page().text());
    browser.navigate(scene.url("/acme/x")).await;
    assert_eq!(browser.page().text(), "Fresh ada at /acme/x");
}

/// The browser keeps a `Strict` cookie back from what comes from the provider's site, and sends it from a page of ours.
#[tokio::test]
async fn a_strict_cookie_takes_one_page_more_before_the_question() {
    let scene = TestApp::of(plan()).await;
    *scene.login.same_site.lock().unwrap() = Some("Strict");
    let mut browser = signed_in(&scene, "ada", "1");
    by_the_tile(&scene, &mut browser).await;
    assert_eq!(browser.page().url.path(), "/sso/1/saml/confirm", "{}", browser.trail());
    assert!(!browser.page().text().contains("ada@acme.example"), "nobody is known yet");
    browser.follow_refresh().await;
    assert!(browser.page().text().contains("ada@acme.example"), "{}", browser.page().text());
    browser.submit("confirm", &[]).await;
    assert_eq!(scene.switch.stored(), 1, "{}\n{}", browser.trail(), browser.page().text());
}

#[tokio::test]
async fn a_connection_takes_none_unless_it_says_so() {
    let scene = TestApp::of(Plan { saml: Some(|settings| settings), ..plan() }).await;
    let ada = scene.who("ada");
    scene.refused(scene.visit(&ada, &scene.unsolicited(&ada).await).await, SamlUnsolicited).await;
    scene.acme.lie(Lie::callback("RelayState", Change::Value("the providers own".to_owned())));
    scene.refused(scene.visit(&ada, &scene.unsolicited(&ada).await).await, StateUnknown).await;
    let permissive = TestApp::of(plan()).await;
    permissive.acme.lie(Lie::callback("RelayState", Change::Value("the providers own".to_owned())));
    log_in(&permissive, &permissive.who("ada")).await;
}

#[tokio::test]
pub async fn a_response_that_nobody_asked_for_counts_once_on_whatever_node() {
    let scene = TestApp::of(plan()).await;
    let ada = scene.who("ada");
    let callback = scene.unsolicited(&ada).await;
    let received = scene.visit(&ada, &callback).await;
    let confirm = scene.location(received).await;
    scene.refused(scene.visit(&ada, &callback).await, SamlReplayed).await;
    // As it is, and with a RelayState that was not there before.
    let (address, form) = callback.split_once('#').unwrap();
    let kind = ("content-type", "application/x-www-form-urlencoded");
    for form in [form.to_owned(), format!("{form}&RelayState=x")] {
        let mut request = scene.request(&Who::nobody(), "POST", address, &[kind]);
        *request.body_mut() = form.into();
        let elsewhere = scene.other_node.clone().oneshot(request).await.unwrap();
        scene.refused(elsewhere, SamlReplayed).await;
    }
    let form = opened(&scene, &ada, &confirm).await;
    assert_eq!(agree(&scene, &ada, &form).await.status(), StatusCode::SEE_OTHER);
    scene.count_finished();
    log_in(&scene, &ada).await;
}

#[tokio::test]
async fn it_satisfies_no_login_that_waits_and_an_answer_to_a_request_is_none() {
    let scene = TestApp::of(plan()).await;
    let ada = scene.who("ada");
    let relay_state = |callback: &str| {
        let form = callback.split_once('#').unwrap().1.to_owned();
        let pairs = url::form_urlencoded::parse(form.as_bytes()).into_owned();
        pairs.filter(|(name, _)| name == "RelayState").map(|(_, value)| value).next().unwrap()
    };
    // Unasked, with the RelayState of a login that waits.
    let waits = scene.called_back(&ada, "1").await;
    let unsolicited = format!("{}&RelayState={}", scene.unsolicited(&ada).await, relay_state(&waits));
    scene.refused(scene.visit(&ada, &unsolicited).await, SamlInResponseToWrong).await;
    // An answer to somebody's request, without its RelayState.
    scene.acme.lie(Lie::callback("RelayState", Change::Missing));
    let answer = scene.called_back(&ada, "1").await;
    scene.refused(scene.visit(&ada, &answer).await, SamlInResponseToWrong).await;
    scene.acme.honest();
    scene.log_in(&ada, "1").await;
}

#[tokio::test]
async fn what_has_to_be_confirmed_does_not_finish_by_itself() {
    let scene = TestApp::of(plan()).await;
    let ada = scene.who("ada");
    let confirm = asked(&scene, &ada).await;
    let finish = confirm.replace("saml/confirm", "finish");
    scene.refused(scene.visit(&ada, &finish).await, TicketUnknown).await;
    let form = opened(&scene, &ada, &confirm).await;
    let finish = format!("/sso/1/finish?{form}");
    scene.refused(scene.visit(&ada, &finish).await, TicketUnknown).await;
    scene.refused(scene.visit(&ada, &format!("/sso/1/saml/confirm?{form}")).await, TicketUnknown).await;
    assert_eq!(agree(&scene, &ada, &form).await.status(), StatusCode::SEE_OTHER);
    scene.count_finished();
    scene.refused(agree(&scene, &ada, &form).await, TicketUsed).await;
    scene.refused(scene.visit(&ada, &confirm).await, TicketUsed).await;
    scene.refused(agree(&scene, &ada, "").await, TicketMissing).await;
}

#[tokio::test]
async fn another_site_cannot_agree() {
    let scene = TestApp::of(plan()).await;
    let ada = scene.who("ada");
    let form = opened(&scene, &ada, &asked(&scene, &ada).await).await;
    let evil = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
    scene.refused(scene.post(&ada, "/sso/1/saml/confirm", &evil, form.clone()).await, CrossOrigin).await;
    assert_eq!(agree(&scene, &ada, &form).await.status(), StatusCode::SEE_OTHER);
    scene.count_finished();
}

#[tokio::test]
async fn the_page_is_bound_to_the_account_that_opened_it() {
    let scene = TestApp::of(plan()).await;
    let ada = scene.who("ada");
    let form = opened(&scene, &ada, &asked(&scene, &ada).await).await;
    scene.refused(agree(&scene, &ada.elsewhere(), &form).await, OtherCredential).await;
    let form = opened(&scene, &ada, &asked(&scene, &ada).await).await;
    scene.refused(agree(&scene, &scene.who("bob"), &form).await, OtherAccount).await;
    // Who is no member is not even asked.
    let confirm = asked(&scene, &ada).await;
    scene.refused(scene.visit(&scene.who("bob"), &confirm).await, NotMember).await;
    // And who is signed out in between is not logged in with SSO.
    let form = opened(&scene, &ada, &asked(&scene, &ada).await).await;
    scene.hands.seconds(1);
    scene.sso.signed_out(&ada.presents()).await.unwrap();
    scene.refused(agree(&scene, &ada, &form).await, Revoked).await;
    log_in(&scene, &scene.who("ada")).await;
}

#[tokio::test]
async fn another_organization_a_changed_connection_and_two_minutes_end_it() {
    let scene = TestApp::of(plan()).await;
    let ada = scene.who("ada");
    let elsewhere = asked(&scene, &ada).await.replace("/sso/1/", "/sso/2/");
    scene.refused(scene.visit(&ada, &elsewhere).await, OtherOrganization).await;
    let late = asked(&scene, &ada).await;
    let late_form = opened(&scene, &ada, &asked(&scene, &ada).await).await;
    scene.hands.seconds(120);
    scene.refused(scene.visit(&ada, &late).await, TicketExpired).await;
    scene.refused(agree(&scene, &ada, &late_form).await, TicketExpired).await;
    let confirm = asked(&scene, &ada).await;
    let honest = scene.connection();
    scene.change(scene.connection().domains(["acme.example"]));
    scene.refused(scene.visit(&ada, &confirm).await, ConnectionChanged).await;
    scene.change(honest);
    log_in(&scene, &ada).await;
}

/// A form that was kept, or a page that was left before it went on by itself.
#[tokio::test]
async fn a_response_that_was_held_back_outlives_no_logout() {
    let open = |settings: SamlSettings| settings.slo_url(SLO).dangerous().accept_unsolicited();
    let scene = TestApp::of(Plan { saml: Some(open), ..plan() }).await;
    let ada = scene.who("ada");
    let held_back = scene.unsolicited(&ada).await;
    scene.hands.seconds(1);
    accepts(&scene, &Message::request(&scene, "_all", "ada", &[])).await;
    scene.hands.seconds(1);
    let received = scene.visit(&ada, &held_back).await;
    let confirm = scene.location(received).await;
    let form = opened(&scene, &ada, &confirm).await;
    scene.refused(agree(&scene, &ada, &form).await, Revoked).await;
    assert!(!scene.is_logged_in(&ada, "1").await);
    // One that was made after it is good, and so is one that waits and nothing ended.
    let held_back = scene.unsolicited(&ada).await;
    scene.hands.seconds(60);
    let received = scene.visit(&ada, &held_back).await;
    let confirm = scene.location(received).await;
    let form = opened(&scene, &ada, &confirm).await;
    assert_eq!(agree(&scene, &ada, &form).await.status(), StatusCode::SEE_OTHER);
    scene.count_finished();
}

#[tokio::test]
async fn a_flood_is_slowed_before_anything_is_read() {
    let scene = TestApp::of(plan()).await;
    let ada = scene.who("ada");
    let waits = scene.called_back(&ada, "1").await;
    let mut seen = Vec::new();
    for _ in 0..70 {
        let response = scene.post_from_elsewhere("/sso/1/saml/acs", "SAMLResponse=x").await;
        seen.push(response.status().as_u16());
    }
    assert_eq!(seen.iter().filter(|status| **status != 429).count(), 60, "{seen:?}");
    assert!(scene.actions().len() < 65, "each was recorded");
    // Whoever has an SSO login under way is not limited by it, nor whoever comes from elsewhere.
    scene.accepts(&ada, &waits).await;
    let honest = scene.unsolicited(&ada).await;
    let (address, form) = honest.split_once('#').unwrap();
    for (client, status) in
        [("203.0.113.9", StatusCode::TOO_MANY_REQUESTS), ("198.51.100.7", StatusCode::SEE_OTHER)]
    {
        let response = scene.post(&Who::nobody(), address, &[("x-client", client)], form.to_owned()).await;
        assert_eq!(response.status(), status, "{client}");
    }
    scene.hands.seconds(60);
    let one = scene.post_from_elsewhere("/sso/1/saml/acs", "SAMLResponse=x").await;
    assert_ne!(one.status(), RateLimited.status());
}
