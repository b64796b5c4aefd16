//! The [`Sso`] handle: the value that an app holds to guard its routes and to end SSO sessions.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use http::Uri;

use crate::{
    address::Addresses,
    audit::{AuditEvent, action::Action, reference::Reference, sink::AuditSink},
    builder::SsoBuilder,
    connection::Connections,
    directory::{Credential, Directory},
    enforce::{
        layer::SsoLayer,
        namespace::{Namespace, free::FreePaths},
        placement::Placement,
        step_up::StepUp,
    },
    head::RequestHead,
    id::{AccountId, OrgId},
    login::{CLAIM_LIFETIME, FINISH, LOGIN_LIFETIME, limits::Limiter, return_path::ReturnPath},
    lookup::LookupError,
    pages::set::PageSet,
    session::{
        endings::Endings,
        join_links::JoinLinks,
        links::Links,
        one_time::OneTime,
        store::{Revocation, RevocationScope, RevokeOutcome, SessionStore},
    },
    time::{Clock, later},
};

/// Enforces SSO for the organizations of one app. An app builds one `Sso` with [`Sso::builder`]; cloning it is cheap.
#[derive(Clone)]
pub struct Sso(Arc<Core>);

/// The state that the layer and the SSO login share. The host's types are erased here, once.
pub(crate) struct Core {
    pub(crate) directory: Arc<dyn Directory>,
    pub(crate) connections: Arc<dyn Connections>,
    pub(crate) sessions: Arc<dyn SessionStore>,
    pub(crate) one_time: Arc<dyn OneTime>,
    pub(crate) links: Arc<dyn Links>,
    pub(crate) join_links: Arc<dyn JoinLinks>,
    pub(crate) clock: Clock,
    pub(crate) audit: Arc<dyn AuditSink>,
    pub(crate) pages: PageSet,
    pub(crate) addresses: Addresses,
    pub(crate) namespace: Namespace,
    pub(crate) free: FreePaths,
    /// Whether a request for an organization that the host does not know is answered with 404.
    pub(crate) hides_unknown: bool,
    pub(crate) placement: Placement,
    pub(crate) lookup_timeout: Duration,
    pub(crate) endings: Arc<Endings>,
    pub(crate) limits: Limiter,
    #[cfg(any(feature = "oidc", feature = "saml"))]
    pub(crate) outbound: crate::provider::outbound::Outbound,
}

impl Sso {
    /// Starts building an [`Sso`]. `base_url` is the app's own address (`https://hub.example`, or `http` on
    /// loopback). The crate never reads the headers `Host` and `X-Forwarded-*`.
    pub fn builder(base_url: &str, directory: impl Directory, connections: impl Connections) -> SsoBuilder {
        SsoBuilder::new(base_url, Arc::new(directory), Arc::new(connections))
    }

    pub(crate) fn from_core(core: Core) -> Self {
        Self(Arc::new(core))
    }

    #[inline]
    pub(crate) fn core(&self) -> &Core {
        &self.0
    }

    /// Guards a finished router: adds the layer around every route and fallback that the router has, then adds the
    /// SSO routes. Call it last, after all routes, merges, nests and fallbacks. Only the app's own authentication and
    /// other layers follow.
    ///
    /// Routes that are added to a router after a layer are outside that layer, and nothing can detect this. That is
    /// why this call must come last.
    ///
    /// ```
    /// # use axum::{Router, extract::Request, middleware::{Next, from_fn}, response::Response, routing::get};
    /// # async fn authenticate(request: Request, next: Next) -> Response { next.run(request).await }
    /// # fn app(sso: tower_sso::Sso) -> Router {
    /// let app = Router::new().route("/{org}/{repo}", get(|| async { "a repository" }));
    /// sso.guard(app).layer(from_fn(authenticate))
    /// # }
    /// ```
    pub fn guard<S: Clone + Send + Sync + 'static>(&self, router: axum::Router<S>) -> axum::Router<S> {
        router.layer(self.layer()).merge(self.routes())
    }

    /// Returns the layer. The app's own authentication must run before it, which means that the layer is inside the
    /// authentication. [`Sso::guard`] adds the layer to a whole router. Use this method where only some routes belong
    /// to organizations, or without an axum router.
    #[must_use]
    pub fn layer(&self) -> SsoLayer {
        SsoLayer::new(self.clone())
    }

    /// Returns the static routes (`/about`) that requests have reached through the layer until now, sorted. These
    /// routes belong to no organization, because their path is fixed. Check that none of these routes serves an
    /// organization's content. Routes that [`without_organization`](SsoBuilder::without_organization) declares are
    /// not listed.
    #[must_use]
    pub fn static_routes(&self) -> Vec<String> {
        self.core().placement.static_routes()
    }

    /// Returns the SSO routes, below the mount path (`/sso` by default). Merge them into the app's router beside the
    /// guarded routes, inside the app's own authentication.
    ///
    /// | page of an organization | what it does |
    /// |---|---|
    /// | `GET start` | shows that the organization wants an SSO login; its button posts to `begin` |
    /// | `POST begin` | begins an SSO login and sends the browser to the provider |
    /// | `GET`, `POST oidc/callback` | receives the answer of an OpenID Connect provider |
    /// | `GET`, `POST oidc/initiate` | receives an SSO login that starts at the provider, for example from a tile (OpenID Connect Core §4), and leads to the start page. `iss` must be the connection's issuer, and `target_link_uri` must be an address of this site. `login_hint` is sent to the provider if the person presses the button of the start page |
    /// | `POST saml/acs` | receives the response of a SAML provider |
    /// | `GET saml/metadata` | serves our metadata for a SAML provider |
    /// | `GET`, `POST saml/confirm` | asks whether to finish an SSO login that a SAML provider started |
    /// | `GET`, `POST saml/slo` | receives a SAML provider's logout requests, and its answers to our logout requests |
    /// | `POST saml/logout` | ends the viewer's SSO session here, then asks a SAML provider to end its own session |
    /// | `GET finish` | turns the ticket and the viewer into an SSO session |
    /// | `GET`, `POST join` | shows the organization of a join link; its button sends the browser to the provider |
    /// | `GET join/finish` | hands a visitor without an account to the app, which creates the account |
    /// | `GET join/claim` | makes that account, now signed in, a member with an SSO session |
    /// | `GET`, `POST tokens` | lets the owner of API tokens authorize them; `tokens.json` is the same for scripts |
    /// | `POST later` | dismisses the banner where SSO is optional |
    /// | `GET status` | tells scripts whether the viewer has an SSO session |
    pub fn routes<S: Clone + Send + Sync + 'static>(&self) -> axum::Router<S> {
        crate::login::routes(self.clone())
    }

    /// Ends the SSO sessions of a credential. Call this when the host has signed this app session out, or has revoked
    /// this API token. SSO logins in progress with the credential are refused. Returns how many sessions ended.
    ///
    /// # Errors
    ///
    /// Returns an error if the store fails. The sessions may then still be active: try again.
    pub async fn signed_out(&self, credential: &Credential) -> Result<usize, crate::lookup::Error> {
        self.revoke(RevocationScope::Credential(credential.clone())).await
    }

    /// Ends the SSO sessions in this scope, and the SSO logins in progress in it. Returns how many sessions ended. If
    /// a person asked for this, use [`acting`](Sso::acting) to name that person in the audit event.
    ///
    /// # Errors
    ///
    /// Returns an error if the store fails. The sessions may then still be active: try again.
    pub async fn revoke(&self, scope: RevocationScope) -> Result<usize, crate::lookup::Error> {
        Ok(self.end(scope).await?.count)
    }

    /// Does what [`Sso::revoke`] does, and returns the sessions that ended if the store reports them.
    pub(crate) async fn end(&self, scope: RevocationScope) -> Result<RevokeOutcome, LookupError> {
        let core = self.core();
        let at = core.clock.now();
        let mark_until = later(at, LOGIN_LIFETIME + CLAIM_LIFETIME + FINISH);
        let revocation = Revocation { scope, at, mark_until };
        let revoked = self.within(core.sessions.revoke(&revocation), "session.revoke").await;
        core.endings.tell(&revocation.scope);
        let revoked = revoked?;
        for event in crate::audit::ended(at, revocation.scope, &revoked)? {
            core.record(event);
        }
        Ok(revoked)
    }

    /// Returns the address of the page where the owner of API tokens authorizes them for the organization, sees them
    /// and revokes their authorization. The challenge to a token leads to this page. See
    /// [`tokens`](crate::handbook::tokens).
    #[must_use]
    pub fn tokens_url(&self, organization: &OrgId) -> String {
        self.core().addresses.tokens(organization, &StepUp::new())
    }

    /// Removes the account link between an account and the provider's user, and ends the account's SSO sessions in
    /// the organization. The next SSO login creates a new link. Returns whether there was a link.
    ///
    /// # Errors
    ///
    /// Returns an error if a store fails.
    pub async fn unlink(
        &self,
        organization: &OrgId,
        account: &AccountId,
    ) -> Result<bool, crate::lookup::Error> {
        let core = self.core();
        self.revoke(RevocationScope::Member(organization.clone(), account.clone())).await?;
        let removed = self.within(core.links.unlink(organization, account), "links.unlink").await?;
        if removed {
            let event = AuditEvent::new(core.clock.now(), Reference::new()?, Action::LinkRemoved);
            core.record(event.organization(organization).account(account));
        }
        Ok(removed)
    }

    /// Returns where the person was: the original address of a navigation, if the person can return to it.
    pub(crate) fn return_path(&self, head: RequestHead<'_>) -> ReturnPath {
        path_of(original_uri(head)).unwrap_or_else(ReturnPath::root)
    }

    /// Returns where the person was: the page on which htmx runs, if the page belongs to this site.
    pub(crate) fn htmx_return_path(&self, head: RequestHead<'_>) -> ReturnPath {
        let page = head.headers.get("hx-current-url").and_then(|url| url.to_str().ok());
        let path = page.and_then(|url| url.strip_prefix(self.core().addresses.origin()));
        let path = path.and_then(|path| ReturnPath::parse(path.split('#').next().unwrap_or_default()));
        path.unwrap_or_else(ReturnPath::root)
    }
}

fn path_of(uri: &Uri) -> Option<ReturnPath> {
    ReturnPath::parse(uri.path_and_query()?.as_str())
}

/// The address as the client sent it, before any nesting removed a prefix.
fn original_uri(head: RequestHead<'_>) -> &Uri {
    if let Some(original) = head.extensions.get::<axum::extract::OriginalUri>() {
        return &original.0;
    }
    head.uri
}

impl Core {
    pub(crate) fn now(&self) -> SystemTime {
        self.clock.now()
    }

    /// Records an event, with what is known about the request in which it happened.
    pub(crate) fn record(&self, event: AuditEvent) {
        self.audit.record(&event.completed());
    }
}

impl fmt::Debug for Sso {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sso").field("addresses", &self.0.addresses).finish_non_exhaustive()
    }
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Core")
    }
}
