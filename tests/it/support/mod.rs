//! A fake host. Tests tell it what to answer, and it counts what it is asked.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::SystemTime,
};

use http::{Request, Response};
use tower_sso::{
    AccountId, ApplyOutcome, CompletedLogin, ConnectionSettings, Connections, Credential, Directory, Lookup,
    Membership, OrgId, OrgSlug, RequestHead, ReturnPath, Sso, Viewer,
    audit::AuditEvent,
    connection::{Enforcement, FixedConnections},
    directory::{Logout, LogoutHandler, LogoutOutcome},
    join::{JoinHandler, JoinOutcome, NewUser, SignUp},
    keys::KeyRing,
    oidc::{ClientAuthentication, ClientId, OidcSettings},
    session::{ConnectionVersion, SessionId, SsoSession},
    store::{LinkScope, MemoryLimits, MemoryStore, OneTime, SessionStore},
    token::{ApiToken, TokenDirectory},
};

pub const BASE: &str = "https://hub.example";

/// A host whose answers are fixed and that counts the lookups.
#[derive(Clone, Default)]
pub struct FakeDirectory {
    pub state: Arc<FakeDirectoryState>,
}

#[derive(Default)]
pub struct FakeDirectoryState {
    /// Slug to organization.
    pub organizations: Mutex<HashMap<String, OrgId>>,
    /// Organization and account to membership. Everything else is a non-member.
    pub memberships: Mutex<HashMap<(OrgId, AccountId), Membership>>,
    /// Every slug that was looked up.
    pub slugs: Mutex<Vec<String>>,
    pub public: Mutex<bool>,
    /// Whether the host lacks a sign-in page.
    pub without_sign_in: Mutex<bool>,
    pub calls: AtomicUsize,
    pub applied: Mutex<Vec<CompletedLogin>>,
    /// The logins of accounts that became members by a link.
    pub joined: Mutex<Vec<CompletedLogin>>,
    /// The users for whom the host was asked to make an account.
    pub new_users: Mutex<Vec<NewUser>>,
    /// Whether the host accepts no one by a link.
    pub closed: Mutex<bool>,
    /// The role that an account was invited to an organization with.
    pub invitations: Mutex<HashMap<(OrgId, AccountId), String>>,
    /// Whether the account that logs in with SSO is the last administrator and would get another role.
    pub last_admin: Mutex<bool>,
    pub emails: Mutex<HashMap<AccountId, Vec<String>>>,
    pub tokens: Mutex<HashMap<AccountId, Vec<ApiToken>>>,
    /// The logouts that the host was told about.
    pub logouts: Mutex<Vec<Logout>>,
    /// Whether the host ends its own app sessions on a logout.
    pub signs_out: Mutex<bool>,
}

impl FakeDirectory {
    /// Returns a host that knows `acme` as organization 1, `initech` as 2 and `umbrella` as 3. Ada is a member of all
    /// three.
    pub fn new() -> Self {
        let host = Self::default();
        for (slug, id) in [("acme", "1"), ("initech", "2"), ("umbrella", "3")] {
            host.state.organizations.lock().unwrap().insert(slug.into(), id.into());
            host.state.memberships.lock().unwrap().insert((id.into(), "ada".into()), Membership::member());
        }
        let external = Membership::ExternalCollaborator;
        host.state.memberships.lock().unwrap().insert(("1".into(), "eve".into()), external);
        host.state.emails.lock().unwrap().insert("ada".into(), vec!["ada@acme.example".into()]);
        host
    }

    pub fn calls(&self) -> usize {
        self.state.calls.load(Ordering::SeqCst)
    }

    fn called(&self) {
        self.state.calls.fetch_add(1, Ordering::SeqCst);
    }
}

/// Returns the viewer that the test names in the headers: `x-account` with `x-credential` (`c` by default), `x-token`
/// or `x-organization-token`. With `x-without-session-id`, the app session has no ID.
pub fn viewer(request: RequestHead<'_>) -> Viewer {
    let text = |name: &str| request.headers.get(name).and_then(|value| value.to_str().ok());
    match (text("x-account"), text("x-token")) {
        (Some("!"), _) => Viewer::NotEstablished,
        (Some(account), None) if text("x-organization-token").is_some() => Viewer::organization_token(
            account.into(),
            text("x-organization-token").unwrap_or_default().into(),
        ),
        (Some(account), None) if text("x-without-session-id").is_some() => {
            Viewer::without_session_id(account.into())
        }
        (Some(account), Some(token)) => Viewer::token(account.into(), token.into()),
        (Some(account), None) => Viewer::session(account.into(), text("x-credential").unwrap_or("c").into()),
        (None, _) => Viewer::Anonymous,
    }
}

impl Directory for FakeDirectory {
    fn viewer(&self, request: RequestHead<'_>) -> Lookup<Viewer> {
        self.called();
        Lookup::now(viewer(request))
    }

    fn organization(&self, slug: &OrgSlug) -> Lookup<Option<OrgId>> {
        self.called();
        self.state.slugs.lock().unwrap().push(slug.as_str().to_owned());
        Lookup::now(self.state.organizations.lock().unwrap().get(slug.as_str()).cloned())
    }

    fn membership(&self, organization: &OrgId, account: &AccountId) -> Lookup<Membership> {
        self.called();
        let key = (organization.clone(), account.clone());
        Lookup::now(
            self.state.memberships.lock().unwrap().get(&key).copied().unwrap_or(Membership::NonMember),
        )
    }

    fn verified_emails(&self, account: &AccountId) -> Lookup<Vec<String>> {
        self.called();
        Lookup::now(self.state.emails.lock().unwrap().get(account).cloned().unwrap_or_default())
    }

    fn apply(&self, login: &CompletedLogin) -> Lookup<ApplyOutcome> {
        self.called();
        self.state.applied.lock().unwrap().push(login.clone());
        let kept = *self.state.last_admin.lock().unwrap();
        Lookup::now(if kept { ApplyOutcome::KeptLastAdmin } else { ApplyOutcome::Done })
    }

    fn invitation(&self, organization: &OrgId, account: &AccountId) -> Lookup<Option<String>> {
        self.called();
        let key = (organization.clone(), account.clone());
        Lookup::now(self.state.invitations.lock().unwrap().get(&key).cloned())
    }

    fn public_content(&self, _: RequestHead<'_>, _: &OrgId) -> Lookup<bool> {
        self.called();
        Lookup::now(*self.state.public.lock().unwrap())
    }

    fn slug(&self, organization: &OrgId) -> Lookup<OrgSlug> {
        let organizations = self.state.organizations.lock().unwrap();
        let slug = organizations.iter().find(|(_, id)| *id == organization).map(|(slug, _)| slug.as_str());
        Lookup::now(slug.unwrap_or("?").into())
    }

    fn sign_in_url(&self, return_to: &ReturnPath) -> Option<ReturnPath> {
        let next: String = url::form_urlencoded::byte_serialize(return_to.as_str().as_bytes()).collect();
        let has = !*self.state.without_sign_in.lock().unwrap();
        has.then(|| ReturnPath::parse(&format!("/login?next={next}"))).flatten()
    }
}

impl TokenDirectory for FakeDirectory {
    fn tokens(&self, account: &AccountId) -> Lookup<Vec<ApiToken>> {
        self.called();
        Lookup::now(self.state.tokens.lock().unwrap().get(account).cloned().unwrap_or_default())
    }
}

impl LogoutHandler for FakeDirectory {
    fn logged_out(&self, logout: &Logout) -> Lookup<LogoutOutcome> {
        self.called();
        self.state.logouts.lock().unwrap().push(logout.clone());
        let signs_out = *self.state.signs_out.lock().unwrap();
        Lookup::now(if signs_out { LogoutOutcome::SignedOut } else { LogoutOutcome::Kept })
    }
}

impl JoinHandler for FakeDirectory {
    fn join(&self, login: &CompletedLogin) -> Lookup<JoinOutcome> {
        self.called();
        if *self.state.closed.lock().unwrap() {
            return Lookup::now(JoinOutcome::Refused);
        }
        let key = (login.organization.clone(), login.account.clone());
        self.state.memberships.lock().unwrap().insert(key, Membership::member());
        self.state.joined.lock().unwrap().push(login.clone());
        Lookup::now(JoinOutcome::Done)
    }

    fn welcome(&self, new_user: &NewUser) -> Lookup<SignUp> {
        self.called();
        if *self.state.closed.lock().unwrap() {
            return Lookup::now(SignUp::Refused);
        }
        self.state.new_users.lock().unwrap().push(new_user.clone());
        let page = format!("/register?ticket={}", new_user.ticket().expose());
        Lookup::now(SignUp::At(ReturnPath::parse(&page).unwrap()))
    }
}

/// A host that answers from memory and allocates nothing.
pub struct QuickDirectory;

impl Directory for QuickDirectory {
    fn viewer(&self, request: RequestHead<'_>) -> Lookup<Viewer> {
        Lookup::now(request.extensions.get::<Viewer>().cloned().unwrap_or(Viewer::Anonymous))
    }

    fn organization(&self, _: &OrgSlug) -> Lookup<Option<OrgId>> {
        static ACME: std::sync::LazyLock<OrgId> = std::sync::LazyLock::new(|| OrgId::new("1"));
        Lookup::now(Some(ACME.clone()))
    }

    fn membership(&self, _: &OrgId, _: &AccountId) -> Lookup<Membership> {
        Lookup::now(Membership::member())
    }

    fn verified_emails(&self, _: &AccountId) -> Lookup<Vec<String>> {
        Lookup::now(Vec::new())
    }

    fn apply(&self, _: &CompletedLogin) -> Lookup<ApplyOutcome> {
        Lookup::now(ApplyOutcome::Done)
    }
}

/// Returns the settings of a provider that is never asked.
pub fn idle_provider() -> OidcSettings {
    let secret = ClientAuthentication::SecretBasic(tower_sso::Secret::new("secret".into()));
    OidcSettings::new("https://idp.example", ClientId::new("client"), secret)
}

pub fn connection(organization: &str, enforcement: Enforcement) -> ConnectionSettings {
    ConnectionSettings::oidc(organization, enforcement, idle_provider())
}

/// Returns the connections: organization 1 is enforced, 2 is optional, and 3 has no connection.
pub fn connections() -> FixedConnections {
    FixedConnections::build([
        connection("1", Enforcement::Enforced).name("Acme"),
        connection("2", Enforcement::Optional).name("Initech"),
    ])
    .unwrap()
}

/// A host, its stores, its connections, and the audit events.
#[derive(Clone)]
pub struct World {
    pub host: FakeDirectory,
    pub store: MemoryStore,
    /// The key ring with which the sessions of [`session`](Self::session) are made.
    pub keys: KeyRing,
    pub connections: Arc<FixedConnections>,
    pub events: Arc<Mutex<Vec<AuditEvent>>>,
}

impl World {
    pub fn new() -> Self {
        Self::with(connections())
    }

    pub fn with(connections: FixedConnections) -> Self {
        let store = MemoryStore::default();
        Self {
            host: FakeDirectory::new(),
            keys: OneTime::key_ring(&store).unwrap(),
            store,
            connections: Arc::new(connections),
            events: Arc::default(),
        }
    }

    pub fn builder(&self) -> tower_sso::SsoBuilder {
        let events = Arc::clone(&self.events);
        Sso::builder(BASE, self.host.clone(), Arc::clone(&self.connections))
            .tokens(self.host.clone())
            .join(self.host.clone())
            .on_logout(self.host.clone())
            .store(self.store.clone())
            .audit_sink(move |event: &AuditEvent| events.lock().unwrap().push(event.clone()))
    }

    pub fn sso(&self) -> Sso {
        self.builder().build().unwrap()
    }

    /// Returns an `Sso` with a host that takes the viewer from the extensions and answers without allocating.
    pub fn quick(&self) -> Sso {
        Sso::builder(BASE, QuickDirectory, Arc::clone(&self.connections))
            .store(self.store.clone())
            .build()
            .unwrap()
    }

    /// Stores a session as an SSO login would have stored it, for `account` by `credential` at the organization.
    pub async fn log_in(&self, organization: &str, account: &str, credential: &str) {
        let session = self.session(organization, account, credential, SystemTime::now()).await;
        self.store.insert(Arc::new(session)).await.unwrap();
    }

    pub async fn session(
        &self,
        organization: &str,
        account: &str,
        credential: &str,
        at: SystemTime,
    ) -> SsoSession {
        let connection = self.connections.find(&organization.into()).await.unwrap().unwrap();
        let version = connection.version(&self.keys);
        session(&connection, version, account, credential, at, at + connection.timeout())
    }

    pub fn actions(&self) -> Vec<&'static str> {
        self.events.lock().unwrap().iter().map(|event| event.action.name()).collect()
    }
}

/// Returns the default limits of the memory store, with a change.
pub fn limits(change: impl FnOnce(&mut MemoryLimits)) -> MemoryLimits {
    let mut limits = MemoryLimits::default();
    change(&mut limits);
    limits
}

/// Returns a session of the account.
pub fn session(
    connection: &tower_sso::Connection,
    version: ConnectionVersion,
    account: &str,
    credential: &str,
    begun_at: SystemTime,
    expires_at: SystemTime,
) -> SsoSession {
    let mut session = SsoSession::new(
        SessionId::new(&format!("s-{credential}")),
        Credential::session(credential),
        connection.organization().clone(),
        account.into(),
        version,
        begun_at,
        expires_at,
    );
    session.scope = LinkScope("https://idp.example".to_owned(), "client".to_owned());
    session.subject = format!("sub-{account}");
    session
}

/// Returns a request with headers.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)]) -> Request<axum::body::Body> {
    let request = Request::builder().method(method).uri(path);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.body(axum::body::Body::empty()).unwrap()
}

/// Returns the response's body as text.
pub async fn text(response: Response<axum::body::Body>) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Returns one header of a response, or an empty string.
pub fn header<'a, B>(response: &'a Response<B>, name: &str) -> &'a str {
    response.headers().get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}

/// Returns an app session as a credential.
pub fn credential(id: &str) -> Credential {
    Credential::session(id)
}
