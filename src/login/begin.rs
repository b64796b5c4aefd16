//! Begin: leads from the start page to the provider.

use http::request::Parts;

#[cfg(feature = "saml")]
use crate::provider::saml::login::Outgoing;
use crate::{
    audit::{AuditEvent, action::Action, reference::Reference, request::about},
    connection::{Connection, Enforcement, Provider},
    digest::Digest,
    directory::{Credential, CredentialKind, Membership, Viewer},
    error::{LoginError, kind::LoginErrorKind},
    id::{AccountId, OrgId},
    login::{
        LOGIN_LIFETIME,
        limits::Rate,
        record::{Initiator, Login, PendingLogin, PendingProtocol},
        start_params::StartParams,
    },
    sso::Sso,
    time::later,
};
use std::{sync::Arc, time::Duration};

/// How often one credential may begin an SSO login.
const BEGIN: Rate = Rate { burst: 20, interval: Duration::from_secs(3) };

/// How often people without an account may begin an SSO login by one join link, all of them together.
const VISITORS: Rate = Rate { burst: 60, interval: Duration::from_secs(1) };

/// Where the browser goes next: to the provider, or to a page of this site.
pub(super) enum Onward {
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

impl Sso {
    /// Stores a pending login and returns where the browser goes: to the provider.
    pub(super) async fn begin(
        &self,
        parts: &Parts,
        organization: &OrgId,
        start_params: StartParams,
    ) -> Result<Onward, LoginError> {
        let (account, credential) = self.in_browser(parts).await?;
        let begun = self.begin_as(&account, credential, organization, start_params).await;
        begun.map_err(|error| error.of(&account))
    }

    async fn begin_as(
        &self,
        account: &AccountId,
        credential: Credential,
        organization: &OrgId,
        start_params: StartParams,
    ) -> Result<Onward, LoginError> {
        let connection = self.connection(organization).await?;
        self.member(organization, account).await?;
        let by = Initiator::Account { account: account.clone(), credential, link: None };
        let begun = self.begin_at(&connection, by, start_params).await;
        begun.map_err(|error| error.showing(connection.name()))
    }

    pub(super) async fn begin_at(
        &self,
        connection: &Connection,
        by: Initiator,
        start_params: StartParams,
    ) -> Result<Onward, LoginError> {
        let (core, organization) = (self.core(), connection.organization());
        let now = core.now();
        let (key, rate) = match &by {
            Initiator::Account { credential, .. } => {
                (Digest::of("tower-sso begin", &credential.parts()), BEGIN)
            }
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
            return_path: start_params.back,
            asked: start_params.asked,
            begun_at: now,
        };
        let Asked { to, key, protocol } = self.ask_provider(connection, &login, start_params.hint).await?;
        let pending = PendingLogin { login, protocol };
        self.keep(key, pending.login.owner(), &pending, later(now, LOGIN_LIFETIME)).await?;
        let event = AuditEvent::new(now, Reference::new()?, Action::LoginBegun);
        let mut event = event.organization(organization);
        event.account = pending.login.account().cloned();
        core.record(event);
        self.warn_of_ends(connection).await;
        Ok(to)
    }

    /// Makes the request to the provider.
    async fn ask_provider(
        &self,
        connection: &Connection,
        login: &Login,
        hint: Option<String>,
    ) -> Result<Asked, LoginError> {
        let core = self.core();
        match connection.provider {
            #[cfg(feature = "oidc")]
            Provider::Oidc(ref provider) => {
                use crate::{
                    login::{email, record::state_key},
                    provider::oidc::AuthorizeRequest,
                };
                let emails = match login.account() {
                    Some(account) => self.within(core.directory.emails(account), "emails").await?,
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
                let addresses = self.sp_addresses(&login.organization);
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
    pub(super) async fn signed_in(&self, parts: &Parts) -> Result<(AccountId, Credential), LoginError> {
        match self.within(self.core().directory.viewer(parts.into()), "viewer").await? {
            Viewer::SignedIn { account, credential } => Ok((account, credential)),
            Viewer::Anonymous => Err(LoginErrorKind::NotSignedIn.into()),
            Viewer::NotEstablished => Err(LoginErrorKind::ViewerNotEstablished.into()),
        }
    }

    /// Returns who is signed in with a browser. An API token can't log in with SSO, not even for itself: its owner
    /// authorizes it.
    pub(super) async fn in_browser(&self, parts: &Parts) -> Result<(AccountId, Credential), LoginError> {
        let (account, credential) = self.signed_in(parts).await?;
        match credential.kind {
            CredentialKind::Session => Ok((account, credential)),
            CredentialKind::Token | CredentialKind::OrganizationToken => {
                let detail = "a token logs nobody in with SSO, and joins nothing";
                Err(LoginError::with(LoginErrorKind::RequestInvalid, detail).of(&account))
            }
        }
    }

    /// Returns the organization's connection, unless it is off.
    pub(super) async fn connection(&self, organization: &OrgId) -> Result<Arc<Connection>, LoginError> {
        let found = self.within(self.core().connections.find(organization), "connection").await?;
        found
            .inspect(|connection| about(connection))
            .filter(|connection| connection.enforcement() != Enforcement::Off)
            .ok_or_else(|| LoginErrorKind::NoConnection.into())
    }

    /// Checks that the account is a member: only members can log in with SSO.
    pub(super) async fn member(&self, organization: &OrgId, account: &AccountId) -> Result<(), LoginError> {
        match self.within(self.core().directory.membership(organization, account), "membership").await? {
            Membership::Member(_) => Ok(()),
            Membership::ExternalCollaborator | Membership::ServiceAccount | Membership::NonMember => {
                Err(LoginErrorKind::NotMember.into())
            }
        }
    }
}
