//! Begin: leads from the start page to the provider.

use std::time::Duration;

use http::request::Parts;
use tower_sso_core::{Digest, OrgId, internal::later};

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
        lookups,
        onward::Onward,
        record::{self, Initiator, Login, PendingLogin, PendingProtocol},
        start_params::StartParams,
    },
    state::Core,
};

/// How often one credential may begin an SSO login.
const BEGIN: Rate = Rate { burst: 20, interval: Duration::from_secs(3) };

/// How often people without an account may begin an SSO login by one join link, all of them together.
const VISITORS: Rate = Rate { burst: 60, interval: Duration::from_secs(1) };

/// The request to the provider, and what is needed to check the answer.
struct Asked {
    to: Onward,
    /// The key of the pending login.
    key: Digest,
    /// What the protocol needs to check the answer.
    protocol: PendingProtocol,
}

/// Stores a pending login and returns where the browser goes: to the provider.
pub(crate) async fn begin(
    core: &Core,
    parts: &Parts,
    organization: &OrgId,
    params: StartParams,
) -> Result<Onward, LoginFailure> {
    let back = params.back.clone();
    let viewer = lookups::in_browser(core, parts).await.returning_to(&back)?;
    let begun = begin_as(core, &viewer, organization, params).await;
    begun.of(&viewer.account).returning_to(&back)
}

async fn begin_as(
    core: &Core,
    viewer: &SignedIn,
    organization: &OrgId,
    params: StartParams,
) -> Result<Onward, LoginFailure> {
    let connection = lookups::connection(core, organization).await?;
    let SignedIn { account, credential } = viewer.clone();
    lookups::check_member(core, organization, &account).await?;
    let by = Initiator::Account { account, credential, link: None };
    begin_at(core, &connection, by, params).await.naming(connection.name())
}

/// Begins an SSO login at this connection.
pub(crate) async fn begin_at(
    core: &Core,
    connection: &Connection,
    by: Initiator,
    params: StartParams,
) -> Result<Onward, LoginError> {
    let organization = connection.organization();
    let now = core.now();
    let (key, rate) = match &by {
        Initiator::Account { credential, .. } => (Digest::of("tower-sso begin", &credential.parts()), BEGIN),
        // Visitors share one limit for each join link, because an attacker can invent any number of browsers.
        Initiator::Visitor { link, .. } => (Digest::of("tower-sso visitors", &[link.as_str()]), VISITORS),
    };
    if !core.limits.allows(key, rate, now) {
        return Err(LoginErrorKind::RateLimited.into());
    }
    let login = Login {
        organization: organization.clone(),
        by,
        version: *connection.version(),
        return_path: params.back,
        asked: params.asked,
        begun_at: now,
    };
    let Asked { to, key, protocol } = ask_provider(core, connection, &login, params.hint).await?;
    let pending = PendingLogin { login, protocol };
    record::keep(core, key, pending.login.owner(), &pending, later(now, LOGIN_LIFETIME)).await?;
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
    login: &Login,
    hint: Option<String>,
) -> Result<Asked, LoginError> {
    match connection.provider {
        #[cfg(feature = "oidc")]
        Provider::Oidc(ref provider) => {
            use crate::{
                login::{email, record::state_key},
                provider::oidc::login::AuthorizeRequest,
            };
            let emails = match login.account() {
                Some(account) => core.with_timeout(core.directory.verified_emails(account), "emails").await?,
                None => Vec::new(),
            };
            let login_hint = hint.as_deref().or_else(|| email::hint(&emails, &connection.email));
            let redirect_uri = core.addresses.url(&login.organization, "oidc/callback");
            let request = AuthorizeRequest {
                redirect_uri: &redirect_uri,
                login_hint,
                max_age: login.asked.max_age(),
                context_classes: login.asked.context_classes(),
            };
            let asked = provider.authorize(&core.outbound, request, &core.clock).await?;
            Ok(Asked {
                to: Onward::Provider(asked.url),
                key: state_key(asked.state.expose()),
                protocol: PendingProtocol::Oidc(asked.login),
            })
        }
        #[cfg(feature = "saml")]
        Provider::Saml(ref provider) => {
            use crate::connection::saml::addresses::sp_addresses;
            use crate::{login::record::relay_state_key, provider::saml::login::AuthnAsk};
            let _ = hint; // A Subject in the request would be an order, not a hint (SAML core §3.4.1).
            let addresses = sp_addresses(&core.addresses, &login.organization);
            let ask = AuthnAsk {
                addresses: &addresses,
                max_age: login.asked.max_age(),
                context_classes: login.asked.context_classes(),
            };
            let asked = provider.authorize(&core.outbound, ask, &core.clock).await?;
            Ok(Asked {
                to: asked.outgoing.into(),
                key: relay_state_key(asked.relay_state.expose()),
                protocol: PendingProtocol::Saml(asked.login),
            })
        }
    }
}
