//! What the layer adds to a request: time over a no-op layer in the same place, in one run. What it allocates is held by a
//! test: to count it costs time.
//!
//! `cargo bench --bench hot_path [-- --large]`; `--large` fills 100,000 organizations and 1,000,000 sessions.
//!
//! Of what a member's request costs, the second figure is the host's own three answers: who is asking, what the slug
//! means, who is a member. `-- --only ROW noop|ours N` runs N requests of one row and prints nothing: what a profiler
//! counts between two N is what a request costs, however busy the machine.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench prints, and stops when it can't go on"
)]

mod figures;

use std::{
    collections::HashMap,
    convert::Infallible,
    hint::black_box,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use axum::{Router, body::Body, routing::get};
use http::Request;
use tower::{Layer, Service};
use tower_sso::{
    AccountId, ApplyOutcome, CompletedLogin, Connection, ConnectionSettings, Connections, Directory, Lookup,
    Membership, OrgId, OrgSlug, RequestHead, Secret, SignedIn, Sso, Viewer,
    connection::{Enforcement, FixedConnections},
    keys::KeyRing,
    oidc::{ClientAuthentication, ClientId, OidcSettings},
    store::{MemoryStore, OneTime, SessionStore},
};

use figures::{finish, median};

/// A host that answers from memory, and whose own layer put the viewer in the extensions.
#[derive(Clone)]
struct Host(Arc<HashMap<OrgSlug, OrgId>>);

impl Directory for Host {
    fn viewer(&self, request: RequestHead<'_>) -> Lookup<Viewer> {
        Lookup::now(request.extensions.get::<Viewer>().cloned().unwrap_or(Viewer::Anonymous))
    }
    fn organization(&self, slug: &OrgSlug) -> Lookup<Option<OrgId>> {
        Lookup::now(self.0.get(slug).cloned())
    }
    fn membership(&self, _: &OrgId, account: &AccountId) -> Lookup<Membership> {
        let is_member = account.as_str() != STRANGER;
        Lookup::now(if is_member { Membership::member() } else { Membership::NonMember })
    }
    fn verified_emails(&self, _: &AccountId) -> Lookup<Vec<String>> {
        Lookup::now(Vec::new())
    }
    fn apply(&self, _: &CompletedLogin) -> Lookup<ApplyOutcome> {
        Lookup::now(ApplyOutcome::Done)
    }
}

/// The account that is a member of no organization.
const STRANGER: &str = "stranger";

/// A layer that does nothing, in the same place.
#[derive(Clone)]
struct Noop;

impl<S> Layer<S> for Noop {
    type Service = NoopService<S>;
    fn layer(&self, inner: S) -> NoopService<S> {
        NoopService(inner)
    }
}

#[derive(Clone)]
struct NoopService<S>(S);

impl<S: Service<R>, R> Service<R> for NoopService<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }
    fn call(&mut self, request: R) -> S::Future {
        self.0.call(request)
    }
}

/// A layer that asks the host what ours asks it about a member, and no more.
#[derive(Clone)]
struct Asking(Host);

impl<S> Layer<S> for Asking {
    type Service = AskingService<S>;
    fn layer(&self, inner: S) -> AskingService<S> {
        AskingService(self.0.clone(), inner)
    }
}

#[derive(Clone)]
struct AskingService<S>(Host, S);

impl<S: Service<Request<Body>>> Service<Request<Body>> for AskingService<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.1.poll_ready(cx)
    }
    fn call(&mut self, request: Request<Body>) -> S::Future {
        let host = &self.0;
        let viewer = now(host.viewer((&request).into()));
        let slug = request.uri().path().split('/').nth(1).unwrap_or_default();
        if let (Viewer::SignedIn(SignedIn { account, .. }), Some(organization)) =
            (&viewer, now(host.organization(&OrgSlug::new(slug))))
        {
            black_box(now(host.membership(&organization, account)));
        }
        black_box(viewer);
        self.1.call(request)
    }
}

/// An answer that is known now.
fn now<T>(lookup: Lookup<T>) -> T {
    match std::pin::pin!(lookup).poll(&mut Context::from_waker(std::task::Waker::noop())) {
        Poll::Ready(Ok(answer)) => answer,
        Poll::Ready(Err(error)) => panic!("{error}"),
        Poll::Pending => panic!("this host knows every answer"),
    }
}

fn routes() -> Router {
    Router::new().route("/about", get(|| async {})).route("/{org}/{repo}", get(|| async {}))
}

fn settings(organization: usize) -> ConnectionSettings {
    let secret = ClientAuthentication::SecretBasic(Secret::new("secret".into()));
    let provider = OidcSettings::new("https://idp.example", ClientId::new("client"), secret);
    ConnectionSettings::oidc(format!("org-{organization}"), Enforcement::Enforced, provider)
}

fn session(
    connection: &Connection,
    keys: &KeyRing,
    account: &str,
    credential: &str,
) -> tower_sso::session::SsoSession {
    let millis = |at: SystemTime| at.duration_since(UNIX_EPOCH).unwrap().as_millis() as u64;
    let now = SystemTime::now();
    serde_json::from_value(serde_json::json!({
        "id": credential, "credential": {"id": credential, "kind": "session"}, "organization": connection.organization(), "account": account,
        "connection": connection.version(keys), "protocol": "oidc", "scope": ["i", "c"], "subject": account,
        "idp_session": null, "begun_at": millis(now), "signed_on_at": millis(now),
        "expires_at": millis(now + connection.timeout()),
    }))
    .unwrap()
}

fn request(path: &str, viewer: Option<&Viewer>) -> Request<Body> {
    let mut request = Request::builder().uri(path).body(Body::empty()).unwrap();
    if let Some(viewer) = viewer {
        request.extensions_mut().insert(viewer.clone());
    }
    request
}

/// Runs requests through a router whose handler never waits; answers with the time of each.
fn run(router: &mut Router, requests: Vec<Request<Body>>) -> Duration {
    let count = requests.len();
    let start = Instant::now();
    for request in requests {
        match finish(<Router as Service<Request<Body>>>::call(router, request)) {
            Ok::<_, Infallible>(response) => drop(black_box(response)),
            Err(never) => match never {},
        }
    }
    start.elapsed() / count as u32
}

/// The routers that are compared: a no-op layer, ours, and one that only asks the host.
struct Routers {
    noop: Router,
    ours: Router,
    asking: Router,
}

/// A name, and what makes the request of each turn.
type Row<'a> = (&'a str, &'a dyn Fn(usize) -> Request<Body>);

fn compare(name: &str, routers: &mut Routers, make: &dyn Fn(usize) -> Request<Body>) {
    const BATCH: usize = 2_000;
    let Routers { noop, ours, asking } = routers;
    let (mut added, mut host, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..200 {
        let batch = || (0..BATCH).map(|i| make(round * BATCH + i)).collect::<Vec<_>>();
        let (base, with, asked) = (run(noop, batch()), run(ours, batch()), run(asking, batch()));
        added.push(with.as_nanos() as i128 - base.as_nanos() as i128);
        host.push(asked.as_nanos() as i128 - base.as_nanos() as i128);
        ratios.push(with.as_secs_f64() / base.as_secs_f64());
    }
    let (added, host, ratio) = (median(added), median(host), median(ratios));
    println!("{name:<44} {added:>6} ns  {host:>6} ns  {ratio:>6.3} x");
}

fn main() {
    let large = std::env::args().any(|argument| argument == "--large");
    let (organizations, sessions) = if large { (100_000, 1_000_000) } else { (100, 1_000) };
    let connections = Arc::new(FixedConnections::build((0..organizations).map(settings)).unwrap());
    let store = MemoryStore::default();
    let keys = OneTime::key_ring(&store).unwrap();
    let first = connections.find(&"org-0".into());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let find = |organization: usize| {
        let id = OrgId::new(format!("org-{organization}"));
        runtime.block_on(connections.find(&id)).unwrap().unwrap()
    };
    let _ = runtime.block_on(first);
    for i in 0..sessions {
        let connection = find(i % organizations);
        let session = session(&connection, &keys, &format!("account-{i}"), &format!("credential-{i:08}"));
        runtime.block_on(store.insert(Arc::new(session))).unwrap();
    }
    let organizations_of = (0..organizations)
        .map(|i| (OrgSlug::new(format!("slug-{i}")), OrgId::new(format!("org-{i}"))))
        .collect();
    let host = Host(Arc::new(organizations_of));
    let asking = Asking(host.clone());
    let sso = Sso::builder("https://hub.example", host, connections).store(store).build().unwrap();
    // As axum's own `serve` does: otherwise it layers each handler anew for each request.
    let mut routers = Routers {
        noop: routes().layer(Noop).with_state(()),
        ours: routes().layer(sso.layer()).with_state(()),
        asking: routes().layer(asking).with_state(()),
    };

    let viewers: Vec<_> = (0..sessions)
        .map(|i| Viewer::session(format!("account-{i}").into(), format!("credential-{i:08}").into()))
        .collect();
    let paths: Vec<_> = (0..organizations).map(|i| format!("/slug-{i}/repo")).collect();
    let stranger = Viewer::session(STRANGER.into(), "credential".into());
    let rows: [Row<'_>; 5] = [
        ("in no organization, signed in", &|i| request("/about", Some(&viewers[i % sessions]))),
        ("anonymous in an organization", &|_| request("/slug-0/repo", None)),
        ("signed in, not a member", &|_| request("/slug-0/repo", Some(&stranger))),
        ("member with a fresh session, hot", &|_| request(&paths[0], Some(&viewers[0]))),
        ("member with a fresh session, any of them", &|i| {
            let i = i.wrapping_mul(7_919) % sessions;
            request(&paths[i % organizations], Some(&viewers[i]))
        }),
    ];
    let arguments: Vec<_> = std::env::args().skip_while(|argument| argument != "--only").skip(1).collect();
    if let [row, side, count] = &arguments[..] {
        let router = if side == "ours" { &mut routers.ours } else { &mut routers.noop };
        let (_, make) = rows[row.parse::<usize>().unwrap()];
        let _ = run(router, (0..count.parse().unwrap()).map(make).collect());
        return;
    }
    println!("added to a no-op layer in the same place; {organizations} organizations, {sessions} sessions");
    println!("{:<44} {:>9}  {:>9}", "", "added", "of it the host's");
    for (name, make) in rows {
        compare(name, &mut routers, make);
    }
}
