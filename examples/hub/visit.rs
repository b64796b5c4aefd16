//! One request as the pages see it: who is signed in, which SSO logins are pending, and what the layer decided.

use std::{sync::Arc, time::SystemTime};

use axum::{
    extract::{FromRequestParts, OriginalUri},
    response::{IntoResponse, Response},
};
use http::{Method, StatusCode, request::Parts};
use tower_sso::{
    AccountId, Connection, Connections as _, Credential, OrgId, RequireError, ReturnPath, SignedIn, SsoPass,
    Viewer,
    audit::ClientAddress,
    middleware::{ActingAs, Pending, PendingOrganization},
    token::CredentialKind,
};

use crate::{
    app::Hub,
    decision::Decision,
    directory::sign_in_path,
    model::{Organization, User},
    pages,
};

/// One request. Handlers extract it and pass it to their page.
pub(crate) struct Visit {
    pub(crate) hub: Hub,
    pub(crate) parts: Parts,
    pub(crate) viewer: Viewer,
    /// Which of the viewer's organizations require or offer an SSO login.
    pub(crate) pending: Pending,
    pub(crate) decision: Decision,
    /// The viewer's membership in the page's organization, in words.
    pub(crate) membership: Option<String>,
    pub(crate) now: SystemTime,
}

impl FromRequestParts<Hub> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, hub: &Hub) -> Result<Self, Response> {
        let viewer = parts.extensions.get::<Viewer>().cloned().unwrap_or(Viewer::NotEstablished);
        let organizations: Vec<OrgId> = match viewer.account() {
            Some(account) => hub.model.organizations_of(account).map(|it| it.id.clone()).collect(),
            None => Vec::new(),
        };
        let pending = hub.sso.pending(&*parts, organizations).await.map_err(RequireError::into_response)?;
        Ok(Self {
            hub: hub.clone(),
            parts: parts.clone(),
            viewer,
            pending,
            decision: Decision::outside(),
            membership: None,
            now: hub.clock.now(),
        })
    }
}

/// The organization of a page, with its connection and the layer's result.
pub(crate) struct Here {
    pub(crate) organization: Arc<Organization>,
    pub(crate) connection: Option<Arc<Connection>>,
    pub(crate) pass: SsoPass,
}

impl Visit {
    pub(crate) fn user(&self) -> Option<&User> {
        self.hub.model.user(self.account()?)
    }

    /// Returns who is signed in, in words.
    pub(crate) fn name(&self) -> Option<&str> {
        self.hub.model.name(self.account()?)
    }

    pub(crate) fn account(&self) -> Option<&AccountId> {
        self.signed_in().map(|(account, _)| account)
    }

    pub(crate) fn credential(&self) -> Option<&Credential> {
        self.signed_in().map(|(_, credential)| credential)
    }

    fn signed_in(&self) -> Option<(&AccountId, &Credential)> {
        match &self.viewer {
            Viewer::SignedIn(SignedIn { account, credential }) => Some((account, credential)),
            // The hub's own sessions have ids.
            Viewer::WithoutSessionId(_) | Viewer::Anonymous | Viewer::NotEstablished | _ => None,
        }
    }

    /// Returns the user who is signed in with a browser. API tokens can't change settings.
    pub(crate) fn in_browser(&self) -> Option<(&User, &Credential)> {
        let signed_in = self.user().zip(self.credential());
        signed_in.filter(|(_, credential)| credential.kind == CredentialKind::Session)
    }

    /// Returns who acts, and from which address: the audit events of the action name both.
    pub(crate) fn acting(&self, account: &AccountId) -> ActingAs {
        let acting = self.hub.sso.as_actor(account);
        match self.parts.extensions.get() {
            Some(ClientAddress(address)) => acting.at(*address),
            None => acting,
        }
    }

    /// Redirects to the sign-in page, which returns to this page.
    pub(crate) fn to_sign_in(&self) -> Response {
        let back = if self.parts.method == Method::GET { self.path() } else { ReturnPath::root() };
        see_other(&sign_in_path(&back))
    }

    /// Returns the path of this page, or of the front page if no redirect can return to this page.
    pub(crate) fn path(&self) -> ReturnPath {
        let original = self.parts.extensions.get::<OriginalUri>().map_or(&self.parts.uri, |uri| &uri.0);
        let path = original.path_and_query().and_then(|path| ReturnPath::parse(path.as_str()));
        path.unwrap_or_else(ReturnPath::root)
    }

    /// Returns the address where the user logs in with SSO to an organization and then returns to this page.
    pub(crate) fn login_url(&self, pending: &PendingOrganization) -> String {
        pending.sso_url_back_to(&self.path())
    }

    /// Returns whether an organization requires an SSO login first. Lists leave out its content.
    pub(crate) fn is_locked(&self, organization: &OrgId) -> bool {
        self.pending.required.iter().any(|it| it.organization == *organization)
    }

    /// Returns the organization of a page in its namespace, as the layer resolved it. Also records what the layer
    /// decided.
    pub(crate) async fn enter(&mut self, slug: &str, pass: SsoPass) -> Result<Here, Response> {
        let model = &self.hub.model;
        let resolved = self.parts.extensions.get::<OrgId>().and_then(|id| model.organization(id));
        // If nobody is signed in, the layer resolves nothing. The hub then asks its own directory.
        let organization = resolved.or_else(|| model.by_slug(slug)).cloned();
        let Some(organization) = organization else {
            self.decision = Decision::of(&pass, None);
            return Err(self.not_found());
        };
        let connection = self.hub.connections.find(&organization.id).await.map_err(|_| unavailable())?;
        self.decision = Decision::of(&pass, Some(&organization));
        self.membership = self
            .account()
            .map(|account| format!("{} of {}", organization.standing_name(account), organization.name));
        Ok(Here { organization, connection, pass })
    }

    /// Returns the page for something that does not exist. It looks the same if the viewer may not know that it exists.
    pub(crate) fn not_found(&self) -> Response {
        let page = pages::message(self, "Nothing here", "There is no such page, or it is not yours to see.");
        (StatusCode::NOT_FOUND, page).into_response()
    }
}

/// Redirects a browser, which then sends a GET request.
pub(crate) fn see_other(path: &str) -> Response {
    axum::response::Redirect::to(path).into_response()
}

/// Returns the page for a request that failed on the hub's side. The caller has logged why.
pub(crate) fn unavailable() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "5")], pages::unavailable()).into_response()
}
