//! Pages with htmx in Chromium: what each version of htmx does with the challenge.

use std::{fs, path::Path};

use axum::{
    Router,
    extract::Request,
    middleware::map_request,
    response::{Html, IntoResponse},
    routing::get,
};
use tokio::net::TcpListener;
use tower_sso::{
    AccountId, ApplyOutcome, CompletedLogin, ConnectionSettings, Directory, Lookup, Membership, OrgId,
    OrgSlug, RequestHead, Secret, Sso, Viewer,
    connection::{Enforcement, FixedConnections},
    oidc::{ClientAuthentication, ClientId, OidcSettings},
    session::RevocationScope,
};
use tower_sso_test_idp::{RunningIdp, TestClient, TestIdp, TestUser};

use crate::chromium::{Chromium, Outcome, Step};

/// The versions in `package.json`, by the names of their packages there.
const VERSIONS: [(&str, &str); 3] = [("htmx-1", "1.9"), ("htmx-2", "2."), ("htmx-4", "4.")];

/// Two elements that request a fragment of the organization, a boosted link, and what was swapped in or reported.
const PAGE: &str = "<!doctype html><html lang=en><title>Page</title><meta name=htmx-config content='CONFIG'>
    <script src=/htmx.js></script>
    <h1>A page</h1><p id=said></p><p id=result>nothing yet</p>
    <button id=get hx-get=/acme/fragment hx-target='#result'>Get</button>
    <button id=post hx-post=/acme/fragment hx-target='#result'>Post</button>
    <button id=open hx-get=/acme/fragment hx-target='#result' hx-push-url=/acme/page>Open</button>
    <a id=boosted hx-boost=true href=/acme/page>Boosted</a>
    <script>
      for (const name of ['htmx:responseError', 'htmx:response:error'])
        document.addEventListener(name, () => { sessionStorage.said = name; });
    </script>";

struct Everyone;

impl Directory for Everyone {
    fn viewer(&self, request: RequestHead<'_>) -> Lookup<Viewer> {
        Lookup::now(request.extensions.get::<Viewer>().cloned().unwrap_or(Viewer::NotEstablished))
    }
    fn organization(&self, slug: &OrgSlug) -> Lookup<Option<OrgId>> {
        Lookup::now((slug.as_str() == "acme").then(|| OrgId::new("1")))
    }
    fn membership(&self, _: &OrgId, _: &AccountId) -> Lookup<Membership> {
        Lookup::now(Membership::member())
    }
    fn verified_emails(&self, account: &AccountId) -> Lookup<Vec<String>> {
        Lookup::now(vec![format!("{account}@acme.example")])
    }
    fn apply(&self, _: &CompletedLogin) -> Lookup<ApplyOutcome> {
        Lookup::now(ApplyOutcome::Done)
    }
}

/// An app whose pages have one version of htmx. Ada is signed in to it and, at the provider, too.
struct App {
    base: String,
    sso: Sso,
    _idp: RunningIdp,
}

impl App {
    async fn with(package: &str, version: &str, config: &str) -> Self {
        let at = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/node_modules").join(package);
        let script = fs::read_to_string(at.join("dist/htmx.js")).unwrap();
        let manifest: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(at.join("package.json")).unwrap()).unwrap();
        assert!(manifest["version"].as_str().unwrap().starts_with(version), "{package}: {manifest}");

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let idp = TestIdp::builder()
            .user(TestUser::new("Ada").email("ada@acme.example").password("lovelace"))
            .client(
                TestClient::new("app").redirect_uri(format!("{base}/sso/1/oidc/callback")).secret("a secret"),
            )
            .host_name("localhost")
            .build()
            .unwrap();
        let idp = idp.serve("127.0.0.1:0").await.unwrap();
        idp.sign_in_as(Some("ada@acme.example")).unwrap();
        let secret = ClientAuthentication::SecretAuto(Secret::new("a secret".into()));
        let provider = OidcSettings::new(idp.issuer(), ClientId::new("app"), secret);
        let acme = ConnectionSettings::oidc("1", Enforcement::Enforced, provider);
        let sso = Sso::builder(&base, Everyone, FixedConnections::build([acme]).unwrap()).build().unwrap();
        let html = PAGE.replace("CONFIG", config);
        let shown = |html: String| move || async move { Html(html) };
        let fragment = async || "a fragment";
        let routes = Router::new()
            .route("/page", get(shown(html.clone())))
            .route("/{org}/page", get(shown(html.replace("A page", "A guarded page"))))
            .route("/{org}/fragment", get(fragment).post(fragment))
            .route(
                "/htmx.js",
                get(|| async { ([("content-type", "text/javascript")], script).into_response() }),
            );
        let app: Router = sso.guard(routes).layer(map_request(async |mut request: Request| {
            let viewer = Viewer::session("ada".into(), "her-login-session".into());
            request.extensions_mut().insert(viewer);
            request
        }));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { base, sso, _idp: idp }
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Ends Ada's SSO session.
    async fn end(&self) {
        self.sso.revoke(RevocationScope::Account("ada".into())).await.unwrap();
    }

    /// Clicks this element, which leads to the start page, logs in with SSO and comes back to `page`.
    async fn clicks(&self, chromium: &mut Chromium, element: &'static str, page: &str) -> Outcome {
        let encoded = page.replace('/', "%2F").replace('?', "%3F").replace('=', "%3D");
        chromium
            .run(&[
                Step::Goto(self.at(page)),
                Step::Click(element),
                Step::WaitForUrl(format!("/sso/1/start?return_to={encoded}")),
                Step::Click("main button"),
                Step::WaitForUrl(self.at(page)),
                Step::WaitForText("nothing yet"),
            ])
            .await
    }
}

#[tokio::test]
async fn htmx_follows_the_challenge_and_comes_back_to_its_page() {
    for (package, version) in VERSIONS {
        let app = App::with(package, version, "{}").await;
        let mut chromium = Chromium::start().await;
        for element in ["#get", "#post", "#boosted"] {
            let outcome = app.clicks(&mut chromium, element, "/page?x=1").await;
            let challenged = outcome.requests.iter().find(|it| it.status == Some(401)).unwrap();
            assert_eq!(challenged.headers["hx-request"], "true", "{package} {element}");
            assert_eq!(outcome.errors, [""; 0], "{package} {element}");
            app.end().await;
        }
        // With an SSO session, the fragment is swapped in.
        app.clicks(&mut chromium, "#get", "/page").await;
        let steps = [Step::Click("#post"), Step::WaitForText("a fragment"), Step::Text("#result")];
        let outcome = chromium.run(&steps).await;
        assert_eq!(
            (&*outcome.url, &outcome.values[2]),
            (&*app.at("/page"), &"a fragment".into()),
            "{package}"
        );
        chromium.close().await;
    }
}

#[tokio::test]
async fn only_version_4_of_htmx_reports_an_error_before_it_follows() {
    for (package, version) in VERSIONS {
        let app = App::with(package, version, "{}").await;
        let mut chromium = Chromium::start().await;
        app.clicks(&mut chromium, "#get", "/page").await;
        let outcome = chromium.run(&[Step::Evaluate("sessionStorage.said ?? null".to_owned())]).await;
        let expected =
            if package == "htmx-4" { "htmx:response:error".into() } else { serde_json::Value::Null };
        assert_eq!(outcome.values[0], expected, "{package}");
        chromium.close().await;
    }
}

/// Goes to a page of the organization by htmx, then to another page. Ends the SSO session, and goes back with this
/// script. htmx stores no copies of pages.
async fn goes_back(app: &App, chromium: &mut Chromium, script: &str) -> Outcome {
    app.clicks(chromium, "#get", "/page").await;
    chromium
        .run(&[
            Step::Click("#open"),
            Step::WaitForUrl(app.at("/acme/page")),
            Step::WaitForText("a fragment"),
            Step::Evaluate("history.pushState({ htmx: true }, '', '/page?onward')".to_owned()),
        ])
        .await;
    app.end().await;
    chromium.run(&[Step::Evaluate(script.to_owned())]).await
}

#[tokio::test]
async fn going_back_with_htmx_leads_to_the_sso_login() {
    let reload = "{\"historyCacheSize\": 0, \"refreshOnHistoryMiss\": true}";
    for ((package, version), config) in VERSIONS.into_iter().zip([reload, reload, "{}"]) {
        let app = App::with(package, version, config).await;
        let mut chromium = Chromium::start().await;
        goes_back(&app, &mut chromium, "void history.back()").await;
        let start = Step::WaitForUrl("/sso/1/start?return_to=%2Facme%2Fpage".to_owned());
        assert!(chromium.run(&[start]).await.title.starts_with("Single sign-on"), "{package}");
        chromium.close().await;
    }
}

#[tokio::test]
async fn htmx_1_and_2_need_a_setting_to_do_so() {
    for (package, version) in VERSIONS.into_iter().take(2) {
        let app = App::with(package, version, "{\"historyCacheSize\": 0}").await;
        let mut chromium = Chromium::start().await;
        let script = "new Promise((done) => {
            document.addEventListener('htmx:historyCacheMissLoadError', (event) => done(event.detail.xhr.status));
            history.back();
        })";
        let outcome = goes_back(&app, &mut chromium, script).await;
        assert_eq!((&outcome.values[0], &*outcome.url), (&401.into(), &*app.at("/acme/page")), "{package}");
        chromium.close().await;
    }
}
