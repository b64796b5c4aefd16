//! Whole sign-ons at a provider that nobody here wrote: oidc-provider on `localhost`, the app on 127.0.0.1, which are two
//! sites.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    extract::{Path, Query},
    http::{StatusCode, request::Parts},
    response::IntoResponse,
    routing::get,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower_sso::{
    AccountId, Applied, AuditEvent, ClientAuthentication, ConnectionSettings, Directory, Enforcement,
    FixedConnections, JwsAlgorithm, Lookup, OidcSettings, OrgId, OrgSlug, ResponseMode, Secret, SignOn, Sso,
    SsoPass, Standing, Viewer,
    test_idp::{SigningAlg, TestKey},
};

use crate::{
    browser::Browser,
    oidc_provider::{Account, OidcProvider},
};

/// Two organizations, `acme` (1) and `initech` (2). Ada is a member of both, bob of `initech`.
struct App(Arc<Mutex<Vec<SignOn>>>);

impl Directory for App {
    fn viewer(&self, request: &Parts) -> Lookup<Viewer> {
        let cookies = request.headers.get("cookie").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let session = cookies.split("; ").find_map(|cookie| cookie.strip_prefix("login="));
        Lookup::now(match session {
            Some(session) => Viewer::session(session.split('.').next().unwrap(), session),
            None => Viewer::Anonymous,
        })
    }

    fn organization(&self, slug: &OrgSlug) -> Lookup<Option<OrgId>> {
        Lookup::now(match slug.as_str() {
            "acme" => Some("1".into()),
            "initech" => Some("2".into()),
            _ => None,
        })
    }

    fn membership(&self, organization: &OrgId, account: &AccountId) -> Lookup<Standing> {
        let member = account.as_str() == "ada" || account.as_str() == "bob" && organization.as_str() == "2";
        Lookup::now(if member { Standing::member() } else { Standing::NonMember })
    }

    fn emails(&self, account: &AccountId) -> Lookup<Vec<String>> {
        Lookup::now(vec![format!("{account}@acme.example")])
    }

    fn apply(&self, sign_on: &SignOn) -> Lookup<Applied> {
        self.0.lock().unwrap().push(sign_on.clone());
        Lookup::now(Applied::Done)
    }
}

/// Everything running.
struct Stage {
    base: String,
    provider: OidcProvider,
    applied: Arc<Mutex<Vec<SignOn>>>,
    events: Arc<Mutex<Vec<AuditEvent>>>,
}

impl Stage {
    async fn new(mode: ResponseMode, same_site: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let key = TestKey::shared(SigningAlg::Es256).unwrap();
        let client = |id: &str, organization: &str, method: &str| {
            json!({
                "client_id": id, "redirect_uris": [format!("{base}/sso/{organization}/oidc/callback")],
                "token_endpoint_auth_method": method, "scope": "openid email profile groups",
            })
        };
        let mut by_secret = client("acme", "1", "client_secret_basic");
        by_secret["client_secret"] = json!("a secret: with odd characters/+ %");
        let mut by_key = client("initech", "2", "private_key_jwt");
        by_key["jwks"] = json!({ "keys": [key.public_jwk()] });
        by_key["token_endpoint_auth_signing_alg"] = json!("ES256");
        by_key["id_token_signed_response_alg"] = json!("ES256");
        by_key["userinfo_signed_response_alg"] = json!("ES256");
        let account = |sub: &'static str| {
            let claims =
                json!({ "email": format!("{sub}@acme.example"), "email_verified": true, "name": sub });
            Account { sub, password: "right", claims }
        };
        let provider =
            OidcProvider::start(&[by_secret, by_key], &[account("ada"), account("bob")], json!({})).await;

        let secret =
            ClientAuthentication::SecretBasic(Secret::new("a secret: with odd characters/+ %".into()));
        let acme = OidcSettings::new(provider.issuer(), "acme", secret).response_mode(mode);
        let key = ClientAuthentication::PrivateKeyJwt {
            key: key.private_key_pem().unwrap(),
            algorithm: JwsAlgorithm::Es256,
            key_id: None,
        };
        let initech = OidcSettings::new(provider.issuer(), "initech", key);
        let connections = FixedConnections::build([
            ConnectionSettings::oidc("1", Enforcement::Enforced, acme).name("Acme"),
            ConnectionSettings::oidc("2", Enforcement::Enforced, initech).name("Initech"),
        ])
        .unwrap();
        let applied: Arc<Mutex<Vec<SignOn>>> = Arc::default();
        let events: Arc<Mutex<Vec<AuditEvent>>> = Arc::default();
        let sink = Arc::clone(&events);
        let sso = Sso::builder(&base, App(Arc::clone(&applied)), connections)
            .audit(move |event: &AuditEvent| sink.lock().unwrap().push(event.clone()))
            .build()
            .unwrap();
        let page = |Path((org, page)): Path<(String, String)>, pass: SsoPass| async move {
            match pass {
                SsoPass::Fresh(proof) => format!("{page} of {org} for {}", proof.session().account),
                SsoPass::NotRequired(why) => format!("not required: {why:?}"),
                SsoPass::Offered(_) => "offered".to_owned(),
            }
        };
        let log_in = move |Query(query): Query<Value>| async move {
            let cookie =
                format!("login={}; Path=/; HttpOnly; SameSite={same_site}", query["as"].as_str().unwrap());
            ([("set-cookie", cookie)], "signed in").into_response()
        };
        let app: Router = Router::new()
            .route("/{org}/{page}", get(page))
            .layer(sso.layer())
            .route("/login", get(log_in))
            .merge(sso.routes())
            .with_state(sso);
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { base, provider, applied, events }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Signs in to the app, opens a page, and signs on at the provider; what the browser shows at the end.
    async fn sign_on(&self, browser: &mut Browser, account: &str, path: &str) -> (StatusCode, String) {
        browser.navigate(self.url(&format!("/login?as={account}.1"))).await;
        let start = browser.navigate(self.url(path)).await;
        assert!(start.url.path().ends_with("/start"), "{}", start.url);
        browser.submit("begin", &[]).await;
        assert_eq!(browser.page().title(), "Sign in at the provider", "{}", browser.trail());
        let page = browser.press("login", "Sign in", &[("login", account), ("password", "right")]).await;
        (page.status, page.text().to_owned())
    }

    fn actions(&self) -> Vec<&'static str> {
        self.events.lock().unwrap().drain(..).map(|event| event.action.name()).collect()
    }
}

#[tokio::test]
async fn two_users_sign_on_at_two_organizations_by_secret_and_by_key() {
    let mut stage = Stage::new(ResponseMode::Query, "Lax").await;
    for (account, path, organization) in
        [("ada", "/acme/plans", "acme"), ("bob", "/initech/plans", "initech")]
    {
        let mut browser = Browser::new();
        let (status, text) = stage.sign_on(&mut browser, account, path).await;
        assert_eq!(
            (status, text.trim()),
            (StatusCode::OK, format!("plans of {organization} for {account}").as_str())
        );
        assert_eq!(browser.page().url.as_str(), stage.url(path));
        assert_eq!(stage.actions(), ["login.begun", "login.received", "link.pinned", "login.finished"]);
        // It lasts: the next page needs no sign-on.
        let next = browser.navigate(stage.url(&format!("/{organization}/other"))).await;
        assert_eq!(
            (next.status, next.url.path()),
            (StatusCode::OK, format!("/{organization}/other").as_str())
        );
    }
    let applied: Vec<_> = stage.applied.lock().unwrap().drain(..).map(|it| (it.account, it.email)).collect();
    let expected = ["ada", "bob"].map(|name| (AccountId::from(name), format!("{name}@acme.example")));
    assert_eq!(applied, expected);
    let asked = stage.provider.requests().await;
    let tokens: Vec<_> =
        asked.iter().filter(|it| it["path"] == "/token").map(|it| it["authorization"].clone()).collect();
    assert_eq!(tokens, [json!("Basic"), Value::Null]);
}

#[tokio::test]
async fn a_posted_answer_carries_no_cookie_and_finish_does() {
    let stage = Stage::new(ResponseMode::FormPost, "Lax").await;
    let mut browser = Browser::new();
    browser.navigate(stage.url("/login?as=ada.1")).await;
    browser.navigate(stage.url("/acme/plans")).await;
    browser.submit("begin", &[]).await;
    browser.press("login", "Sign in", &[("login", "ada"), ("password", "right")]).await;
    // The provider's page posts itself; without script a button does.
    if browser.page().url.host_str() == Some("localhost") {
        browser.submit("callback", &[]).await;
    }
    assert_eq!(browser.page().text().trim(), "plans of acme for ada", "{}", browser.trail());
}

#[tokio::test]
async fn a_strict_login_cookie_takes_one_page_more() {
    let stage = Stage::new(ResponseMode::Query, "Strict").await;
    let mut browser = Browser::new();
    let (status, text) = stage.sign_on(&mut browser, "ada", "/acme/plans").await;
    assert_eq!(status, StatusCode::OK);
    assert!(text.contains("Signing you on to Acme"), "{text}");
    browser.follow_refresh().await;
    assert_eq!(browser.page().text().trim(), "plans of acme for ada", "{}", browser.trail());
}

#[tokio::test]
async fn whoever_refuses_at_the_provider_gets_a_page_and_no_session() {
    let stage = Stage::new(ResponseMode::Query, "Lax").await;
    let mut browser = Browser::new();
    browser.navigate(stage.url("/login?as=ada.1")).await;
    browser.navigate(stage.url("/acme/plans")).await;
    browser.submit("begin", &[]).await;
    let page = browser.press("login", "Refuse", &[]).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.text().contains("did not sign you on"), "{}", page.text());
    assert_eq!(stage.actions(), ["login.begun", "login.refused"]);
    let again = browser.navigate(stage.url("/acme/plans")).await;
    assert!(again.url.path().ends_with("/start"));
}

#[tokio::test]
async fn an_account_that_is_another_persons_at_the_provider_is_refused() {
    let stage = Stage::new(ResponseMode::Query, "Lax").await;
    let mut browser = Browser::new();
    browser.navigate(stage.url("/login?as=ada.1")).await;
    browser.navigate(stage.url("/initech/plans")).await;
    browser.submit("begin", &[]).await;
    let page = browser.press("login", "Sign in", &[("login", "bob"), ("password", "right")]).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert_eq!(stage.actions(), ["login.begun", "login.received", "login.refused"]);
    assert!(stage.applied.lock().unwrap().is_empty());
}
