//! Builds an [`Sso`].

use std::{sync::Arc, time::Duration};

use crate::{
    AuditSink, Clock, ConfigError, Connections, DefaultPages, Directory, JoinLinks, Links, MemoryStore,
    Namespace, OneTime, Pages, SessionStore, Sso, TracingSink, address::Addresses, enforce::FreeMounts,
    login::limits::Limiter, pages::PageSet, session::Endings, sso::Core,
};

/// Builds an [`Sso`]. What is required was an argument of [`Sso::builder`]; everything here has a default.
pub struct SsoBuilder {
    base_url: String,
    mount: String,
    directory: Arc<dyn Directory>,
    connections: Arc<dyn Connections>,
    sessions: Option<Arc<dyn SessionStore>>,
    one_time: Option<Arc<dyn OneTime>>,
    links: Option<Arc<dyn Links>>,
    join_links: Option<Arc<dyn JoinLinks>>,
    namespace: Option<Namespace>,
    free: Vec<String>,
    pages: Arc<dyn Pages>,
    audit: Arc<dyn AuditSink>,
    clock: Clock,
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
            sessions: None,
            one_time: None,
            links: None,
            join_links: None,
            namespace: None,
            free: Vec::new(),
            pages: Arc::new(DefaultPages::default()),
            audit: Arc::new(TracingSink),
            clock: Clock::system(),
            lookup_timeout: Duration::from_secs(3),
        }
    }

    /// The path below which our own routes are; `/sso` by default.
    #[must_use]
    pub fn mount(mut self, path: impl Into<String>) -> Self {
        self.mount = path.into();
        self
    }

    /// How the organization of a request is told; by axum's router, from the parameter `org`, by default.
    #[must_use]
    pub fn namespace(mut self, namespace: Namespace) -> Self {
        self.namespace = Some(namespace);
        self
    }

    /// Lists a mount that belongs to no organization and that the layer stands around without seeing a matched path:
    /// a nested service such as `/assets`.
    #[must_use]
    pub fn free_of_organizations(mut self, mount: impl Into<String>) -> Self {
        self.free.push(mount.into());
        self
    }

    /// What keeps SSO sessions; memory by default.
    #[must_use]
    pub fn sessions(mut self, store: impl SessionStore) -> Self {
        self.sessions = Some(Arc::new(store));
        self
    }

    /// What keeps pending logins, tickets and claims; memory by default.
    #[must_use]
    pub fn one_time(mut self, store: impl OneTime) -> Self {
        self.one_time = Some(Arc::new(store));
        self
    }

    /// What keeps account links; memory by default, which forgets them at a restart.
    #[must_use]
    pub fn links(mut self, store: impl Links) -> Self {
        self.links = Some(Arc::new(store));
        self
    }

    /// What keeps join links; memory by default, which forgets them at a restart.
    #[must_use]
    pub fn join_links(mut self, store: impl JoinLinks) -> Self {
        self.join_links = Some(Arc::new(store));
        self
    }

    /// The pages that a visitor meets; [`DefaultPages`] by default.
    #[must_use]
    pub fn pages(mut self, pages: impl Pages) -> Self {
        self.pages = Arc::new(pages);
        self
    }

    /// Where audit events go; [`TracingSink`] by default.
    #[must_use]
    pub fn audit(mut self, sink: impl AuditSink) -> Self {
        self.audit = Arc::new(sink);
        self
    }

    /// The clock; the system's by default.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// How long a lookup may take; 3 seconds by default, 1 minute at most. In the layer all lookups of one request take no
    /// longer together; on the sign-on pages, and in the list of pending organizations, each has that time.
    #[must_use]
    pub fn lookup_timeout(mut self, timeout: Duration) -> Self {
        self.lookup_timeout = timeout;
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// Names the setting and what was expected.
    pub fn build(self) -> Result<Sso, ConfigError> {
        if self.lookup_timeout.is_zero() || self.lookup_timeout > Duration::from_secs(60) {
            return Err(ConfigError::new(
                "lookup_timeout",
                "expected more than nothing and at most 1 minute",
            ));
        }
        let addresses = Addresses::parse(&self.base_url, &self.mount)?;
        let mut free = FreeMounts::default();
        for mount in &self.free {
            free.add(mount)?;
        }
        crate::measure::describe();
        let memory = MemoryStore::default();
        let sessions = self.sessions.unwrap_or_else(|| Arc::new(memory.clone()));
        let endings = Endings::new(Arc::clone(&sessions), Arc::clone(&self.connections), self.clock.clone());
        Ok(Sso::from_core(Core {
            directory: self.directory,
            connections: self.connections,
            sessions,
            one_time: self.one_time.unwrap_or_else(|| Arc::new(memory.clone())),
            links: self.links.unwrap_or_else(|| Arc::new(memory.clone())),
            join_links: self.join_links.unwrap_or_else(|| Arc::new(memory)),
            clock: self.clock,
            audit: crate::measure::sink(self.audit),
            pages: PageSet::new(self.pages, &addresses),
            addresses,
            namespace: self.namespace.map_or_else(default_namespace, Ok)?,
            free,
            lookup_timeout: self.lookup_timeout,
            endings: Arc::new(endings),
            limits: Limiter::default(),
            #[cfg(any(feature = "oidc", feature = "saml"))]
            outbound: crate::provider::Outbound::new(crate::provider::Limits::default()),
        }))
    }
}

fn default_namespace() -> Result<Namespace, ConfigError> {
    #[cfg(feature = "axum")]
    return Ok(Namespace::router_param("org"));
    #[cfg(not(feature = "axum"))]
    return Err(ConfigError::new(
        "namespace",
        "expected patterns or a function, since there is no axum router",
    ));
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
