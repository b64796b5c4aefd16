//! An app on 127.0.0.1 whose organizations log in with SSO at providers on `localhost`, which are two sites, and whole
//! SSO logins there. Every account is a member of every organization and has one email address.

use std::{
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{
    Router,
    extract::{Path, Query, RawQuery, State},
    http::StatusCode,
    response::{Html, IntoResponse},
    routing::get,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tower_sso::{
    AccountId, ApplyOutcome, CompletedLogin, ConnectionSettings, Directory, Lookup, Membership, OrgId,
    OrgSlug, RequestHead, Sso, SsoPass, Viewer,
    audit::{Action, AuditEvent},
    connection::{Enforcement, FixedConnections},
    directory::{Logout, LogoutHandler, LogoutOutcome},
    login::LoginErrorKind,
    store::Clock,
};

use crate::{
    browser::Browser,
    oidc_provider::{Account, OidcProvider},
    organization::Organization,
};

/// The address of an app that is not started yet. Its providers must know the address first.
pub struct UnstartedApp {
    listener: TcpListener,
    base: String,
}

/// The app.
pub struct RunningApp {
    pub base: String,
    pub applied: Arc<Mutex<Vec<CompletedLogin>>>,
    pub events: Arc<Mutex<Vec<AuditEvent>>>,
    /// The logouts that the app was told about.
    pub logouts: Arc<Mutex<Vec<Logout>>>,
    pub clock: TestClock,
    logins: AtomicUsize,
}

/// The app's clock: the system's clock with an offset in seconds, until it is stopped.
#[derive(Clone, Default)]
pub struct TestClock {
    off: Arc<AtomicI64>,
    stopped: Arc<OnceLock<SystemTime>>,
}

#[derive(Clone)]
struct EveryoneDirectory {
    applied: Arc<Mutex<Vec<CompletedLogin>>>,
    logouts: Arc<Mutex<Vec<Logout>>>,
}

impl UnstartedApp {
    pub async fn bind() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        Self { listener, base }
    }

    /// Returns the metadata of the organizations' clients.
    pub fn clients(&self, organizations: &[Organization]) -> Vec<Value> {
        organizations.iter().map(|it| it.client(&self.base)).collect()
    }

    /// Starts the app with these organizations at the provider with this issuer.
    pub fn open(self, organizations: Vec<Organization>, issuer: &str) -> RunningApp {
        self.serve(organizations.into_iter().map(|organization| {
            let name = organization.name.clone();
            ConnectionSettings::oidc(name.as_str(), Enforcement::Enforced, organization.oidc(issuer))
                .name(name)
        }))
    }

    /// Starts the app with these connections.
    pub fn serve(self, connections: impl IntoIterator<Item = ConnectionSettings>) -> RunningApp {
        let connections = FixedConnections::build(connections).unwrap();
        let applied: Arc<Mutex<Vec<CompletedLogin>>> = Arc::default();
        let events: Arc<Mutex<Vec<AuditEvent>>> = Arc::default();
        let logouts: Arc<Mutex<Vec<Logout>>> = Arc::default();
        let members = EveryoneDirectory { applied: Arc::clone(&applied), logouts: Arc::clone(&logouts) };
        let clock = TestClock::default();
        let sink = Arc::clone(&events);
        let sso = Sso::builder(&self.base, members.clone(), connections)
            .on_logout(members)
            .clock(clock.clock())
            .audit_sink(move |event: &AuditEvent| sink.lock().unwrap().push(event.clone()))
            .build()
            .unwrap();
        let app: Router = Router::new()
            .route("/{org}/{page}", get(page))
            .layer(sso.layer())
            .route("/login", get(sign_in_to_app))
            .route("/leave/{org}/now", get(leave))
            .merge(sso.routes())
            .with_state(sso);
        tokio::spawn(async move { axum::serve(self.listener, app).await });
        RunningApp { base: self.base, applied, events, logouts, clock, logins: AtomicUsize::default() }
    }
}

impl RunningApp {
    /// Starts an app with these organizations, and oidc-provider with this configuration and these users.
    pub async fn at(
        organizations: Vec<Organization>,
        accounts: &[Account],
        settings: Value,
    ) -> (Self, OidcProvider) {
        let site = UnstartedApp::bind().await;
        let provider = OidcProvider::start(&site.clients(&organizations), accounts, settings).await;
        (site.open(organizations, provider.issuer()), provider)
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Signs in to the app with a new app session, whose cookie has the given `SameSite`.
    pub async fn sign_in_to_app(&self, browser: &mut Browser, account: &str, same_site: &str) {
        let login = self.logins.fetch_add(1, Ordering::SeqCst);
        let query = format!("/login?as={account}.{login}&same_site={same_site}");
        assert_eq!(browser.navigate(self.url(&query)).await.status, StatusCode::OK);
    }

    /// Opens a page of the organization, is challenged, and presses the button.
    pub async fn begin(&self, browser: &mut Browser, account: &str, organization: &str) {
        self.sign_in_to_app(browser, account, "Lax").await;
        let start = browser.navigate(self.url(&format!("/{organization}/plans"))).await;
        assert!(start.url.path().ends_with("/start"), "{}", start.url);
        browser.submit_through("begin", &[]).await;
    }

    /// The same, and then completes what the provider asks for.
    pub async fn log_in(&self, browser: &mut Browser, account: &str, organization: &str) {
        self.begin(browser, account, organization).await;
        at_the_provider(browser, account).await;
    }

    /// A whole SSO login in its own browser, which must succeed.
    pub async fn accepts(&self, account: &str, organization: &str) -> CompletedLogin {
        let mut browser = Browser::new();
        self.log_in(&mut browser, account, organization).await;
        self.accepted(&browser, account, organization)
    }

    /// A whole SSO login in its own browser, which must be refused.
    pub async fn refuses(&self, account: &str, organization: &str, kind: LoginErrorKind) {
        let mut browser = Browser::new();
        self.log_in(&mut browser, account, organization).await;
        self.refused(&mut browser, account, organization, kind).await;
    }

    /// Asserts that the browser shows the guarded page for the account that logged in with SSO, and returns what the
    /// app was told.
    pub fn accepted(&self, browser: &Browser, account: &str, organization: &str) -> CompletedLogin {
        let page = browser.page();
        let expected = format!("plans of {organization} for {account}");
        let said = (page.status, page.text().trim());
        let (trail, last) = (browser.trail(), self.events.lock().unwrap().last().cloned());
        assert_eq!(said, (StatusCode::OK, expected.as_str()), "{organization}: {last:?}\n{trail}");
        assert_eq!(page.url.as_str(), self.url(&format!("/{organization}/plans")));
        let applied = self.applied.lock().unwrap();
        let of_it =
            |it: &&CompletedLogin| it.organization.as_str() == organization && it.account.as_str() == account;
        let login = applied.iter().rev().find(of_it).unwrap().clone();
        assert_eq!(login.email, format!("{account}@acme.example"));
        login
    }

    /// Asserts that the browser shows a refusal of exactly this kind, and that the guarded page does not open.
    pub async fn refused(
        &self,
        browser: &mut Browser,
        account: &str,
        organization: &str,
        kind: LoginErrorKind,
    ) {
        let page = browser.page();
        let event = self.events.lock().unwrap().last().cloned().unwrap();
        let Action::LoginRefused { kind: actual, detail } = &event.action else {
            panic!("{organization}: expected {kind:?}: {event:?}\n{}\n{}", browser.trail(), page.text())
        };
        assert_eq!(*actual, kind, "{organization}: {detail:?}");
        assert_eq!(page.status, kind.status(), "{organization}: {}", page.text());
        assert!(page.text().contains(event.reference.as_str()), "{organization}: {}", page.text());
        let of_it =
            |it: &CompletedLogin| it.organization.as_str() == organization && it.account.as_str() == account;
        assert!(
            !self.applied.lock().unwrap().iter().any(of_it),
            "{organization}: the app was told about a refused login"
        );
        let again = browser.navigate(self.url(&format!("/{organization}/plans"))).await;
        assert!(again.url.path().ends_with("/start"), "{organization}: {}", again.url);
    }

    /// Returns the names of the audit events since the last call.
    pub fn actions(&self) -> Vec<&'static str> {
        self.events.lock().unwrap().drain(..).map(|event| event.action.name()).collect()
    }
}

impl TestClock {
    /// Sets the clock this many seconds ahead of the system's clock, or behind it if the number is negative.
    pub fn set(&self, seconds: i64) {
        self.off.store(seconds, Ordering::SeqCst);
    }

    /// Advances the clock.
    pub fn advance(&self, seconds: i64) {
        self.off.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Stops the clock. From now on it changes only when it is set, however slow the machine is.
    pub fn stop(&self) {
        self.stopped.set(SystemTime::now()).unwrap();
    }

    fn clock(&self) -> Clock {
        let hands = self.clone();
        Clock::from_fn(move || {
            let off = hands.off.load(Ordering::SeqCst);
            let now = hands.stopped.get().copied().unwrap_or_else(SystemTime::now);
            let by = Duration::from_secs(off.unsigned_abs());
            if off < 0 { now - by } else { now + by }
        })
    }
}

/// Does what the provider asks for, until the browser is back at the app.
pub async fn at_the_provider(browser: &mut Browser, account: &str) {
    sign_in(browser, account).await;
    // The page with a posted answer sends itself. Without scripts, a button does.
    if browser.page().url.host_str() == Some("localhost") {
        browser.submit("callback", &[]).await;
    }
}

/// Does what the provider asks for, until its answer.
pub async fn sign_in(browser: &mut Browser, account: &str) {
    loop {
        match browser.page().title() {
            "Sign in at the provider" => {
                browser.press("login", "Sign in", &[("login", account), ("password", "right")]).await
            }
            "Confirm at the provider" => browser.submit("confirm", &[]).await,
            _ => break,
        };
    }
}

/// Returns a user of the provider.
pub fn account(name: &str) -> Account {
    let claims = json!({
        "email": format!("{name}@acme.example"), "email_verified": true, "name": name, "groups": ["staff"],
    });
    Account { sub: name.to_owned(), password: "right", claims }
}

/// Returns when the user logged in with SSO, in whole seconds, as the guarded page says.
pub fn logged_in_at(browser: &Browser) -> u64 {
    browser.page().header("x-signed-on-at").unwrap().parse().unwrap()
}

async fn page(Path((org, page)): Path<(String, String)>, pass: SsoPass) -> impl IntoResponse {
    let SsoPass::Fresh(proof) = pass else { panic!("{pass:?}") };
    let session = proof.session();
    let at = session.logged_in_at.duration_since(UNIX_EPOCH).unwrap().as_secs();
    ([("x-signed-on-at", at.to_string())], format!("{page} of {org} for {}", session.account))
}

/// A page with the logout of an organization and a button that begins an SSO login. The logout returns to this page. If
/// the page has a query, `-done` is appended to it. The forms may be sent only to this site.
async fn leave(
    State(sso): State<Sso>,
    Path(org): Path<String>,
    RawQuery(query): RawQuery,
) -> impl IntoResponse {
    let query = query.map(|query| format!("?{query}-done")).unwrap_or_default();
    let form = |name: &str, action: &str, back: &str| {
        let field = format!("<input type=hidden name=return_to value=\"{back}\">");
        format!("<form id={name} method=post action=\"{action}\">{field}<button>{name}</button></form>")
    };
    let logout = form("leave", &sso.logout_url(&org.as_str().into()), &format!("/leave/{org}/now{query}"));
    let begin = form("enter", &format!("/sso/{org}/begin"), &format!("/{org}/plans"));
    let page = format!("<title>Leave</title>{logout}{begin}");
    ([("content-security-policy", "form-action 'self'")], Html(page))
}

async fn sign_in_to_app(Query(query): Query<Value>) -> impl IntoResponse {
    let text = |name: &str| query[name].as_str().unwrap().to_owned();
    let (session, same_site) = (text("as"), text("same_site"));
    let cookie = format!("login={session}; Path=/; HttpOnly; SameSite={same_site}");
    ([("set-cookie", cookie)], "signed in")
}

impl Directory for EveryoneDirectory {
    fn viewer(&self, request: RequestHead<'_>) -> Lookup<Viewer> {
        let cookies = request.headers.get("cookie").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let session = cookies.split("; ").find_map(|cookie| cookie.strip_prefix("login="));
        Lookup::now(match session {
            Some(session) => Viewer::session(session.split('.').next().unwrap().into(), session.into()),
            None => Viewer::Anonymous,
        })
    }

    fn organization(&self, slug: &OrgSlug) -> Lookup<Option<OrgId>> {
        Lookup::now(Some(slug.as_str().into()))
    }

    fn membership(&self, _: &OrgId, _: &AccountId) -> Lookup<Membership> {
        Lookup::now(Membership::member())
    }

    fn verified_emails(&self, account: &AccountId) -> Lookup<Vec<String>> {
        Lookup::now(vec![format!("{account}@acme.example")])
    }

    fn apply(&self, login: &CompletedLogin) -> Lookup<ApplyOutcome> {
        self.applied.lock().unwrap().push(login.clone());
        Lookup::now(ApplyOutcome::Done)
    }
}

impl LogoutHandler for EveryoneDirectory {
    fn logged_out(&self, logout: &Logout) -> Lookup<LogoutOutcome> {
        self.logouts.lock().unwrap().push(logout.clone());
        Lookup::now(LogoutOutcome::Kept)
    }
}
