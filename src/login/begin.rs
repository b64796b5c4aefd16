//! Begin: stores a pending login and sends the browser to the provider.
//!
//! [`begin`] answers the start page's form, for members. A [join link](super::join) has its own rules for who may
//! begin. Both continue with [`begin_login`], which limits the rate, asks the provider's protocol for a request, and
//! stores the pending login under the digest of the request's `state` or RelayState.

use std::time::Duration;

use http::{HeaderValue, request::Parts};
use tower_sso_core::{Digest, JoinLinkId, OrgId, internal::later};

use crate::{
    audit::{action::Action, event::AuditEvent, reference::Reference},
    connection::{checked::Connection, provider::Provider},
    directory::viewer::SignedIn,
    error::{kind::LoginErrorKind, login_error::LoginError},
    lifetimes::LOGIN_LIFETIME,
    limits::Rate,
    login::{
        expiring,
        failure::{LoginFailure, OrFailure as _},
        lookups::{self, BoundViewer},
        onward::Onward,
        record::{self, BegunLogin, Initiator, PendingLogin, PendingProtocol},
        start_params::StartParams,
    },
    state::Core,
};

/// How often one credential may begin an SSO login.
const BEGIN_RATE: Rate = Rate { burst: 20, interval: Duration::from_secs(3) };

/// How often all people without an account together may begin an SSO login with the same join link.
const VISITOR_RATE: Rate = Rate { burst: 60, interval: Duration::from_secs(1) };

/// A request to the provider, and what is needed to check the answer.
struct ProviderRequest {
    /// Where the browser goes with the request.
    to: Onward,
    /// The key under which the pending login is stored.
    pending_key: Digest,
    /// What the protocol needs to check the answer.
    protocol: PendingProtocol,
}

/// How often an SSO login may begin.
pub(crate) struct BeginLimit(Digest, Rate);

impl BeginLimit {
    /// The limit of a viewer who is signed in.
    pub(crate) fn of_viewer(viewer: &BoundViewer) -> Self {
        Self(Digest::of("tower-sso begin", &viewer.rate_limited_by()), BEGIN_RATE)
    }

    /// The limit that visitors share for a join link, because an attacker can invent any number of browsers.
    pub(crate) fn of_visitors(link: &JoinLinkId) -> Self {
        Self(Digest::of("tower-sso visitors", &[link.as_str()]), VISITOR_RATE)
    }
}

/// Begins an SSO login of the viewer, who must be a member. Returns where the browser goes, and the binding cookie if
/// the viewer needs one.
pub(crate) async fn begin(
    core: &Core,
    parts: &Parts,
    organization: &OrgId,
    params: StartParams,
) -> Result<(Onward, Option<HeaderValue>), LoginFailure> {
    let back = params.return_to.clone();
    let viewer = lookups::browser_viewer(core, parts).await.returning_to(&back)?;
    let begun = begin_as_member(core, &viewer, organization, params).await;
    let to = begun.for_account(&viewer.signed_in.account).returning_to(&back)?;
    Ok((to, viewer.cookie))
}

async fn begin_as_member(
    core: &Core,
    viewer: &BoundViewer,
    organization: &OrgId,
    params: StartParams,
) -> Result<Onward, LoginFailure> {
    let connection = lookups::connection(core, organization).await?;
    let SignedIn { account, credential } = viewer.signed_in.clone();
    lookups::check_member(core, organization, &account).await?;
    let by = Initiator::Account { account, credential, link: None };
    let limit = BeginLimit::of_viewer(viewer);
    begin_login(core, &connection, by, limit, params).await.naming(connection.name())
}

/// Begins an SSO login through this connection. The caller has checked that `by` may begin one.
pub(crate) async fn begin_login(
    core: &Core,
    connection: &Connection,
    by: Initiator,
    BeginLimit(limit, rate): BeginLimit,
    params: StartParams,
) -> Result<Onward, LoginError> {
    let organization = connection.organization();
    lookups::check_return(core, organization, &params.return_to).await?;
    let now = core.now();
    if !core.limits.allows(limit, rate, now) {
        return Err(LoginErrorKind::RateLimited.into());
    }
    let revision = core.with_timeout(core.sessions.revision(None), "session.revision").await?;
    let login = BegunLogin {
        organization: organization.clone(),
        by,
        version: connection.version(&core.keys),
        return_to: params.return_to,
        step_up: params.step_up,
        begun_at: now,
        revision,
    };
    let ProviderRequest { to, pending_key, protocol } =
        ask_provider(core, connection, &login, params.hint).await?;
    let pending = PendingLogin { login, protocol };
    record::put(core, pending_key, pending.login.owner(), &pending, later(now, LOGIN_LIFETIME)).await?;
    let event = AuditEvent::new(now, Reference::new()?, Action::LoginBegun);
    let mut event = event.organization(organization);
    event.account = pending.login.account().cloned();
    core.record(event);
    expiring::warn_of_ends(core, connection).await;
    Ok(to)
}

/// Makes the request to the provider.
async fn ask_provider(
    core: &Core,
    connection: &Connection,
    login: &BegunLogin,
    hint: Option<String>,
) -> Result<ProviderRequest, LoginError> {
    match connection.provider {
        #[cfg(feature = "oidc")]
        Provider::Oidc(ref provider) => {
            use crate::login::{email, record::state_key};
            use tower_sso_oidc::AuthorizeRequest;
            let emails = match login.account() {
                Some(account) => core.with_timeout(core.directory.verified_emails(account), "emails").await?,
                None => Vec::new(),
            };
            let login_hint = hint.as_deref().or_else(|| email::hint(&emails, &connection.email));
            let redirect_uri = core.addresses.url(&login.organization, "oidc/callback");
            let request = AuthorizeRequest {
                redirect_uri: &redirect_uri,
                login_hint,
                max_age: login.step_up.max_age(),
                context_classes: login.step_up.context_classes(),
            };
            let request = provider.authorize(&core.outbound, request, &core.clock).await?;
            Ok(ProviderRequest {
                to: Onward::Provider(request.url),
                pending_key: state_key(request.state.expose()),
                protocol: PendingProtocol::Oidc(request.login),
            })
        }
        #[cfg(feature = "saml")]
        Provider::Saml(ref provider) => {
            use crate::connection::saml::addresses::sp_addresses;
            use crate::login::record::relay_state_key;
            use tower_sso_saml::AuthnAsk;
            let _ = hint; // A Subject in the request would be an order, not a hint (SAML core §3.4.1).
            let addresses = sp_addresses(&core.addresses, &login.organization);
            let ask = AuthnAsk {
                addresses: &addresses,
                max_age: login.step_up.max_age(),
                context_classes: login.step_up.context_classes(),
            };
            let request = provider.authorize(&core.outbound, ask, &core.clock).await?;
            Ok(ProviderRequest {
                to: request.outgoing.into(),
                pending_key: relay_state_key(request.relay_state.expose()),
                protocol: PendingProtocol::Saml(request.login),
            })
        }
    }
}
