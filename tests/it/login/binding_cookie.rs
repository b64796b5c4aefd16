//! An app whose app sessions have no id: the SSO session belongs to a cookie of ours and to the account.
//!
//! `Client` is a person at a browser of such an app. It keeps the binding cookie, and a test can replace it.

use axum::response::Response;
use http::{StatusCode, header::SET_COOKIE};
use tower_sso::{
    Membership, SsoPass,
    connection::TokenPolicy,
    login::LoginErrorKind::{OtherAccount, OtherCredential, RateLimited, Revoked},
};

use super::{
    flow::{signed_in, through_the_provider},
    join, join_visitor, saml_unsolicited,
    step_up::recent,
    tokens,
};
use crate::{
    support::{header, text},
    test_app::{Actor, RETURN_TO, TestApp, TestConfig},
};

const GUARDED: &str = "/acme/repo?tab=files&line=7";
const NAME: &str = "sso_binding";

struct Client<'a> {
    app: &'a TestApp,
    who: Actor,
    /// What the browser sends as `Cookie`.
    cookie: String,
}

impl<'a> Client<'a> {
    fn new(app: &'a TestApp, account: &str) -> Self {
        Self::of(app, app.actor(account))
    }

    fn of(app: &'a TestApp, who: Actor) -> Self {
        // Without a credential, the app of these tests has an app session without an id.
        Self { app, who: Actor { credential: String::new(), ..who }, cookie: String::new() }
    }

    async fn get(&mut self, address: &str) -> Response {
        let response = join_visitor::go(self.app, &self.who, address, &self.cookie).await;
        self.keep(response)
    }

    async fn post(&mut self, address: &str, form: &str) -> Response {
        let headers = [("origin", self.app.base.as_str()), ("cookie", self.cookie.as_str())];
        let response = self.app.post(&self.who, address, &headers, form.to_owned()).await;
        self.keep(response)
    }

    fn keep(&mut self, response: Response) -> Response {
        for set in response.headers().get_all(SET_COOKIE) {
            let pair = set.to_str().unwrap().split(';').next().unwrap();
            if let Some(secret) = pair.strip_prefix("sso_binding=") {
                self.cookie = if secret.is_empty() { String::new() } else { pair.to_owned() };
            }
        }
        response
    }

    async fn begin(&mut self) -> Response {
        let form =
            url::form_urlencoded::Serializer::new(String::new()).append_pair("return_to", RETURN_TO).finish();
        self.post("/sso/1/begin", &form).await
    }

    /// Continues as far as the ticket, and returns the address to finish at.
    async fn received(&mut self) -> String {
        let begun = self.begin().await;
        let authorize = self.app.to_provider(begun).await;
        let callback = self.app.signed_in(&self.who, "1", &authorize).await;
        self.app.location(self.app.visit(&self.who, &callback).await).await
    }

    async fn log_in(&mut self) {
        let finish = self.received().await;
        let finished = self.get(&finish).await;
        assert_eq!(self.app.location(finished).await, self.app.url(RETURN_TO));
        self.app.count_finished();
    }

    async fn is_logged_in(&self) -> bool {
        self.passes_with(&[&self.cookie]).await
    }

    /// Returns whether a request with these `Cookie` headers passes.
    async fn passes_with(&self, cookies: &[&str]) -> bool {
        let headers: Vec<_> = cookies.iter().map(|cookie| ("cookie", *cookie)).collect();
        let response = self.app.send(self.app.request(&self.who, "GET", "/acme/x", &headers)).await;
        assert!(!response.headers().contains_key(SET_COOKIE), "the layer sets no cookie");
        match response.status() {
            StatusCode::OK => text(response).await.starts_with("Fresh"),
            StatusCode::UNAUTHORIZED => false,
            other => panic!("{other}"),
        }
    }
}

/// Makes bob a member of organization 1 as well.
fn with_bob(app: &TestApp) {
    app.host.state.memberships.lock().unwrap().insert(("1".into(), "bob".into()), Membership::member());
}

#[tokio::test]
async fn an_app_session_without_an_id_gets_the_sso_session_of_its_browser() {
    let app = TestApp::new().await;
    let mut browser = signed_in(&app, "ada", "");
    browser.navigate(app.url(GUARDED)).await;
    assert_eq!(browser.hops()[0].header("set-cookie"), None, "a challenge sets no cookie");
    assert_eq!(browser.page().url.path(), "/sso/1/start");
    let secret = browser.cookie(&app.base, NAME).expect("the start page sets the cookie");
    assert_eq!(secret.len(), 43);
    let set = browser.hops().last().unwrap().header("set-cookie").unwrap();
    assert_eq!(set, format!("{NAME}={secret}; HttpOnly; SameSite=Lax; Path=/; Max-Age=34560000"));
    through_the_provider(&mut browser, "ada").await;
    assert_eq!(browser.page().text(), format!("Fresh ada at {GUARDED}"), "{}", browser.trail());
    assert_eq!(browser.cookie(&app.base, NAME).as_ref(), Some(&secret), "the secret stays");
    for hop in browser.hops().iter().filter(|hop| hop.url.as_str().starts_with(&app.base)) {
        assert_eq!(
            hop.header("set-cookie"),
            None,
            "{}: neither the finish nor a pass sets a cookie",
            hop.url
        );
    }

    // Another tab, and the browser after it was closed. (The app's own cookie has no lifetime.)
    let mut tab = browser.tab();
    tab.navigate(app.url("/acme/elsewhere")).await;
    assert_eq!(tab.page().text(), "Fresh ada at /acme/elsewhere");
    browser.restart();
    browser.set_cookie(&app.base, &app.login.cookie("ada", ""));
    browser.navigate(app.url("/acme/later")).await;
    assert_eq!(browser.page().text(), "Fresh ada at /acme/later");

    // The same account in another browser, and in this one without the cookie, is challenged.
    app.clock.seconds(60);
    let mut other = signed_in(&app, "ada", "");
    other.navigate(app.url(GUARDED)).await;
    assert_eq!(other.page().url.path(), "/sso/1/start", "{}", other.trail());
    browser.forget_cookie(NAME);
    browser.navigate(app.url(GUARDED)).await;
    assert_eq!(browser.page().url.path(), "/sso/1/start", "{}", browser.trail());
    app.shows_no_secret(&browser.page().body);
    assert!(!format!("{:?}", app.events.lock().unwrap()).contains(&secret));
}

#[tokio::test]
async fn a_binding_cookie_opens_nothing_for_another_account() {
    let app = TestApp::new().await;
    with_bob(&app);
    let mut ada = Client::new(&app, "ada");
    ada.log_in().await;
    // Bob signs in to the app in the same browser.
    let mut bob = Client { cookie: ada.cookie.clone(), ..Client::new(&app, "bob") };
    assert!(ada.is_logged_in().await && !bob.is_logged_in().await);
    // Nor can he finish an SSO login that ada began.
    let finish = ada.received().await;
    app.refused(bob.get(&finish).await, OtherAccount).await;
    // With an SSO login of his own, each of them has a session in this browser.
    bob.log_in().await;
    assert_eq!(bob.cookie, ada.cookie);
    assert!(ada.is_logged_in().await && bob.is_logged_in().await);
    // The credentials differ, and neither is the secret.
    let credential = async |account: &str| {
        app.sso.account_sessions(&account.into(), None).await.unwrap().sessions[0].credential.clone()
    };
    assert_ne!(credential("ada").await, credential("bob").await);
    let secret = ada.cookie.strip_prefix("sso_binding=").unwrap();
    assert!(!credential("ada").await.id.as_str().contains(secret));
}

#[tokio::test]
async fn a_request_without_exactly_one_binding_cookie_is_challenged() {
    let app = TestApp::new().await;
    let (mut ada, mut elsewhere) = (Client::new(&app, "ada"), Client::new(&app, "ada"));
    ada.log_in().await;
    app.clock.seconds(60);
    elsewhere.log_in().await;
    let (one, other) = (ada.cookie.as_str(), elsewhere.cookie.as_str());
    assert_ne!(one, other);
    for (cookies, passes) in [
        (vec![one], true),
        (vec![other], true),
        (vec!["a=b", one], true),
        (vec![], false),
        (vec!["a=b"], false),
        (vec!["sso_binding="], false),
        (vec!["sso_binding"], false),
        (vec![&one[..one.len() - 1]], false),
        (vec![one, one], false),
        (vec![one, other], false),
        (vec!["sso_binding=made-up-but-as-long-as-a-secret-of-ours-is"], false),
    ] {
        assert_eq!(ada.passes_with(&cookies).await, passes, "{cookies:?}");
    }
    // A host with ids never reads the cookie.
    let with_id = app.actor("ada");
    let response = app.send(app.request(&with_id, "GET", "/acme/x", &[("cookie", one)])).await;
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_login_bound_to_a_cookie_is_finished_only_with_that_cookie() {
    let app = TestApp::new().await;
    let mut ada = Client::new(&app, "ada");
    let mut elsewhere = Client::new(&app, "ada");
    elsewhere.log_in().await;
    app.clock.seconds(60);
    for cookie in [String::new(), elsewhere.cookie.clone(), "sso_binding=malformed".to_owned()] {
        let finish = ada.received().await;
        let mut thief = Client { cookie: cookie.clone(), ..Client::new(&app, "ada") };
        app.refused(thief.get(&finish).await, OtherCredential).await;
        assert!(!ada.is_logged_in().await, "{cookie}");
    }
    ada.log_in().await;
    assert!(ada.is_logged_in().await, "the twin");
}

#[tokio::test]
async fn a_sign_out_ends_the_sessions_of_this_browser_and_account() {
    let app = TestApp::new().await;
    with_bob(&app);
    let (mut ada, mut elsewhere) = (Client::new(&app, "ada"), Client::new(&app, "ada"));
    ada.log_in().await;
    app.clock.seconds(60);
    elsewhere.log_in().await;
    let mut bob = Client { cookie: ada.cookie.clone(), ..Client::new(&app, "bob") };
    bob.log_in().await;
    let before = ada.cookie.clone();
    let pending = ada.received().await;

    let signed_out = ada.get("/logout").await;
    assert_eq!(signed_out.status(), StatusCode::OK);
    let gone = "sso_binding=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0";
    assert_eq!(header(&signed_out, "set-cookie"), gone);
    assert_eq!(ada.cookie, "");
    // The session ended. That the cookie is gone is not what ends it.
    assert!(!ada.passes_with(&[&before]).await);
    assert!(elsewhere.is_logged_in().await, "another browser");
    assert!(bob.is_logged_in().await, "another account, while its browser still has the cookie");
    // Nor can an SSO login finish that began before.
    ada.cookie.clone_from(&before);
    app.refused(ada.get(&pending).await, Revoked).await;

    // If the browser sends two cookies, the sign-out ends the sessions of both.
    app.clock.seconds(60);
    ada.log_in().await;
    assert!(ada.is_logged_in().await && elsewhere.is_logged_in().await, "the twin");
    let both = format!("{}; {}", ada.cookie, elsewhere.cookie);
    join_visitor::go(&app, &ada.who, "/logout", &both).await;
    assert!(!ada.is_logged_in().await && !elsewhere.is_logged_in().await);
    // A sign-out without the cookie ends nothing, and removes it all the same.
    app.clock.seconds(60);
    ada.log_in().await;
    let without = join_visitor::go(&app, &ada.who, "/logout", "").await;
    assert_eq!(header(&without, "set-cookie"), gone);
    assert!(ada.is_logged_in().await);
}

#[tokio::test]
async fn every_way_to_ask_about_the_viewer_reads_the_binding_cookie() {
    let app = tokens::app(TokenPolicy::Authorized).await;
    let mut ada = Client::new(&app, "ada");
    ada.log_in().await;
    let cookie = ada.cookie.clone();
    for (cookie, fresh) in [(cookie.as_str(), true), ("", false)] {
        ada.cookie = cookie.to_owned();
        let by_hand = ada.get("/by-hand/1").await;
        assert_eq!(by_hand.status(), if fresh { StatusCode::OK } else { StatusCode::SEE_OTHER });
        let list = text(ada.get("/list").await).await;
        assert_eq!(list, if fresh { "1 open" } else { "0 open" });
        let status: serde_json::Value =
            serde_json::from_str(&text(ada.get("/sso/1/status").await).await).unwrap();
        assert_eq!(status["state"], if fresh { "fresh" } else { "required" }, "{status}");
        let page = ada.get("/sso/1/tokens").await;
        assert_eq!(page.status(), if fresh { StatusCode::OK } else { StatusCode::SEE_OTHER });
        let pressed = ada.post("/sso/1/tokens", "token=t-1&do=authorise").await;
        let to_start = header(&pressed, "location").starts_with(&app.url("/sso/1/start"));
        assert_eq!((pressed.status(), to_start), (StatusCode::SEE_OTHER, !fresh));
        // The banner's button needs the account alone.
        let later = ada.post("/sso/1/later", "return_to=/list").await;
        assert_eq!(later.status(), StatusCode::SEE_OTHER);
        let parts = app.request(&ada.who, "GET", "/x", &[("cookie", cookie)]).into_parts().0;
        let stepped_up = app.sso.step_up(&parts, &"1".into(), &recent()).await;
        assert_eq!(matches!(stepped_up, Ok(SsoPass::Fresh(_))), fresh);
    }
    app.count_finished();
    assert!(app.is_logged_in(&tokens::with("ada", "t-1"), "1").await);
    // A step-up asks for a newer SSO login.
    app.clock.seconds(600);
    let parts = app.request(&ada.who, "GET", "/x", &[("cookie", cookie.as_str())]).into_parts().0;
    assert!(app.sso.step_up(&parts, &"1".into(), &recent()).await.is_err());
    assert!(app.sso.require(&parts, &"1".into()).await.is_ok());
    // The button that ends one's own SSO session.
    ada.cookie = cookie;
    let left = ada.post("/sso/1/saml/logout", "return_to=/x").await;
    assert_eq!(left.status(), StatusCode::SEE_OTHER);
    assert!(!ada.is_logged_in().await);
}

#[tokio::test]
async fn an_app_session_without_an_id_joins_by_a_link() {
    let app = TestApp::of(join::config()).await;
    let link = join::link(&app).await;
    let mut mallory = Client::new(&app, "mallory");
    let begun = mallory.post("/sso/1/join", &format!("link={link}")).await;
    assert!(mallory.cookie.starts_with("sso_binding="), "{:?}", begun.headers());
    let authorize = app.to_provider(begun).await;
    let callback = app.signed_in(&mallory.who, "1", &authorize).await;
    let finish = app.location(app.visit(&mallory.who, &callback).await).await;
    let finished = mallory.get(&finish).await;
    assert_eq!(app.location(finished).await, app.url(join::HERE));
    app.count_finished();
    assert!(mallory.is_logged_in().await);

    // A visitor for whom the app makes an account whose app session has no id.
    let (claim, tie) = join_visitor::handed(&app, &link).await;
    let mut zoe = Client { cookie: tie, ..Client::of(&app, join_visitor::zoe(&app)) };
    let claimed = zoe.get(&claim).await;
    assert_eq!(app.location(claimed).await, app.url(join::HERE));
    app.count_finished();
    assert!(zoe.cookie.starts_with("sso_binding="), "{}", zoe.cookie);
    assert!(zoe.is_logged_in().await);
}

#[tokio::test]
async fn an_unsolicited_response_is_confirmed_in_the_browser_that_was_asked() {
    let app = TestApp::of(saml_unsolicited::config()).await;
    for keeps in [true, false] {
        app.clock.seconds(60);
        let mut ada = Client::new(&app, "ada");
        let received = app.visit(&ada.who, &app.unsolicited(&ada.who).await).await;
        let asked = app.location(received).await;
        let page = ada.get(&asked).await;
        assert!(ada.cookie.starts_with("sso_binding="), "{:?}", page.headers());
        let form = app.to_provider(page).await.split_once('#').unwrap().1.to_owned();
        if keeps {
            let confirmed = ada.post("/sso/1/saml/confirm", &form).await;
            assert_eq!(confirmed.status(), StatusCode::SEE_OTHER);
            app.count_finished();
        } else {
            ada.cookie.clear();
            app.refused(ada.post("/sso/1/saml/confirm", &form).await, OtherCredential).await;
        }
        assert_eq!(ada.is_logged_in().await, keeps);
    }
}

#[tokio::test]
async fn an_account_that_drops_its_binding_cookie_is_rate_limited_all_the_same() {
    let app = TestApp::of(TestConfig { crowd: 1, ..TestConfig::default() }).await;
    let mut ada = Client::new(&app, "ada");
    for _ in 0..20 {
        ada.cookie.clear();
        assert_eq!(ada.begin().await.status(), StatusCode::OK);
    }
    ada.cookie.clear();
    app.refused(ada.begin().await, RateLimited).await;
    assert_eq!(Client::new(&app, "user-0").begin().await.status(), StatusCode::OK, "another account");
    for _ in 0..60 {
        ada.cookie.clear();
        assert_eq!(ada.get("/sso/1/start").await.status(), StatusCode::OK);
    }
    ada.cookie.clear();
    app.refused(ada.get("/sso/1/start").await, RateLimited).await;
    app.clock.seconds(3);
    assert_eq!(ada.begin().await.status(), StatusCode::OK, "the limit refills");
}
