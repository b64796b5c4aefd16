//! [`AuditEvent`]: one event, with everything that is known about it.

use std::time::SystemTime;

use crate::audit::{
    action::Action,
    reference::Reference,
    request::{AuditedConnection, Network, current_request},
};
use tower_sso_core::{AccountId, Credential, OrgId};

/// One event: what happened, when, to which account and in which organization.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AuditEvent {
    /// When it happened.
    pub at: SystemTime,
    /// The reference that the visitor's page shows, if there was a page.
    pub reference: Reference,
    /// The organization, if it was known.
    pub organization: Option<OrgId>,
    /// The account that it happened to, if it was known.
    pub account: Option<AccountId>,
    /// The account that acted, such as an administrator, if it is not the account that the event is about. The app
    /// names it with [`Sso::as_actor`](crate::Sso::as_actor).
    pub actor: Option<AccountId>,
    /// The credential that the event is about: the token that was authorized, the credential whose SSO sessions
    /// ended, or the new id of a credential that was rebound.
    pub credential: Option<Credential>,
    /// The connection, if it was known.
    pub connection: Option<AuditedConnection>,
    /// The network that the request came from, if the app provides it: see
    /// [`ClientAddress`](crate::audit::ClientAddress).
    pub network: Option<Network>,
    /// What happened.
    pub action: Action,
}

impl AuditEvent {
    pub(crate) fn new(at: SystemTime, reference: Reference, action: Action) -> Self {
        Self {
            at,
            reference,
            organization: None,
            account: None,
            actor: None,
            credential: None,
            connection: None,
            network: None,
            action,
        }
    }

    pub(crate) fn organization(mut self, organization: &OrgId) -> Self {
        self.organization = Some(organization.clone());
        self
    }

    pub(crate) fn account(mut self, account: &AccountId) -> Self {
        self.account = Some(account.clone());
        self
    }

    /// Fills the fields that are still empty with what is known about the current request.
    pub(crate) fn with_current_request(mut self) -> Self {
        let current = current_request();
        self.actor = self.actor.or(current.actor);
        self.network = self.network.or(current.network);
        self.connection = self.connection.or(current.connection);
        self
    }
}
