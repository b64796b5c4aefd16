//! Begin: leads from the start page to the provider.

use crate::login::expiring;
use crate::login::receive::saml;
use crate::login::record;
use http::request::Parts;

#[cfg(feature = "saml")]
use crate::provider::saml::login::Outgoing;
use crate::{
    audit::{AuditEvent, action::Action, reference::Reference, request::about},
    connection::{checked::Connection, policy::Enforcement, provider::Provider},
    credential::{Credential, CredentialKind},
    digest::Digest,
    directory::{membership::Membership, viewer::Viewer},
    error::{LoginError, kind::LoginErrorKind},
    id::{AccountId, OrgId},
    lifetimes::LOGIN_LIFETIME,
    limits::Rate,
    login::{
        record::{Initiator, Login, PendingLogin, PendingProtocol},
        start_params::StartParams,
    },
    state::Core,
    time::later,
};
use std::{sync::Arc, time::Duration};

/// How often one credential may begin an SSO login.
const BEGIN: Rate = Rate { burst: 20, interval: Duration::from_secs(3) };

/// How often people without an account may begin an SSO login by one join link, all of them together.
const VISITORS: Rate = Rate { burst: 60, interval: Duration::from_secs(1) };

/// Where the browser goes next: to the provider, or to a page of this site.
pub(crate) enum Onward {
    /// To an address of the provider.
    Provider(String),
    /// To an address of the provider, with a form to post there.
    #[cfg(feature = "saml")]
    Post { action: String, fields: Vec<(&'static str, String)> },
    /// To an address of this site.
    #[cfg(feature = "saml")]
    Here(String),
}

#[cfg(feature = "saml")]
impl From<Outgoing> for Onward {
    fn from(outgoing: Outgoing) -> Self {
        match outgoing {
            Outgoing::Redirect(address) => Self::Provider(address),
            Outgoing::Post { action, fields } => Self::Post { action, fields },
        }
    }
}

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
    start_params: StartParams,
) -> Result<Onward, LoginError> {
    let (account, credential) = in_browser(core, parts).await?;
    let begun = begin_as(core, &account, credential, organization, start_params).await;
    begun.map_err(|error| error.of(&account))
}

async fn begin_as(
    core: &Core,
    account: &AccountId,
    credential: Credential,
    organization: &OrgId,
    start_params: StartParams,
) -> Result<Onward, LoginError> {
    let connection = connection(core, organization).await?;
    member(core, organization, account).await?;
    let by = Initiator::Account { account: account.clone(), credential, link: None };
    let begun = begin_at(core, &connection, by, start_params).await;
    begun.map_err(|error| error.showing(connection.name()))
}

pub(crate) async fn begin_at(
    core: &Core,
    connection: &Connection,
    by: Initiator,
    start_params: StartParams,
) -> Result<Onward, LoginError> {
    let organization = connection.organization();
    let now = core.now();
    let (key, rate) = match &by {
        Initiator::Account { credential, .. } => (Digest::of("tower-core begin", &credential.parts()), BEGIN),
        // Visitors share one limit for each join link, because an attacker can invent any number of browsers.
        Initiator::Visitor { link, .. } => (Digest::of("tower-core visitors", &[link.as_str()]), VISITORS),
    };
    if !core.limits.allows(key, rate, now) {
        return Err(LoginErrorKind::RateLimited.into());
    }
    let login = Login {
        organization: organization.clone(),
        by,
        version: *connection.version(),
        return_path: start_params.back,
        asked: start_params.asked,
        begun_at: now,
    };
    let Asked { to, key, protocol } = ask_provider(core, connection, &login, start_params.hint).await?;
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
                provider::oidc::AuthorizeRequest,
            };
            let emails = match login.account() {
                Some(account) => core.with_timeout(core.directory.emails(account), "emails").await?,
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
            use crate::{login::record::relay_state_key, provider::saml::login::AuthnAsk};
            let _ = hint; // A Subject in the request would be an order, not a hint (SAML core §3.4.1).
            let addresses = saml::sp_addresses(core, &login.organization);
            let ask = AuthnAsk {
                addresses: &addresses,
                max_age: login.asked.max_age(),
                context_classes: login.asked.context_classes(),
                passive: false,
            };
            let asked = provider.authorize(&core.outbound, ask, &core.clock).await?;
            Ok(Asked {
                to: asked.outgoing.into(),
                key: relay_state_key(asked.relay_state.expose()),
                protocol: PendingProtocol::Saml(asked.login),
            })
        }
        #[cfg(test)]
        Provider::None => Err(LoginErrorKind::NoConnection.into()),
    }
}

/// Returns who is signed in to the host.
pub(crate) async fn signed_in(core: &Core, parts: &Parts) -> Result<(AccountId, Credential), LoginError> {
    match core.with_timeout(core.directory.viewer(parts.into()), "viewer").await? {
        Viewer::SignedIn { account, credential } => Ok((account, credential)),
        Viewer::Anonymous => Err(LoginErrorKind::NotSignedIn.into()),
        Viewer::NotEstablished => Err(LoginErrorKind::ViewerNotEstablished.into()),
    }
}

/// Returns who is signed in with a browser. An API token can't log in with SSO, not even for itself: its owner
/// authorizes it.
pub(crate) async fn in_browser(core: &Core, parts: &Parts) -> Result<(AccountId, Credential), LoginError> {
    let (account, credential) = signed_in(core, parts).await?;
    match credential.kind {
        CredentialKind::Session => Ok((account, credential)),
        CredentialKind::Token | CredentialKind::OrganizationToken => {
            let detail = "a token logs nobody in with SSO, and joins nothing";
            Err(LoginError::with(LoginErrorKind::RequestInvalid, detail).of(&account))
        }
    }
}

/// Returns the organization's connection, unless it is off.
pub(crate) async fn connection(core: &Core, organization: &OrgId) -> Result<Arc<Connection>, LoginError> {
    let found = core.with_timeout(core.connections.find(organization), "connection").await?;
    found
        .inspect(|connection| about(connection))
        .filter(|connection| connection.enforcement() != Enforcement::Off)
        .ok_or_else(|| LoginErrorKind::NoConnection.into())
}

/// Checks that the account is a member: only members can log in with SSO.
pub(crate) async fn member(core: &Core, organization: &OrgId, account: &AccountId) -> Result<(), LoginError> {
    match core.with_timeout(core.directory.membership(organization, account), "membership").await? {
        Membership::Member(_) => Ok(()),
        Membership::ExternalCollaborator | Membership::ServiceAccount | Membership::NonMember => {
            Err(LoginErrorKind::NotMember.into())
        }
    }
}
