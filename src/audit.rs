//! Audit events for the operator: one enum of actions, stable names, and a sink.
//!
//! Events never contain a secret, a code or a token. The names of the actions are stable, because logs and alerts
//! refer to them.

pub(crate) mod action;
mod ended;
pub(crate) mod reference;
pub(crate) mod request;
pub(crate) mod sink;

use std::time::SystemTime;

pub(crate) use self::ended::ended;
#[cfg(feature = "saml")]
pub(crate) use self::request::network;
pub use self::{
    action::Action,
    reference::Reference,
    request::{AuditedConnection, ClientAddress, Network},
    sink::{AuditSink, TracingSink},
};
use crate::{
    credential::Credential,
    id::{AccountId, OrgId},
};

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
    /// names it with [`Sso::acting`](crate::Sso::acting).
    pub actor: Option<AccountId>,
    /// The credential that the event is about: the token that was authorized, the credential whose SSO sessions
    /// ended, or the new id of a credential that was rebound.
    pub credential: Option<Credential>,
    /// The connection, if it was known.
    pub connection: Option<AuditedConnection>,
    /// The network that the request came from, if the app provides it: see [`ClientAddress`].
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

    /// Adds what is known about the current request.
    pub(crate) fn completed(mut self) -> Self {
        request::complete(&mut self);
        self
    }
}
