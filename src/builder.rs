//! The builder of [`Sso`](crate::Sso): what an app can set, the defaults, and the checks of the settings together.

use std::{sync::Arc, time::Duration};

use tower_sso_core::{
    Clock, ConfigError,
    keys::KeyRing,
    store::{JoinLinks, Links, MemoryStore, OneTime, SessionStore},
};

use crate::{
    address::Addresses,
    audit::sink::{AuditSink, TracingSink},
    connection::checked::Connections,
    directory::{
        app::Directory,
        join::{JoinHandler, NoJoining},
        logout::{KeepSessions, LogoutHandler},
        tokens::{NoTokens, TokenDirectory},
    },
    fresh::end_notifier::EndNotifier,
    limits::Limiter,
    namespace::{outside_paths::OutsidePaths, placement::PlacementLog, reading::Namespace},
    pages::{default::DefaultPages, page_set::PageSet, renderer::Pages},
    state::Core,
};

/// Builds an [`Sso`](crate::Sso). The required values are arguments of [`Sso::builder`](crate::Sso::builder). Each
/// setting has a default.
pub struct SsoBuilder {
    base_url: String,
    mount: String,
    directory: Arc<dyn Directory>,
    connections: Arc<dyn Connections>,
    tokens: Arc<dyn TokenDirectory>,
    join: Arc<dyn JoinHandler>,
    on_logout: Arc<dyn LogoutHandler>,
    sessions: Option<Arc<dyn SessionStore>>,
    one_time: Option<Arc<dyn OneTime>>,
    links: Option<Arc<dyn Links>>,
    join_links: Option<Arc<dyn JoinLinks>>,
    namespace: Option<Namespace>,
    without_organization: Vec<String>,
    outside_fallback: bool,
    hides_unknown: bool,
    pages: Arc<dyn Pages>,
    audit: Arc<dyn AuditSink>,
    clock: Clock,
    keys: Option<KeyRing>,
    lookup_timeout: Duration,
}

impl SsoBuilder {
    pub(crate) fn new(
        base_url: &str,
        directory: Arc<dyn Directory>,
        connections: Arc<dyn Connections>,
    ) -> Self {
        Self {
            base_url: base_url.to_owned(),
            mount: "/sso".to_owned(),
            directory,
            connections,
            tokens: Arc::new(NoTokens),
            join: Arc::new(NoJoining),
            on_logout: Arc::new(KeepSessions),
            sessions: None,
            one_time: None,
            links: None,
            join_links: None,
            namespace: None,
            without_organization: Vec::new(),
            outside_fallback: false,
            hides_unknown: false,
            pages: Arc::new(DefaultPages::default()),
            audit: Arc::new(TracingSink),
            clock: Clock::system(),
            keys: None,
            lookup_timeout: Duration::from_secs(3),
        }
    }

    /// Sets the directory of the app's API tokens. Without it, no token can be authorized for an organization. See
    /// the [handbook](crate::handbook), *API tokens*.
    #[must_use]
    pub fn tokens(mut self, tokens: impl TokenDirectory) -> Self {
        self.tokens = Arc::new(tokens);
        self
    }

    /// Sets the handler that makes accounts members when they come by a join link. Without it, everyone who comes by a
    /// join link is refused. See the [handbook](crate::handbook), *Join links*.
    #[must_use]
    pub fn join(mut self, handler: impl JoinHandler) -> Self {
        self.join = Arc::new(handler);
        self
    }

    /// Sets the handler that is told of logouts that the app did not start. Without it, app sessions continue. See
    /// the [handbook](crate::handbook), *SSO sessions and logout*.
    #[must_use]
    pub fn on_logout(mut self, handler: impl LogoutHandler) -> Self {
        self.on_logout = Arc::new(handler);
        self
    }

    /// Sets the path below which the SSO routes are. The default is `/sso`.
    #[must_use]
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.mount = path.into();
        self
    }

    /// Sets how the layer reads the organization of a request. By default it reads the path parameter `org` of axum's
    /// router.
    #[must_use]
    pub fn namespace(mut self, namespace: Namespace) -> Self {
        self.namespace = Some(namespace);
        self
    }

    /// Declares a path that belongs to no organization, with everything below it. Examples are the mount `/assets`
    /// and the route `/users/{name}`. If the first segment of a route is a parameter (`/{page}`, `/{*rest}`), the
    /// declaration covers only that route.
    ///
    /// Routes that have a parameter or a wildcard but no organization need this. Nested services need it too, because
    /// they have no matched path. Without it the layer answers 500 or 404 there. Static routes such as `/about` do
    /// not need it. It has no effect with [`Namespace::patterns`] and [`Namespace::from_fn`]. With
    /// [`Namespace::host`] it covers the path on every host.
    ///
    /// If the router captures the organization's parameter, the capture takes precedence: with `/assets` declared and
    /// no route below it, `/assets/x` still matches `/{org}/{repo}`.
    #[must_use]
    pub fn without_organization(mut self, path: impl Into<String>) -> Self {
        self.without_organization.push(path.into());
        self
    }

    /// Answers 404 to signed-in visitors if the app does not know the organization. By default such a request
    /// passes, as [`NotRequired::UnknownOrganization`](crate::NotRequired::UnknownOrganization).
    ///
    /// An app needs this if its handlers accept more spellings of an organization than [`Directory::organization`]
    /// knows. An example is `/n/01/plans`, where the handler parses `1`.
    #[must_use]
    pub fn hide_unknown_organizations(mut self) -> Self {
        self.hides_unknown = true;
        self
    }

    /// Returns the settings that weaken what the layer promises.
    #[must_use]
    pub fn dangerous(self) -> DangerousSsoBuilder {
        DangerousSsoBuilder(self)
    }

    /// Sets one store for everything: SSO sessions, one-time values, account links and join links. The default store
    /// keeps them in memory and forgets them at a restart. To keep the parts in separate stores, use the four setters
    /// below. If only some of them are set, [`build`](Self::build) returns an error, so that no part stays in memory
    /// by oversight.
    #[must_use]
    pub fn store(mut self, store: impl SessionStore + OneTime + Links + JoinLinks) -> Self {
        let store = Arc::new(store);
        self.sessions = Some(Arc::clone(&store) as Arc<dyn SessionStore>);
        self.one_time = Some(Arc::clone(&store) as Arc<dyn OneTime>);
        self.links = Some(Arc::clone(&store) as Arc<dyn Links>);
        self.join_links = Some(store);
        self
    }

    /// Sets the store for SSO sessions. The default is memory.
    #[must_use]
    pub fn sessions(mut self, store: impl SessionStore) -> Self {
        self.sessions = Some(Arc::new(store));
        self
    }

    /// Sets the store for pending logins, tickets and claims. The default is memory.
    #[must_use]
    pub fn one_time(mut self, store: impl OneTime) -> Self {
        self.one_time = Some(Arc::new(store));
        self
    }

    /// Sets the store for account links. The default is memory, which forgets them at a restart.
    #[must_use]
    pub fn links(mut self, store: impl Links) -> Self {
        self.links = Some(Arc::new(store));
        self
    }

    /// Sets the store for join links. The default is memory, which forgets them at a restart.
    #[must_use]
    pub fn join_links(mut self, store: impl JoinLinks) -> Self {
        self.join_links = Some(Arc::new(store));
        self
    }

    /// Sets the pages that visitors see. The default is [`DefaultPages`].
    #[must_use]
    pub fn pages(mut self, pages: impl Pages) -> Self {
        self.pages = Arc::new(pages);
        self
    }

    /// Sets where audit events go. The default is [`TracingSink`].
    #[must_use]
    pub fn audit_sink(mut self, sink: impl AuditSink) -> Self {
        self.audit = Arc::new(sink);
        self
    }

    /// Sets the clock. The default is the system's clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Sets the key ring that seals pending logins, tickets and claims in the store. Every node of an app has the same
    /// one. By default it is the one that [belongs to the store](crate::store::OneTime::key_ring): the key file beside a
    /// SQLite database, or a key that the store in memory makes. For any other store, it has to be set.
    #[must_use]
    pub fn keys(mut self, keys: KeyRing) -> Self {
        self.keys = Some(keys);
        self
    }

    /// Sets how long a lookup may take: 3 seconds by default, at most 1 minute. In the layer, this limit applies to
    /// all lookups of one request together. On the SSO pages, and in the list of pending organizations, it applies to
    /// each lookup.
    #[must_use]
    pub fn lookup_timeout(mut self, timeout: Duration) -> Self {
        self.lookup_timeout = timeout;
        self
    }

    /// Checks the settings and returns the state that all clones of the handle share.
    pub(crate) fn into_core(self) -> Result<Core, ConfigError> {
        if self.lookup_timeout.is_zero() || self.lookup_timeout > Duration::from_secs(60) {
            return Err(ConfigError::new(
                "lookup_timeout",
                "expected more than nothing and at most 1 minute",
            ));
        }
        let addresses = Addresses::parse(&self.base_url, &self.mount)?;
        let namespace = self.namespace.unwrap_or_else(|| Namespace::router_param("org"));
        let addresses = match namespace.host_pattern() {
            Some(pattern) => addresses.with_hosts(pattern.base())?,
            None => addresses,
        };
        let mut outside_paths = OutsidePaths::default();
        outside_paths.add(addresses.mount())?;
        for path in &self.without_organization {
            if namespace.names_parameter_in(path) {
                let problem =
                    format!("{path:?} names the organization's parameter, so it belongs to an organization");
                return Err(ConfigError::new("without_organization", problem));
            }
            outside_paths.add(path)?;
        }
        if self.outside_fallback {
            outside_paths.add_fallback();
        }
        crate::metrics::measures::describe();
        let stores = Stores::of(self.sessions, self.one_time, self.links, self.join_links)?;
        let keys = self.keys.or_else(|| stores.one_time.key_ring()).ok_or_else(|| {
            ConfigError::new("keys", "expected a key ring, since the store has none: set it with `keys`")
        })?;
        let end_notifier = EndNotifier::new(
            Arc::clone(&stores.sessions),
            Arc::clone(&self.connections),
            keys.clone(),
            self.clock.clone(),
        );
        Ok(Core {
            directory: self.directory,
            connections: self.connections,
            tokens: self.tokens,
            join: self.join,
            on_logout: self.on_logout,
            sessions: stores.sessions,
            one_time: stores.one_time,
            links: stores.links,
            join_links: stores.join_links,
            clock: self.clock,
            keys,
            audit: crate::metrics::measures::sink(self.audit),
            pages: PageSet::new(self.pages, &addresses),
            addresses,
            namespace,
            outside_paths,
            hides_unknown: self.hides_unknown,
            placement: PlacementLog::default(),
            lookup_timeout: self.lookup_timeout,
            end_notifier: Arc::new(end_notifier),
            limits: Limiter::default(),
            #[cfg(any(feature = "oidc", feature = "saml"))]
            outbound: tower_sso_http::Outbound::new(tower_sso_http::Limits::default())
                .observed_by(crate::metrics::called),
        })
    }
}

/// The four stores: all set by the app, or all in memory.
struct Stores {
    sessions: Arc<dyn SessionStore>,
    one_time: Arc<dyn OneTime>,
    links: Arc<dyn Links>,
    join_links: Arc<dyn JoinLinks>,
}

impl Stores {
    fn of(
        sessions: Option<Arc<dyn SessionStore>>,
        one_time: Option<Arc<dyn OneTime>>,
        links: Option<Arc<dyn Links>>,
        join_links: Option<Arc<dyn JoinLinks>>,
    ) -> Result<Self, ConfigError> {
        match (sessions, one_time, links, join_links) {
            (None, None, None, None) => {
                let memory = MemoryStore::default();
                Ok(Self {
                    sessions: Arc::new(memory.clone()),
                    one_time: Arc::new(memory.clone()),
                    links: Arc::new(memory.clone()),
                    join_links: Arc::new(memory),
                })
            }
            (Some(sessions), Some(one_time), Some(links), Some(join_links)) => {
                Ok(Self { sessions, one_time, links, join_links })
            }
            (sessions, one_time, links, join_links) => {
                let set = [
                    ("sessions", sessions.is_some()),
                    ("one_time", one_time.is_some()),
                    ("links", links.is_some()),
                    ("join_links", join_links.is_some()),
                ];
                let missing: Vec<_> = set.iter().filter(|(_, set)| !set).map(|(name, _)| *name).collect();
                let problem = format!(
                    "expected all four stores or none, found none for {}: set it, or set one store for \
                     everything with `store`",
                    missing.join(", "),
                );
                Err(ConfigError::new("store", problem))
            }
        }
    }
}

/// Settings that weaken what the layer promises. Returned by [`SsoBuilder::dangerous`].
#[derive(Debug)]
pub struct DangerousSsoBuilder(SsoBuilder);

impl DangerousSsoBuilder {
    /// Lets requests that match no route pass to the fallback and to nested services inside the layer.
    ///
    /// Nothing assigns these requests to an organization any more. No such fallback or service may serve an
    /// organization's content. If one captures a path parameter, the answer is still 500. A fallback that is added
    /// after the layer does not need this setting.
    #[must_use]
    pub fn fallback_without_organization(mut self) -> SsoBuilder {
        self.0.outside_fallback = true;
        self.0
    }
}

impl std::fmt::Debug for SsoBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SsoBuilder")
            .field("base_url", &self.base_url)
            .field("mount", &self.mount)
            .field("namespace", &self.namespace)
            .finish_non_exhaustive()
    }
}
