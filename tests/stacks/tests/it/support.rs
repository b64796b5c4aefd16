//! An app with two organizations, and what its tests share. Ada is a member of both.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::SystemTime,
};

use axum::body::Body;
use http::{Request, Response, StatusCode};
use tower_sso::{
    AccountId, ApplyOutcome, CompletedLogin, ConnectionSettings, Connections as _, Credential, Directory,
    Lookup, LookupError, Membership, OrgId, OrgSlug, RequestHead, Sso, SsoBuilder, Viewer,
    connection::{Enforcement, FixedConnections},
    oidc::{ClientAuthentication, ClientId, OidcSettings},
    session::{SessionId, SsoSession},
    store::{MemoryStore, OneTime, SessionStore as _},
};

/// Where a member of Acme logs in with SSO.
pub const START: &str = "https://hub.example/sso/1/start";

/// The app. Its memberships fail if the test says so.
#[derive(Clone, Default)]
pub struct Hub {
    fails: Arc<AtomicBool>,
}

impl Directory for Hub {
    /// The viewer is what the test names in `x-account`, as the app's own authentication would have established it.
    fn viewer(&self, request: RequestHead<'_>) -> Lookup<Viewer> {
        let account = request.headers.get("x-account").and_then(|account| account.to_str().ok());
        Lookup::now(match account {
            Some(account) => Viewer::session(account.into(), "c".into()),
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

    fn slug(&self, organization: &OrgId) -> Lookup<OrgSlug> {
        Lookup::now(if organization.as_str() == "1" { "acme" } else { "initech" }.into())
    }

    fn membership(&self, _: &OrgId, account: &AccountId) -> Lookup<Membership> {
        if self.fails.load(Ordering::SeqCst) {
            return Lookup::failed(LookupError::new("the database is gone"));
        }
        Lookup::now(if account.as_str() == "ada" { Membership::member() } else { Membership::NonMember })
    }

    fn verified_emails(&self, _: &AccountId) -> Lookup<Vec<String>> {
        Lookup::now(Vec::new())
    }

    fn apply(&self, _: &CompletedLogin) -> Lookup<ApplyOutcome> {
        Lookup::now(ApplyOutcome::Done)
    }
}

/// The app and its stores. Acme (1) enforces SSO, Initech (2) offers it.
pub struct World {
    hub: Hub,
    store: MemoryStore,
    connections: Arc<FixedConnections>,
}

impl World {
    pub fn new() -> Self {
        let connection = |organization: &str, enforcement| {
            let provider =
                OidcSettings::new("https://idp.example", ClientId::new("client"), ClientAuthentication::None);
            ConnectionSettings::oidc(organization, enforcement, provider)
        };
        let connections = [
            connection("1", Enforcement::Enforced).name("Acme"),
            connection("2", Enforcement::Optional).name("Initech"),
        ];
        let connections = Arc::new(FixedConnections::build(connections).unwrap());
        Self { hub: Hub::default(), store: MemoryStore::default(), connections }
    }

    pub fn builder(&self) -> SsoBuilder {
        Sso::builder("https://hub.example", self.hub.clone(), Arc::clone(&self.connections))
            .store(self.store.clone())
    }

    pub fn sso(&self) -> Sso {
        self.builder().build().unwrap()
    }

    /// Makes every lookup of a membership fail, or work again.
    pub fn fails(&self, fails: bool) {
        self.hub.fails.store(fails, Ordering::SeqCst);
    }

    /// Stores an SSO session of Ada for Acme, as an SSO login would have.
    pub async fn log_in(&self) {
        let connection = self.connections.find(&"1".into()).await.unwrap().unwrap();
        let now = SystemTime::now();
        let mut session = SsoSession::new(
            SessionId::new("s"),
            Credential::session("c"),
            connection.organization().clone(),
            "ada".into(),
            connection.version(&OneTime::key_ring(&self.store).unwrap()),
            now,
            now + connection.timeout(),
        );
        session.authenticated_at = Some(now);
        self.store.insert(Arc::new(session)).await.unwrap();
    }
}

/// Returns a request of the account, or of nobody.
pub fn get(path: &str, account: Option<&str>) -> Request<Body> {
    let request = Request::get(path);
    match account {
        Some(account) => request.header("x-account", account),
        None => request,
    }
    .body(Body::empty())
    .unwrap()
}

/// Sends a request. Returns the status and the body.
pub async fn ask<S>(app: &S, request: Request<Body>) -> (StatusCode, String)
where
    S: tower::Service<Request<Body>, Response = Response<Body>> + Clone,
    S::Error: std::fmt::Debug,
{
    let response = tower::ServiceExt::oneshot(app.clone(), request).await.unwrap();
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}
