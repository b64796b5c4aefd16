//! Everything that an SSO login needs, running: an app on 127.0.0.1, two organizations, each with its own provider on
//! `localhost`, and a clock that does not advance until a test moves it.
//!
//! `acme` is organization 1 and `initech` is 2. Ada is a member of both, bob is a member of `initech`, eve is an
//! external collaborator of `acme`, and mallory is a non-member. Each is known to both providers by a subject that is
//! their name.

mod actor;
pub mod app;
pub mod fault;
mod verdict;

use std::{
    convert::Infallible,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use axum::{Router, extract::Request, response::Response, routing::IntoMakeService};
use tokio::net::TcpListener;
use tower::{Service, ServiceExt as _};
use tower_sso::{
    ConnectionSettings, Membership, Namespace, Secret, Sso,
    audit::AuditEvent,
    connection::{Enforcement, FixedConnections},
    keys::KeyRing,
    oidc::{ClientAuthentication, ClientId, OidcSettings},
    saml::{IdpSource, SamlSettings},
    store::{Clock, MemoryStore, OneTime},
};
use tower_sso_test_idp::{
    RunningIdp, SamlBinding, SigningAlg, TestClient, TestIdp, TestIdpBuilder, TestKey, TestServiceProvider,
    TestUser,
};

pub use self::{
    actor::{Actor, RETURN_TO},
    verdict::produced,
};
use self::{
    app::{AppLogin, AppState, router},
    fault::{FaultInjector, Faulty, Settings},
};
use crate::{login::organization_names::VerbosePages, support::FakeDirectory};

/// The secret that both providers share with the app.
pub const SECRET: &str = "the secret that both providers share with the app";

/// What differs from one test app to the next.
pub struct TestConfig {
    pub lookup_timeout: Duration,
    pub store: MemoryStore,
    /// The key ring of the app, and that of its other node, if they are not the store's.
    pub keys: [Option<KeyRing>; 2],
    /// Changes the settings of an organization's provider and connection.
    pub oidc: fn(OidcSettings) -> OidcSettings,
    pub connection: fn(ConnectionSettings) -> ConnectionSettings,
    /// Changes the SAML settings of organization 1, if it logs in with SAML.
    pub saml: Option<fn(SamlSettings) -> SamlSettings>,
    /// Whether these settings name the address of the provider's metadata.
    pub saml_metadata: bool,
    /// Changes what `acme`'s provider knows about the app with SAML.
    pub service_provider: fn(TestServiceProvider) -> TestServiceProvider,
    /// How `acme`'s provider sends logout messages to the app, if it does.
    pub saml_logout: Option<SamlBinding>,
    /// Changes `acme`'s provider.
    pub provider: fn(TestIdpBuilder) -> TestIdpBuilder,
    /// The app's client ID at `acme`'s provider, and how the app authenticates there.
    pub client_id: String,
    pub authentication: ClientAuthentication,
    /// More clients of `acme`'s provider, by the app's origin.
    pub clients: fn(&str) -> Vec<TestClient>,
    /// Whether the pages show everything that they are given.
    pub verbose_pages: bool,
    /// How many more members `acme` has: `user-0` and so on.
    pub crowd: usize,
    /// Whether the app registers the handlers for tokens, joining and logouts.
    pub handlers: bool,
    /// The name of the app's host, which leads to loopback.
    pub host_name: &'static str,
    /// The path of the app. A proxy in front of the app removes it.
    pub path: &'static str,
    /// How the layer reads the organization. `None` is the default.
    pub namespace: Option<fn() -> Namespace>,
}

impl Default for TestConfig {
    fn default() -> Self {
        Self {
            lookup_timeout: Duration::from_secs(3),
            store: MemoryStore::default(),
            keys: [None, None],
            oidc: |settings| settings,
            connection: |settings| settings,
            saml: None,
            saml_metadata: false,
            service_provider: |provider| provider,
            saml_logout: None,
            provider: |builder| builder,
            client_id: "hub-1".to_owned(),
            clients: |_| Vec::new(),
            authentication: ClientAuthentication::SecretBasic(Secret::new(SECRET.to_owned())),
            verbose_pages: false,
            crowd: 0,
            handlers: true,
            host_name: "127.0.0.1",
            path: "",
            namespace: None,
        }
    }
}

/// An app with the layer, its providers and its stores, all running.
pub struct TestApp {
    pub config: TestConfig,
    pub host: FakeDirectory,
    pub faults: FaultInjector,
    pub settings: Settings,
    pub clock: TestClock,
    pub events: Arc<Mutex<Vec<AuditEvent>>>,
    pub acme: RunningIdp,
    pub initech: RunningIdp,
    pub sso: Sso,
    pub login: AppLogin,
    pub handled: Arc<AtomicUsize>,
    pub router: Router,
    /// The same app on another node, which shares only the stores.
    pub other_node: Router,
    /// The app's origin.
    pub base: String,
    /// What no page and no event may contain: codes, states, tickets and secrets.
    secrets: Mutex<Vec<String>>,
    client: reqwest::Client,
    at_the_provider: tokio::sync::Mutex<()>,
    finished: AtomicUsize,
}

impl TestApp {
    pub async fn new() -> Self {
        Self::of(TestConfig::default()).await
    }

    pub async fn of(config: TestConfig) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let base = format!("http://{}:{port}{}", config.host_name, config.path);
        let clock = TestClock::new();
        let acme = (config.provider)(provider("Acme", &base, "1", &clock, config.crowd));
        let mut app = (config.service_provider)(service_provider(&base, "1"));
        if let Some(binding) = config.saml_logout {
            app = app.single_logout(format!("{base}/sso/1/saml/slo"), binding);
        }
        let acme = acme.service_provider(app);
        let acme = (config.clients)(&base).into_iter().fold(acme, TestIdpBuilder::client);
        let acme = acme.build().unwrap().serve("127.0.0.1:0").await.unwrap();
        let initech = provider("Initech", &base, "2", &clock, 0);
        let initech = initech.build().unwrap().serve("127.0.0.1:0").await.unwrap();

        let host = FakeDirectory::new();
        for (organization, account) in [("2", "bob")]
            .map(|(o, a)| (o.to_owned(), a.to_owned()))
            .into_iter()
            .chain((0..config.crowd).map(|at| ("1".to_owned(), format!("user-{at}"))))
        {
            let key = (organization.into(), account.clone().into());
            host.state.memberships.lock().unwrap().insert(key, Membership::member());
            host.state.emails.lock().unwrap().insert(account.clone().into(), vec![email(&account)]);
        }
        for account in ["eve", "mallory"] {
            host.state.emails.lock().unwrap().insert(account.into(), vec![email(account)]);
        }

        let faults = FaultInjector::default();
        let settings = Settings::new(connections(&config, &acme, &initech));
        let events: Arc<Mutex<Vec<AuditEvent>>> = Arc::default();
        let kept = Faulty { inner: config.store.clone(), faults: faults.clone() };
        let sink = Arc::clone(&events);
        let node = |keys: &Option<KeyRing>| {
            let sink = Arc::clone(&sink);
            let builder = Sso::builder(
                &base,
                Faulty { inner: host.clone(), faults: faults.clone() },
                Faulty { inner: settings.clone(), faults: faults.clone() },
            )
            .store(kept.clone())
            .clock(clock.clock())
            .lookup_timeout(config.lookup_timeout)
            .without_organization("/by-hand")
            .audit_sink(move |event: &AuditEvent| sink.lock().unwrap().push(event.clone()));
            let told = Faulty { inner: host.clone(), faults: faults.clone() };
            let builder = if config.handlers {
                builder.tokens(told.clone()).join(told.clone()).on_logout(told)
            } else {
                builder
            };
            let builder = match config.namespace {
                Some(namespace) => builder.namespace(namespace()),
                None => builder,
            };
            let builder = if config.verbose_pages { builder.pages(VerbosePages) } else { builder };
            let builder = match keys {
                Some(keys) => builder.keys(keys.clone()),
                None => builder,
            };
            builder.build().unwrap()
        };
        let (sso, other_node) = (node(&config.keys[0]), node(&config.keys[1]));

        let (handled, login) = (Arc::default(), AppLogin::default());
        let app =
            |sso: &Sso| AppState { sso: sso.clone(), handled: Arc::clone(&handled), login: login.clone() };
        let (router, other_node) = (router(app(&sso)), router(app(&other_node)));
        let served = behind_a_proxy(router.clone(), config.path);
        tokio::spawn(async move { axum::serve(listener, served).await });
        Self {
            config,
            host,
            faults,
            settings,
            clock,
            events,
            acme,
            initech,
            sso,
            login,
            handled,
            router,
            other_node,
            base,
            secrets: Mutex::new(vec![SECRET.to_owned()]),
            client: reqwest::Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
                .build()
                .unwrap(),
            at_the_provider: tokio::sync::Mutex::default(),
            finished: AtomicUsize::new(0),
        }
    }

    /// Returns an address of the app.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Returns the provider of an organization.
    pub fn idp(&self, organization: &str) -> &RunningIdp {
        match organization {
            "1" => &self.acme,
            "2" => &self.initech,
            other => panic!("organization {other} has no provider"),
        }
    }

    /// Returns the key ring of the first node.
    pub fn keys(&self) -> KeyRing {
        self.config.keys[0].clone().or_else(|| OneTime::key_ring(&self.config.store)).unwrap()
    }

    /// Returns the settings of organization 1, for a test to change.
    pub fn connection(&self) -> ConnectionSettings {
        connection(&self.config, &self.acme)
    }

    /// Replaces the connection of organization 1.
    pub fn change(&self, connection: ConnectionSettings) {
        self.settings.change(FixedConnections::build([connection]).unwrap());
    }

    /// Returns how often a handler behind the layer ran.
    pub fn handled(&self) -> usize {
        self.handled.load(Ordering::SeqCst)
    }

    /// Returns the names of the audit events since the last call, in order.
    pub fn actions(&self) -> Vec<&'static str> {
        self.events.lock().unwrap().drain(..).map(|event| event.action.name()).collect()
    }
}

/// Returns the app behind a proxy that removes `path` from each request, and passes on no other requests.
fn behind_a_proxy(
    router: Router,
    path: &'static str,
) -> IntoMakeService<
    impl Service<Request, Response = Response, Error = Infallible, Future: Send> + Clone + Send + 'static,
> {
    let proxied = router.map_request(move |mut request: Request| {
        let sent = request.uri().path_and_query().unwrap().as_str();
        let left = sent.strip_prefix(path).unwrap_or("/not-found/of/the/proxy");
        *request.uri_mut() = if left.is_empty() { "/" } else { left }.parse().unwrap();
        request
    });
    axum::ServiceExt::<Request>::into_make_service(proxied)
}

fn provider(title: &str, base: &str, organization: &str, clock: &TestClock, crowd: usize) -> TestIdpBuilder {
    let callback = format!("{base}/sso/{organization}/oidc/callback");
    // The second client is for tests that change the client.
    let client = |id: &str| {
        TestClient::new(id)
            .redirect_uri(&callback)
            .secret(SECRET)
            .initiate_login_uri(format!("{base}/sso/{organization}/oidc/initiate"))
            .tile_target(format!("{base}{RETURN_TO}"))
    };
    let builder = TestIdp::builder()
        .title(title)
        .host_name("localhost")
        .without_pick_list()
        .clock(clock.clock())
        .key(TestKey::shared(SigningAlg::Es256).unwrap())
        .client(client(&format!("hub-{organization}")))
        .client(client("hub-renamed"));
    let crowd = (0..crowd).map(|at| format!("user-{at}"));
    let names = ["ada", "bob", "eve", "mallory"].into_iter().map(str::to_owned).chain(crowd);
    names.fold(builder, |builder, name| {
        builder.user(TestUser::new(&name).email(email(&name)).password("a password"))
    })
}

/// Returns the app as a provider knows it with SAML.
fn service_provider(base: &str, organization: &str) -> TestServiceProvider {
    let page = |page: &str| format!("{base}/sso/{organization}/saml/{page}");
    TestServiceProvider::new(page("metadata")).acs(page("acs"))
}

fn connections(config: &TestConfig, acme: &RunningIdp, initech: &RunningIdp) -> FixedConnections {
    let secret = ClientAuthentication::SecretPost(Secret::new(SECRET.to_owned()));
    let initech = OidcSettings::new(initech.issuer(), ClientId::new("hub-2"), secret);
    FixedConnections::build([
        connection(config, acme),
        ConnectionSettings::oidc("2", Enforcement::Enforced, initech).name("Initech"),
    ])
    .unwrap()
}

fn connection(config: &TestConfig, acme: &RunningIdp) -> ConnectionSettings {
    if let Some(change) = config.saml {
        let source = if config.saml_metadata {
            IdpSource::MetadataUrl { url: acme.saml_entity_id(), entity_id: None, signed_by: None }
        } else {
            IdpSource::Fields {
                entity_id: acme.saml_entity_id(),
                sso_url: acme.saml_sso_url(),
                certificates: vec![acme.certificate_pem().unwrap()],
            }
        };
        let saml = change(SamlSettings::new(source));
        return (config.connection)(ConnectionSettings::saml("1", Enforcement::Enforced, saml).name("Acme"));
    }
    let oidc = (config.oidc)(OidcSettings::new(
        acme.issuer(),
        ClientId::new(&config.client_id),
        config.authentication.clone(),
    ));
    (config.connection)(ConnectionSettings::oidc("1", Enforcement::Enforced, oidc).name("Acme"))
}

/// Returns an account's only email address.
pub fn email(account: &str) -> String {
    format!("{account}@acme.example")
}

/// The clock that the app and its providers read.
#[derive(Clone)]
pub struct TestClock(Arc<Mutex<SystemTime>>);

impl TestClock {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(SystemTime::now())))
    }

    fn clock(&self) -> Clock {
        let clock = self.clone();
        Clock::from_fn(move || clock.now())
    }

    pub fn now(&self) -> SystemTime {
        *self.0.lock().unwrap()
    }

    pub fn advance(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }

    pub fn back(&self, by: Duration) {
        *self.0.lock().unwrap() -= by;
    }

    pub fn seconds(&self, seconds: u64) {
        self.advance(Duration::from_secs(seconds));
    }
}
