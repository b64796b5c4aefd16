//! Tests of the example from outside: with tokens as a script has them, and in a browser as the page does it.

#[path = "../../tests/browser/mod.rs"]
mod browser;

use http::Method;
use serde_json::Value;

use self::browser::{Browser, Credentials, Page};
use super::*;

const API_TOKEN: &str = "api_a-script's";
/// The start page of Acme's SSO login, which returns to the single-page app.
const START: &str = "/sso/1/start?return_to=%2F";
const ENGINE: &str = "/api/repositories/7";
const TELESCOPE: &str = "/api/repositories/9";

/// The example, running.
struct Running {
    base: String,
    sso: Sso,
    _idp: RunningIdp,
}

impl Running {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (app, idp) = build(&base, API_TOKEN).await.unwrap();
        let sso = app.sso.clone();
        tokio::spawn(async move { axum::serve(listener, router(app)).await });
        Self { base, sso, _idp: idp }
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Opens the single-page app in a browser, and signs in there.
    async fn ada(&self) -> Tab {
        Tab::signed_in(self, Browser::new(), "ada@acme.example", "correct horse").await
    }

    async fn eve(&self) -> Tab {
        Tab::signed_in(self, Browser::new(), "eve@labs.example", "battery staple").await
    }

    async fn sso_sessions(&self) -> usize {
        self.sso.account_sessions(&"ada".into(), None).await.unwrap().sessions.len()
    }
}

/// The single-page app in a tab: what its script does.
struct Tab {
    browser: Browser,
    access_token: String,
    refresh_token: String,
}

impl Tab {
    async fn signed_in(app: &Running, browser: Browser, email: &str, password: &str) -> Self {
        let mut tab = Self { browser, access_token: String::new(), refresh_token: String::new() };
        tab.browser.navigate(app.at("/")).await;
        let given = json!({ "email": email, "password": password });
        let tokens = tab.post("/auth/sign-in", &given).await;
        tab.keep(&tokens);
        tab
    }

    async fn post(&mut self, path: &str, body: &Value) -> Page {
        let (kind, body) = ([("content-type", "application/json")], body.to_string());
        self.browser.fetch_with(Credentials::SameOrigin, Method::POST, path, &kind, Some(&body)).await
    }

    fn keep(&mut self, response: &Page) {
        assert_eq!(response.status, StatusCode::OK, "{}", response.body);
        let token = |name: &str| response.json()[name].as_str().unwrap().to_owned();
        (self.access_token, self.refresh_token) = (token("access_token"), token("refresh_token"));
    }

    async fn refresh(&mut self) -> Page {
        let given = json!({ "refresh_token": self.refresh_token });
        self.post("/auth/refresh", &given).await
    }

    /// Sends a request with the access token.
    async fn call(&mut self, method: Method, path: &str) -> Page {
        let token = format!("Bearer {}", self.access_token);
        self.call_as(method, path, Some(&token)).await
    }

    async fn get(&mut self, path: &str) -> Page {
        self.call(Method::GET, path).await
    }

    async fn call_as(&mut self, method: Method, path: &str, authorization: Option<&str>) -> Page {
        let headers = Vec::from_iter(authorization.map(|it| ("authorization", it)));
        self.browser.fetch_with(Credentials::SameOrigin, method, path, &headers, None).await
    }

    async fn set_cookie(&mut self) {
        let response = self.call(Method::POST, "/auth/sso-cookie").await;
        assert_eq!(response.status, StatusCode::NO_CONTENT);
    }

    /// Begins an SSO login. The browser is then on the sign-in page of Acme's provider.
    async fn begin(&mut self, app: &Running) {
        self.set_cookie().await;
        self.browser.navigate(app.at(START)).await;
        assert_eq!(self.browser.page().title(), "Single sign-on to Acme", "{}", self.browser.trail());
        self.browser.submit_through("begin", &[]).await;
        assert_eq!(self.browser.page().url.host_str(), Some("localhost"), "{}", self.browser.trail());
    }

    /// Signs in at the provider.
    async fn finish(&mut self) {
        let ada = [("email", "ada@acme.example"), ("password", "lovelace")];
        self.browser.press("/sign-in", "Sign in", &ada).await;
    }

    async fn log_in_with_sso(&mut self, app: &Running) {
        self.begin(app).await;
        self.finish().await;
        assert_eq!(self.browser.page().url.as_str(), app.at("/"), "{}", self.browser.trail());
    }
}

#[tokio::test]
async fn a_request_without_a_valid_token_gets_401() {
    let app = Running::start().await;
    let mut tab = app.ada().await;
    let valid = format!("Bearer {}", tab.access_token);
    let refresh_token = format!("Bearer {}", tab.refresh_token);
    for path in [TELESCOPE, "/api/repositories", "/api/organizations/labs/members"] {
        let cases = [None, Some("Bearer x"), Some("Basic YTpi"), Some(&*refresh_token), Some("Bearer ")];
        for authorization in cases {
            let response = tab.call_as(Method::GET, path, authorization).await;
            assert_eq!(response.status, StatusCode::UNAUTHORIZED, "{path} {authorization:?}");
            assert_eq!(response.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
        }
        assert_eq!(tab.call_as(Method::GET, path, Some(&valid)).await.status, StatusCode::OK, "{path}");
    }
    let wrong = json!({ "email": "ada@acme.example", "password": "battery staple" });
    assert_eq!(tab.post("/auth/sign-in", &wrong).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_non_member_is_not_challenged_and_the_app_decides() {
    let app = Running::start().await;
    let (mut ada, mut eve) = (app.ada().await, app.eve().await);
    for (path, found) in [
        ("/api/repositories/8", StatusCode::OK),
        (ENGINE, StatusCode::NOT_FOUND),
        ("/api/organizations/acme/members", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(eve.get(path).await.status, found, "{path}");
        assert_eq!(ada.get(path).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    assert_eq!(ada.get("/api/repositories/1").await.status, StatusCode::NOT_FOUND);
    // Labs has no connection. Both are members.
    for path in [TELESCOPE, "/api/organizations/labs/members"] {
        assert_eq!(eve.get(path).await.status, StatusCode::OK, "{path}");
        assert_eq!(ada.get(path).await.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn the_401_says_where_to_log_in_with_sso() {
    let app = Running::start().await;
    let mut ada = app.ada().await;
    let start = app.at("/sso/1/start");
    for path in [ENGINE, "/api/organizations/acme/members"] {
        let response = ada.get(path).await;
        assert_eq!(response.status, StatusCode::UNAUTHORIZED);
        let expected = format!(
            "Bearer error=\"insufficient_user_authentication\", error_description=\"Single sign-on is required\", \
             organization=\"acme\", sso_url=\"{start}\""
        );
        assert_eq!(response.header("www-authenticate"), Some(&*expected));
        assert_eq!(response.header("x-sso"), Some(&*format!("required; organization=acme; url={start}")));
        assert_eq!(response.header("content-type"), Some("application/problem+json"));
        let problem = response.json();
        assert_eq!(problem["sso_url"], start);
        assert_eq!((&problem["organization"], &problem["reason"]), (&json!("acme"), &json!("no_session")));
    }
}

#[tokio::test]
async fn a_page_with_only_a_bearer_token_logs_in_with_sso() {
    let app = Running::start().await;
    let mut tab = app.ada().await;
    tab.log_in_with_sso(&app).await;
    for path in [ENGINE, "/api/repositories/8", "/api/organizations/acme/members"] {
        assert_eq!(tab.get(path).await.status, StatusCode::OK, "{path}");
    }
    // A new access token of the same family has the same SSO session.
    let (old, tokens) = (tab.access_token.clone(), tab.refresh().await);
    tab.keep(&tokens);
    assert_ne!(tab.access_token, old);
    assert_eq!(tab.get(ENGINE).await.status, StatusCode::OK);
    let status = tab.get("/sso/1/status").await.json();
    assert_eq!(status["state"], "fresh", "{status}");
    // Another sign-in of the same person has none, in this browser or in another.
    let same_browser = tab.browser.tab();
    let mut other = Tab::signed_in(&app, same_browser, "ada@acme.example", "correct horse").await;
    assert_eq!(other.get(ENGINE).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(app.ada().await.get(ENGINE).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(tab.get(ENGINE).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_list_leaves_out_what_requires_an_sso_login() {
    let app = Running::start().await;
    let mut tab = app.ada().await;
    let names = |page: &Page| {
        let list = page.json()["repositories"].as_array().unwrap().clone();
        list.iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let list = tab.get("/api/repositories").await;
    assert_eq!(names(&list), ["telescope"]);
    assert_eq!(list.header("x-sso"), Some("partial-results; organizations=acme"));
    let required = json!([{ "name": "Acme", "sso_url": app.at("/sso/1/start") }]);
    assert_eq!(list.json()["sso_required"], required);
    tab.log_in_with_sso(&app).await;
    let list = tab.get("/api/repositories").await;
    assert_eq!(names(&list), ["engine", "website", "telescope"]);
    assert_eq!((list.header("x-sso"), &list.json()["sso_required"]), (None, &json!([])));
}

#[tokio::test]
async fn the_cookie_opens_the_sso_pages_and_nothing_else() {
    let app = Running::start().await;
    let mut tab = app.ada().await;
    tab.log_in_with_sso(&app).await;
    let cookie = tab.browser.cookie(&app.base, "sso_pages").unwrap();
    let as_bearer = format!("Bearer {cookie}");
    for (method, path) in [
        (Method::GET, ENGINE),
        (Method::GET, "/api/repositories"),
        (Method::GET, "/api/organizations/acme/members"),
        (Method::POST, "/auth/sso-cookie"),
        (Method::POST, "/auth/sign-out"),
    ] {
        for authorization in [None, Some(&*as_bearer)] {
            let response = tab.call_as(method.clone(), path, authorization).await;
            assert_eq!(response.status, StatusCode::UNAUTHORIZED, "{path} {authorization:?}");
        }
        let with_token = tab.call(method, path).await;
        assert!(with_token.status.is_success(), "{path}");
    }
}

#[tokio::test]
async fn no_other_token_is_accepted_as_the_cookie() {
    let app = Running::start().await;
    let mut tab = app.ada().await;
    tab.set_cookie().await;
    assert_eq!(tab.browser.navigate(app.at(START)).await.title(), "Single sign-on to Acme");
    for token in [tab.access_token.clone(), tab.refresh_token.clone()] {
        tab.browser.set_cookie(&app.base, &format!("sso_pages={token}; Path=/"));
        assert_eq!(tab.browser.navigate(app.at(START)).await.url.path(), "/");
    }
}

#[tokio::test]
async fn an_sso_page_without_the_cookie_leads_to_the_app() {
    let app = Running::start().await;
    let mut tab = app.ada().await;
    tab.browser.navigate(app.at(START)).await;
    let expected = app.at("/?continue=%2Fsso%2F1%2Fstart%3Freturn_to%3D%252F");
    assert_eq!(tab.browser.page().url.as_str(), expected, "{}", tab.browser.trail());
    // The page sets the cookie and continues.
    tab.set_cookie().await;
    tab.browser.navigate(app.at(START)).await;
    assert_eq!(tab.browser.page().title(), "Single sign-on to Acme");
}

#[tokio::test]
async fn an_sso_login_is_finished_only_by_the_family_that_began_it() {
    let app = Running::start().await;
    let mut tab = app.ada().await;
    let same_browser = tab.browser.tab();
    let mut other = Tab::signed_in(&app, same_browser, "ada@acme.example", "correct horse").await;
    tab.begin(&app).await;
    other.set_cookie().await;
    tab.finish().await;
    assert_eq!(tab.browser.page().status, StatusCode::FORBIDDEN, "{}", tab.browser.trail());
    assert_eq!(app.sso_sessions().await, 0);
    app.ada().await.log_in_with_sso(&app).await;
    assert_eq!(app.sso_sessions().await, 1);
}

#[tokio::test]
async fn signing_out_ends_the_tokens_the_sso_session_and_the_cookie() {
    let app = Running::start().await;
    let mut tab = app.ada().await;
    tab.log_in_with_sso(&app).await;
    let cookie = tab.browser.cookie(&app.base, "sso_pages").unwrap();
    assert_eq!((tab.get(ENGINE).await.status, app.sso_sessions().await), (StatusCode::OK, 1));
    assert_eq!(tab.call(Method::POST, "/auth/sign-out").await.status, StatusCode::NO_CONTENT);
    assert_eq!((tab.get(ENGINE).await.status, app.sso_sessions().await), (StatusCode::UNAUTHORIZED, 0));
    assert_eq!(tab.refresh().await.status, StatusCode::UNAUTHORIZED);
    // The browser has no cookie any more. A copy of it opens nothing.
    assert_eq!(tab.browser.cookie(&app.base, "sso_pages"), None);
    tab.browser.set_cookie(&app.base, &format!("sso_pages={cookie}; Path=/"));
    assert_eq!(tab.browser.navigate(app.at(START)).await.url.path(), "/");
}

#[tokio::test]
async fn an_sso_login_in_progress_ends_at_sign_out() {
    let app = Running::start().await;
    let mut tab = app.ada().await;
    tab.begin(&app).await;
    let mut page = Tab { browser: tab.browser.tab(), ..app.ada().await };
    page.access_token.clone_from(&tab.access_token);
    page.browser.navigate(app.at("/")).await;
    assert_eq!(page.call(Method::POST, "/auth/sign-out").await.status, StatusCode::NO_CONTENT);
    tab.finish().await;
    assert_eq!(app.sso_sessions().await, 0, "{}", tab.browser.trail());
}

#[tokio::test]
async fn a_refresh_token_that_is_used_twice_ends_the_family() {
    let app = Running::start().await;
    let mut tab = app.ada().await;
    tab.log_in_with_sso(&app).await;
    let used = tab.refresh_token.clone();
    let tokens = tab.refresh().await;
    tab.keep(&tokens);
    assert_eq!(tab.get(ENGINE).await.status, StatusCode::OK);
    let newest = std::mem::replace(&mut tab.refresh_token, used);
    assert_eq!(tab.refresh().await.status, StatusCode::UNAUTHORIZED);
    assert_eq!((tab.get(ENGINE).await.status, app.sso_sessions().await), (StatusCode::UNAUTHORIZED, 0));
    tab.refresh_token = newest;
    assert_eq!(tab.refresh().await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_api_token_passes_once_its_owner_has_authorized_it() {
    let app = Running::start().await;
    let mut tab = app.ada().await;
    let token = format!("Bearer {API_TOKEN}");
    let tokens_page = app.at("/sso/1/tokens");
    let refused = tab.call_as(Method::GET, ENGINE, Some(&token)).await;
    assert_eq!((refused.status, &refused.json()["sso_url"]), (StatusCode::UNAUTHORIZED, &json!(tokens_page)));
    assert_eq!(tab.call_as(Method::GET, TELESCOPE, Some(&token)).await.status, StatusCode::OK);
    // A token has no family: it gets no cookie, and can't sign out.
    for path in ["/auth/sso-cookie", "/auth/sign-out"] {
        let response = tab.call_as(Method::POST, path, Some(&token)).await;
        assert_eq!((response.status, response.header("set-cookie")), (StatusCode::UNAUTHORIZED, None));
    }
    tab.log_in_with_sso(&app).await;
    assert_eq!(tab.call_as(Method::GET, ENGINE, Some(&token)).await.status, StatusCode::UNAUTHORIZED);
    tab.browser.navigate(&tokens_page).await;
    tab.browser.press("", "Authorize", &[]).await;
    assert_eq!(tab.call_as(Method::GET, ENGINE, Some(&token)).await.status, StatusCode::OK);
}

#[test]
fn over_https_the_cookie_has_the_host_prefix() {
    let cookie = |is_https| auth::set_cookie(&Host::new(is_https, API_TOKEN).unwrap(), "x", 900);
    assert_eq!(cookie(true), "__Host-sso_pages=x; Path=/; Max-Age=900; HttpOnly; SameSite=Lax; Secure");
    assert_eq!(cookie(false), "sso_pages=x; Path=/; Max-Age=900; HttpOnly; SameSite=Lax");
}
