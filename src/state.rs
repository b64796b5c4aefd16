//! [`Core`]: the state that the layer, the SSO login and the methods of [`Sso`](crate::Sso) share.
//!
//! It holds the app's implementations, the stores and the settings, and it has no rules. The rules are functions in
//! other modules that take a `&Core`.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use tower_sso_core::{
    Clock, Lookup, LookupError,
    keys::KeyRing,
    store::{JoinLinks, Links, OneTime, SessionStore},
};

use crate::{
    address::Addresses,
    audit::{event::AuditEvent, sink::AuditSink},
    connection::checked::Connections,
    directory::{app::Directory, join::JoinHandler, logout::LogoutHandler, tokens::TokenDirectory},
    fresh::end_notifier::EndNotifier,
    limits::Limiter,
    metrics::measures::looked_up,
    namespace::{outside_paths::OutsidePaths, placement::PlacementLog, reading::Namespace},
    pages::page_set::PageSet,
};

/// The state that the layer and the SSO login share. The app's types are erased here, once.
pub(crate) struct Core {
    pub(crate) directory: Arc<dyn Directory>,
    pub(crate) connections: Arc<dyn Connections>,
    pub(crate) tokens: Arc<dyn TokenDirectory>,
    pub(crate) join: Arc<dyn JoinHandler>,
    #[cfg_attr(not(feature = "saml"), allow(dead_code))] // Only SAML has a logout.
    pub(crate) on_logout: Arc<dyn LogoutHandler>,
    pub(crate) sessions: Arc<dyn SessionStore>,
    pub(crate) one_time: Arc<dyn OneTime>,
    pub(crate) links: Arc<dyn Links>,
    pub(crate) join_links: Arc<dyn JoinLinks>,
    pub(crate) clock: Clock,
    /// Seals what the one-time store keeps.
    pub(crate) keys: KeyRing,
    pub(crate) audit: Arc<dyn AuditSink>,
    pub(crate) pages: PageSet,
    pub(crate) addresses: Addresses,
    pub(crate) namespace: Namespace,
    pub(crate) outside_paths: OutsidePaths,
    /// Whether a request for an organization that the app does not know is answered with 404.
    pub(crate) hides_unknown: bool,
    pub(crate) placement: PlacementLog,
    pub(crate) lookup_timeout: Duration,
    pub(crate) end_notifier: Arc<EndNotifier>,
    pub(crate) limits: Limiter,
    #[cfg(any(feature = "oidc", feature = "saml"))]
    pub(crate) outbound: tower_sso_http::Outbound,
}

impl Core {
    /// Returns the time of the clock that the builder was given.
    pub(crate) fn now(&self) -> SystemTime {
        self.clock.now()
    }

    /// Records an event, and adds what is known about the current request.
    pub(crate) fn record(&self, event: AuditEvent) {
        self.audit.record(&event.with_current_request());
    }

    /// Awaits one lookup, at most for the lookup timeout. `verb` is the lookup's name in errors and metrics. A late
    /// lookup is an error.
    pub(crate) async fn with_timeout<T: 'static>(
        &self,
        lookup: Lookup<T>,
        verb: &'static str,
    ) -> Result<T, LookupError> {
        match tokio::time::timeout(self.lookup_timeout, looked_up(verb, lookup)).await {
            Ok(answer) => answer,
            Err(_) => Err(LookupError::new(format!("{verb}: no answer in time"))),
        }
    }
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Core")
    }
}
