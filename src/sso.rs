//! The [`Sso`] handle: the value that an app builds once, clones, and calls. Each method delegates to the module that
//! does the work.

use std::{fmt, sync::Arc};

use http::HeaderValue;
use tower_sso_core::{
    AccountId, ConfigError, Credential, CredentialId, JoinLinkId, OrgId, ReturnPath,
    session::{RevocationScope, SessionCursor, SessionId, SessionPage, SessionsOf},
    store::{InsertOutcome, JoinLink},
};

use crate::{
    active_sessions,
    actor::ActingAs,
    builder::SsoBuilder,
    connection::{checked::Connections, reloaded::Reloaded},
    directory::{app::Directory, new_user::NewUser},
    enforce::{
        banner,
        decide::SsoPass,
        layer::SsoLayer,
        pending::{self, Pending},
        require::{self, RequireError},
        step_up_layer::StepUpLayer,
    },
    error::login_error::LoginError,
    fresh::session::FreshSession,
    login::{
        emails_changed,
        join::{
            handover,
            links::{self, NewJoinLink},
        },
        routes::routes as login_routes,
    },
    rebind, reload_events,
    request_head::RequestHead,
    revoke, signed_out,
    sso_error::Error,
    state::Core,
    step_up::StepUp,
};

/// Enforces SSO for the organizations of one app. An app builds one `Sso` with [`Sso::builder`]; cloning it is cheap.
#[derive(Clone)]
pub struct Sso(Arc<Core>);

impl Sso {
    /// Starts building an [`Sso`]. `base_url` is the app's own address: `https://hub.example`,
    /// `https://example.com/app` if the app is below a path, or `http` on loopback. The crate never reads the header
    /// `X-Forwarded-Host`, and `Host` only for [`Namespace::host`](crate::Namespace::host).
    pub fn builder(base_url: &str, directory: impl Directory, connections: impl Connections) -> SsoBuilder {
        SsoBuilder::new(base_url, Arc::new(directory), Arc::new(connections))
    }

    /// Returns the shared state, for the extractors.
    pub(crate) fn core(&self) -> &Core {
        &self.0
    }

    // The layer and the routes.

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
        SsoLayer::new(Arc::clone(&self.0))
    }

    /// Returns the static routes (`/about`) that requests have reached through the layer until now, sorted. These
    /// routes belong to no organization, because their path is fixed. Check that none of these routes serves an
    /// organization's content. Routes that [`without_organization`](SsoBuilder::without_organization) declares are
    /// not listed.
    #[must_use]
    pub fn static_routes(&self) -> Vec<String> {
        self.0.placement.static_routes()
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
        login_routes(Arc::clone(&self.0))
    }

    // Checks in handlers.

    /// Checks a request whose organization only the handler knows (`/api/repos/{id}`, GraphQL). It makes the same
    /// decision as the layer and gives the same responses.
    ///
    /// # Errors
    ///
    /// Returns [`RequireError::Challenge`] if the viewer must log in with SSO first, and
    /// [`RequireError::Unavailable`] if a lookup failed, which is never a pass. Return either one from the handler as
    /// its response.
    pub async fn require(
        &self,
        request: impl Into<RequestHead<'_>>,
        organization: &OrgId,
    ) -> Result<SsoPass, RequireError> {
        require::require(&self.0, request.into(), organization).await
    }

    /// Checks that the viewer logged in with SSO recently, or in a certain way, before a sensitive action: deleting,
    /// paying, reading a secret. A member gets either a pass with a fresh SSO session that meets the request, or a
    /// challenge that leads to an SSO login that will meet it. This also applies where SSO is optional. A viewer who
    /// needs no SSO session there passes as with [`Sso::require`], and the pass says so.
    ///
    /// The provider's response is checked against the same request before it becomes an SSO session.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`Sso::require`]. For a bearer token, the challenge includes `max_age` and
    /// `acr_values` (RFC 9470 §3).
    pub async fn step_up(
        &self,
        request: impl Into<RequestHead<'_>>,
        organization: &OrgId,
        asked: &StepUp,
    ) -> Result<SsoPass, RequireError> {
        require::step_up(&self.0, request.into(), organization, asked).await
    }

    /// Returns a layer that requires a step-up for whole routes.
    #[must_use]
    pub fn step_up_layer(&self, asked: StepUp) -> StepUpLayer {
        StepUpLayer::new(Arc::clone(&self.0), asked)
    }

    /// Decides about each organization, for a list that spans them. If nobody is signed in, no organization is
    /// pending.
    ///
    /// # Errors
    ///
    /// Returns [`RequireError::Unavailable`] if a lookup failed. Do not answer the list as if it were complete.
    pub async fn pending(
        &self,
        request: impl Into<RequestHead<'_>>,
        organizations: impl IntoIterator<Item = OrgId>,
    ) -> Result<Pending, RequireError> {
        pending::pending(&self.0, request.into(), organizations).await
    }

    /// Returns the banner for a page of the app, as an HTML fragment. It lists each pending organization with a link
    /// to its start page, which leads back to this page. If an SSO login is only offered, a button hides the banner
    /// for 7 days, in this browser and for this account; this changes no decision. Returns `None` if there is nothing
    /// to show.
    ///
    /// It needs no script and works under the policy `default-src 'none'; style-src 'self'; form-action 'self'`. Its
    /// colors and shape are the custom properties `--sso-*`; light and dark follow the page's `color-scheme`. See
    /// the [handbook](crate::handbook), *Banner*.
    #[must_use]
    pub fn banner<'r>(&self, request: impl Into<RequestHead<'r>>, pending: &Pending) -> Option<String> {
        banner::banner(&self.0, request.into(), pending)
    }

    // SSO sessions and API tokens.

    /// Ends the SSO sessions of a credential. Call this when the host has signed this app session out, or has revoked
    /// this API token. SSO logins in progress with the credential are refused. Returns how many sessions ended.
    ///
    /// # Errors
    ///
    /// Returns an error if the store fails. The sessions may then still be active: try again.
    pub async fn signed_out(&self, credential: &Credential) -> Result<usize, Error> {
        self.revoke(RevocationScope::Credential(credential.clone())).await
    }

    /// Ends the SSO sessions that the account has in the request's browser, and its SSO logins in progress there. Call
    /// this when the host has signed the account out of an app session that has no id
    /// ([`Viewer::without_session_id`](crate::Viewer::without_session_id)), with the request to sign out. Returns a
    /// `Set-Cookie` header for the response, which removes the binding cookie.
    ///
    /// SSO sessions of the account in other browsers stay. To end them too, use [`revoke`](Sso::revoke) with
    /// [`RevocationScope::Account`]. If another account was signed in in this browser before, its SSO sessions can't
    /// be used any more, because the cookie is gone.
    ///
    /// ```
    /// use axum::response::{IntoResponse, Redirect, Response};
    /// use http::{header, request::Parts};
    /// use tower_sso::{AccountId, Error, Sso};
    ///
    /// # fn remove_own_cookie() -> [(header::HeaderName, &'static str); 1] { [(header::SET_COOKIE, "session=; Max-Age=0")] }
    /// /// The app's sign-out. The app has read the account from its own cookie.
    /// async fn sign_out(sso: &Sso, parts: &Parts, account: &AccountId) -> Result<Response, Error> {
    ///     let removes_binding = sso.signed_out_browser(parts, account).await?;
    ///     let mut response = (remove_own_cookie(), Redirect::to("/")).into_response();
    ///     response.headers_mut().append(header::SET_COOKIE, removes_binding);
    ///     Ok(response)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if the store fails. The sessions may then still be active: try again, and do not tell the
    /// person that they are signed out.
    pub async fn signed_out_browser<'r>(
        &self,
        request: impl Into<RequestHead<'r>>,
        account: &AccountId,
    ) -> Result<HeaderValue, Error> {
        Ok(signed_out::signed_out_browser(&self.0, request.into(), account).await?)
    }

    /// Ends the SSO sessions in this scope, and the SSO logins in progress in it. Returns how many sessions ended. If
    /// a person asked for this, use [`as_actor`](Sso::as_actor) to name that person in the audit event.
    ///
    /// # Errors
    ///
    /// Returns an error if the store fails. The sessions may then still be active: try again.
    pub async fn revoke(&self, scope: RevocationScope) -> Result<usize, Error> {
        Ok(revoke::revoke(&self.0, scope).await?)
    }

    /// Ends one SSO session, if it is among the sessions that `of` names. Pass the sessions that the caller may end:
    /// [`SessionsOf::Account`] for the viewer's own, [`SessionsOf::Organization`] for those of an organization.
    /// Earlier sessions of the same credential in that organization end too, and so does an SSO login in progress.
    /// Returns whether there was such a session. A session of another account or organization gives the same answer
    /// as a session that does not exist.
    ///
    /// To end more at once, such as all sessions of a member or of an organization, use
    /// [`Sso::revoke`](crate::Sso::revoke).
    ///
    /// # Errors
    ///
    /// Returns an error if the store fails. The session may then still be active: try again.
    pub async fn end_session(&self, id: &SessionId, of: &SessionsOf) -> Result<bool, Error> {
        Ok(active_sessions::end_session(&self.0, id, of).await?)
    }

    /// Returns the account's active SSO sessions in every organization, newest first, at most 100. To get the next
    /// page, pass the [`next`](SessionPage::next) of this page as `after`.
    ///
    /// For each credential and organization there is one session, even if the credential logged in with SSO several
    /// times. See the [handbook](crate::handbook), *SSO sessions and logout*.
    ///
    /// # Errors
    ///
    /// Returns an error if a store fails.
    pub async fn account_sessions(
        &self,
        account: &AccountId,
        after: Option<SessionCursor>,
    ) -> Result<SessionPage, Error> {
        Ok(active_sessions::active(&self.0, SessionsOf::Account(account.clone()), after).await?)
    }

    /// Returns the active SSO sessions of all members of the organization, newest first, at most 100. To get the next
    /// page, pass the [`next`](SessionPage::next) of this page as `after`. This is for administrators.
    ///
    /// # Errors
    ///
    /// Returns an error if a store fails.
    pub async fn organization_sessions(
        &self,
        organization: &OrgId,
        after: Option<SessionCursor>,
    ) -> Result<SessionPage, Error> {
        Ok(active_sessions::active(&self.0, SessionsOf::Organization(organization.clone()), after).await?)
    }

    /// Moves the SSO sessions that an account has by one app session to the app session's new id. Call this when the
    /// app gives an app session a new id (session-id cycling). The sessions move in every organization, and each keeps
    /// its expiry. The old ones are revoked.
    ///
    /// Only what this account holds by the old id moves. If another account used the same app session, its SSO
    /// sessions stay as they are. If `old` and `new` are the same, nothing happens.
    ///
    /// An SSO login that this account began with the old id can't finish: the person is told to start again. Change
    /// the id when the person signs in, and not during an SSO login.
    ///
    /// Returns how many SSO sessions moved: one for each organization in which the account had one.
    ///
    /// ```
    /// # use tower_sso::{AccountId, Error, Sso};
    /// /// The app has just replaced the session id `old` with `new`.
    /// async fn cycled(sso: &Sso, account: &AccountId, old: &str, new: &str) -> Result<(), Error> {
    ///     sso.rebind(account, &old.into(), &new.into()).await?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if a store fails. The SSO sessions of the old id may then still be active: try again.
    pub async fn rebind(
        &self,
        account: &AccountId,
        old: &CredentialId,
        new: &CredentialId,
    ) -> Result<usize, Error> {
        let [old, new] = [old, new].map(|id| Credential::session(id.clone()));
        Ok(rebind::rebind(&self.0, account, &old, &new).await?)
    }

    /// Moves the authorizations of an API token to the token's new id, as [`rebind`](Sso::rebind) does for an app
    /// session. Call this when the app rotates a token and the token's id changes. An app session and a token are
    /// never moved to each other: to authorize a token, use [`authorize_token`](Sso::authorize_token).
    ///
    /// ```
    /// # use tower_sso::{Error, Sso, token::ApiToken, AccountId};
    /// /// The app has just replaced the token `old` with `new`.
    /// async fn rotated(sso: &Sso, owner: &AccountId, old: &ApiToken, new: &ApiToken) -> Result<usize, Error> {
    ///     sso.rebind_token(owner, &old.id, &new.id).await
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if a store fails. The authorizations of the old id may then still be active: try again.
    pub async fn rebind_token(
        &self,
        account: &AccountId,
        old: &CredentialId,
        new: &CredentialId,
    ) -> Result<usize, Error> {
        let [old, new] = [old, new].map(|id| Credential::token(id.clone()));
        Ok(rebind::rebind(&self.0, account, &old, &new).await?)
    }

    /// Authorizes an API token for the organization of its owner's fresh SSO session. The authorization lasts until
    /// that session's expiry, even if the owner signs out before. The session and the authorization both end earlier
    /// if the connection changes, or if the sessions of the member or of the account are revoked.
    ///
    /// # Errors
    ///
    /// Returns an error if a store fails.
    pub async fn authorize_token(
        &self,
        proof: &FreshSession,
        token: &CredentialId,
    ) -> Result<InsertOutcome, Error> {
        Ok(rebind::authorize_token(&self.0, proof, token).await?)
    }

    /// Returns the address of the page where the owner of API tokens authorizes them for the organization, sees them
    /// and revokes their authorization. The challenge to a token leads to this page. See
    /// the [handbook](crate::handbook), *API tokens*.
    #[must_use]
    pub fn tokens_url(&self, organization: &OrgId) -> String {
        self.0.addresses.tokens(organization, &StepUp::new())
    }

    /// Returns the address to which a form of the host posts to end the viewer's SSO session for the organization.
    /// The session ends here and, if the provider supports single logout, also at the provider. The form's field
    /// `return_to` is the path of this site to return to.
    #[must_use]
    pub fn logout_url(&self, organization: &OrgId) -> String {
        self.0.addresses.url(organization, "saml/logout")
    }

    /// Ends the account's SSO sessions that depend on an email address which no longer belongs to the account, and
    /// such SSO logins in progress. Call this when the account's email addresses have changed and
    /// [`Directory::verified_emails`] returns the new ones. Returns how many sessions ended.
    ///
    /// [`Directory::verified_emails`]: crate::Directory::verified_emails
    ///
    /// # Errors
    ///
    /// Returns an error if the host or the store fails. The sessions may then still be active: try again.
    pub async fn emails_changed(&self, account: &AccountId) -> Result<usize, Error> {
        Ok(emails_changed::emails_changed(&self.0, account).await?)
    }

    /// Removes the account link between an account and the provider's user, and ends the account's SSO sessions in
    /// the organization. The next SSO login creates a new link. Returns whether there was a link.
    ///
    /// # Errors
    ///
    /// Returns an error if a store fails.
    pub async fn unlink(&self, organization: &OrgId, account: &AccountId) -> Result<bool, Error> {
        Ok(revoke::unlink(&self.0, organization, account).await?)
    }

    // Join links.

    /// Creates a join link for the organization: an address by which any person for whom the organization's provider
    /// vouches becomes a member. The connection sets how long the link is valid. A person who joins by it arrives at
    /// `return_to`. The host must check beforehand that `by` is an administrator of the organization. See
    /// the [handbook](crate::handbook), *Join links*.
    ///
    /// # Errors
    ///
    /// - `NoConnection` if the organization has no connection, or if its connection is off
    /// - `EmailDomainRefused` if the connection has no list of domains
    /// - `StoreFull` if the store is full, or if the organization has 100 links already
    /// - `LookupFailed` if a lookup fails
    pub async fn create_join_link(
        &self,
        organization: &OrgId,
        by: &AccountId,
        return_to: &ReturnPath,
    ) -> Result<NewJoinLink, LoginError> {
        links::create_join_link(&self.0, organization, by, return_to).await
    }

    /// Returns the organization's active join links, newest first. This is for administrators.
    ///
    /// # Errors
    ///
    /// Returns an error if the store fails.
    pub async fn join_links(&self, organization: &OrgId) -> Result<Vec<JoinLink>, Error> {
        Ok(links::join_links(&self.0, organization).await?)
    }

    /// Revokes one of the organization's join links. Nobody can join by it any more, including people who have
    /// already begun to join. Members stay members. Returns whether there was such a link. A link of another
    /// organization gives the same answer as a link that does not exist.
    ///
    /// # Errors
    ///
    /// Returns an error if the store fails. The link may then still be active: try again.
    pub async fn revoke_join_link(
        &self,
        organization: &OrgId,
        by: &AccountId,
        id: &JoinLinkId,
    ) -> Result<bool, Error> {
        Ok(links::revoke_join_link(&self.0, organization, by, id).await?)
    }

    /// Returns the person that was passed to [`JoinHandler::welcome`](crate::join::JoinHandler::welcome). The host
    /// calls this on its sign-up page, to show who the person is and to create the account. The request must come from
    /// the person's browser. This call does not use up the ticket; the [continue URL](NewUser::continue_url) does. If two requests
    /// call this at the same time, one of them may fail with `TicketUsed`.
    ///
    /// # Errors
    ///
    /// - `TicketUnknown`, `TicketUsed` or `TicketExpired` if the ticket is not valid
    /// - `OtherCredential` if the request comes from another browser; the ticket is then used up
    /// - `JoinLinkUnknown` or `JoinLinkExpired` if the join link was revoked or has expired in the meantime
    /// - `ConnectionChanged` or `NoConnection` if the connection has changed or no longer exists
    /// - `LookupFailed` if a lookup fails
    pub async fn new_user(
        &self,
        request: impl Into<RequestHead<'_>>,
        ticket: &str,
    ) -> Result<NewUser, LoginError> {
        handover::new_user(&self.0, request.into(), ticket).await
    }

    // Audit.

    /// Names the account that acts: an administrator of an organization, or of the app. The audit events of what runs
    /// through the returned [`ActingAs`] name it. The app must check beforehand that the account is allowed to do it.
    ///
    /// ```
    /// # use tower_sso::{session::RevocationScope, AccountId, OrgId, Sso};
    /// # async fn end_all(sso: &Sso, admin: &AccountId, here: &OrgId) -> Result<usize, tower_sso::Error> {
    /// sso.as_actor(admin).run(sso.revoke(RevocationScope::Organization(here.clone()))).await
    /// # }
    /// ```
    pub fn as_actor(&self, account: &AccountId) -> ActingAs {
        ActingAs::new(account.clone())
    }

    /// Records which connections a reload of the connections' file added, changed and removed: one audit event for
    /// each.
    ///
    /// # Errors
    ///
    /// Returns an error if no randomness is available for a reference.
    pub fn connections_reloaded(&self, reloaded: &Reloaded) -> Result<(), Error> {
        Ok(reload_events::record(&self.0, reloaded)?)
    }
}

impl SsoBuilder {
    /// Checks the settings and builds the [`Sso`].
    ///
    /// # Errors
    ///
    /// Returns a [`ConfigError`] if a setting can't be used. The error names the setting and what was expected.
    pub fn build(self) -> Result<Sso, ConfigError> {
        Ok(Sso(Arc::new(self.into_core()?)))
    }
}

impl fmt::Debug for Sso {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sso").field("addresses", &self.0.addresses).finish_non_exhaustive()
    }
}
