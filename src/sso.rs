//! The one value an app holds.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use http::Uri;

use crate::{
    AccountId, Connections, Credential, Directory, LookupError, OrgId, RequestHead, ReturnPath, SsoBuilder,
    SsoLayer, StepUp,
    address::Addresses,
    audit::{Action, AuditEvent, AuditSink, Reference},
    enforce::{FreePaths, Namespace, Placement},
    login::{CLAIM_LIFETIME, FINISH, LOGIN_LIFETIME, limits::Limiter},
    pages::PageSet,
    session::{Endings, RevocationScope},
    store::{Clock, JoinLinks, Links, OneTime, Revocation, RevokeOutcome, SessionStore},
    time::later,
};

/// Single sign-on for the organizations of one app: made once by [`Sso::builder`], cheap to clone.
#[derive(Clone)]
pub struct Sso(Arc<Core>);

/// Everything the layer and the SSO login use. Host types are erased here, once.
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
    /// Whether an organization that the host does not know is answered with 404.
    pub(crate) hides_unknown: bool,
    pub(crate) placement: Placement,
    pub(crate) lookup_timeout: Duration,
    pub(crate) endings: Arc<Endings>,
    pub(crate) limits: Limiter,
    #[cfg(any(feature = "oidc", feature = "saml"))]
    pub(crate) outbound: crate::provider::Outbound,
}

impl Sso {
    /// Starts building. `base_url` is the app's own address (`https://hub.example`, or http on loopback); the headers
    /// `Host` and `X-Forwarded-*` are never read.
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

    /// Guards a finished router: adds the layer around every route and fallback that it has, then the SSO pages. Call it
    /// last, after all routes, merges, nests and fallbacks; only the app's own authentication and other layers follow.
    ///
    /// What is added to a router after a layer is outside of that layer, and nothing can notice: so the last call is the
    /// one that guards.
    ///
    /// ```
    /// # use axum::{Router, extract::Request, middleware::{Next, from_fn}, response::Response, routing::get};
    /// # async fn authenticate(request: Request, next: Next) -> Response { next.run(request).await }
    /// # fn app(sso: tower_sso::Sso) -> Router {
    /// let app = Router::new().route("/{org}/{repo}", get(|| async { "a repository" }));
    /// sso.guard(app).layer(from_fn(authenticate))
    /// # }
    /// ```
    #[cfg(feature = "axum")]
    pub fn guard<S: Clone + Send + Sync + 'static>(&self, router: axum::Router<S>) -> axum::Router<S> {
        router.layer(self.layer()).merge(self.routes())
    }

    /// The layer. It must be inside the app's own authentication, which has to run before it. [`Sso::guard`] adds it to a
    /// whole router; use it by itself where only some routes belong to organizations, or without an axum router.
    #[must_use]
    pub fn layer(&self) -> SsoLayer {
        SsoLayer::new(self.clone())
    }

    /// The static routes (`/about`) that requests have reached through the layer so far, sorted. They belong to no
    /// organization, since their path is fixed: check that none of them serves an organization's content. Routes that
    /// [`without_organization`](SsoBuilder::without_organization) declares are not listed.
    #[must_use]
    pub fn static_routes(&self) -> Vec<String> {
        self.core().placement.static_routes()
    }

    /// The SSO routes, below the mount path (`/sso` by default). Merge them into the app's router beside the
    /// guarded routes, inside the app's own authentication.
    ///
    /// | page of an organization | what |
    /// |---|---|
    /// | `GET start` | says that an SSO login is wanted; its button posts to `begin` |
    /// | `POST begin` | to the provider |
    /// | `GET`, `POST oidc/callback` | what the provider answers |
    /// | `GET`, `POST oidc/initiate` | an SSO login that starts at the provider, by a tile (OpenID Connect Core §4): `iss` must be the connection's issuer, `target_link_uri` an address of this site, and `login_hint` is shown to the provider if the person presses the button of the start page, to which it leads |
    /// | `POST saml/acs` | what a SAML provider answers |
    /// | `GET saml/metadata` | ours, for a SAML provider |
    /// | `GET`, `POST saml/confirm` | asks about an SSO login that a SAML provider started |
    /// | `GET`, `POST saml/slo` | a SAML provider's logout requests, and its answers to ours |
    /// | `POST saml/logout` | ends the viewer's SSO session here, then asks a SAML provider to end its own |
    /// | `GET finish` | the ticket and the viewer become an SSO session |
    /// | `GET`, `POST join` | a join link: says what it leads into; its button goes to the provider |
    /// | `GET join/finish` | hands a visitor without an account to the app, which makes one |
    /// | `GET join/claim` | that account, signed in, becomes a member and has an SSO session |
    /// | `GET`, `POST tokens` | where the owner of API tokens authorizes them; `tokens.json` is the same for scripts |
    /// | `POST later` | puts the banner off, where an SSO login is only offered |
    /// | `GET status` | where the viewer stands, for scripts |
    #[cfg(feature = "axum")]
    pub fn routes<S: Clone + Send + Sync + 'static>(&self) -> axum::Router<S> {
        crate::login::routes(self.clone())
    }

    /// The host signed this login session out, or ended this token: its SSO sessions end, and SSO logins under way with
    /// it come to nothing.
    ///
    /// # Errors
    ///
    /// When the store can't tell. The sessions may then still stand: try again.
    pub async fn signed_out(&self, credential: &Credential) -> Result<usize, crate::Error> {
        self.revoke(RevocationScope::Credential(credential.clone())).await
    }

    /// Ends the SSO sessions in this scope, and SSO logins in it that are under way. Where somebody asked for it,
    /// [`acting`](Sso::acting) lets the audit event say who.
    ///
    /// # Errors
    ///
    /// When the store can't tell. The sessions may then still stand: try again.
    pub async fn revoke(&self, scope: RevocationScope) -> Result<usize, crate::Error> {
        Ok(self.end(scope).await?.count)
    }

    /// [`Sso::revoke`], with the sessions that were ended where the store tells them.
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

    /// Where the owner of API tokens authorizes them for the organization, sees them and takes that back: the page that
    /// the challenge to a token leads to. See [`tokens`](crate::handbook::tokens).
    #[must_use]
    pub fn tokens_url(&self, organization: &OrgId) -> String {
        self.core().addresses.tokens(organization, &StepUp::new())
    }

    /// Removes the link between an account and the provider's user, so that the next SSO login links anew; ends the
    /// account's SSO sessions in the organization. Answers whether there was a link.
    ///
    /// # Errors
    ///
    /// When a store can't tell.
    pub async fn unlink(&self, organization: &OrgId, account: &AccountId) -> Result<bool, crate::Error> {
        let core = self.core();
        self.revoke(RevocationScope::Member(organization.clone(), account.clone())).await?;
        let removed = self.within(core.links.unlink(organization, account), "links.unlink").await?;
        if removed {
            let event = AuditEvent::new(core.clock.now(), Reference::new()?, Action::LinkRemoved);
            core.record(event.organization(organization).account(account));
        }
        Ok(removed)
    }

    /// Where the person was: the original address of a navigation, if it can be come back to.
    pub(crate) fn return_path(&self, head: RequestHead<'_>) -> ReturnPath {
        path_of(original_uri(head)).unwrap_or_else(ReturnPath::root)
    }

    /// Where the person was: the page that htmx runs on, if it is one of this site.
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

/// The address as the client sent it, above every nesting.
fn original_uri(head: RequestHead<'_>) -> &Uri {
    #[cfg(feature = "axum")]
    if let Some(original) = head.extensions.get::<axum::extract::OriginalUri>() {
        return &original.0;
    }
    head.uri
}

impl Core {
    pub(crate) fn now(&self) -> SystemTime {
        self.clock.now()
    }

    /// Records an event, with what is known of the request that it happened in.
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
