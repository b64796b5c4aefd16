//! What happened, for the operator: one enum, stable names, a sink. Never a secret, a code or a token.

mod action;
mod ended;
mod reference;
mod request;
mod sink;

use std::time::SystemTime;

#[cfg(feature = "saml")]
pub(crate) use self::request::network;
pub use self::{
    action::Action,
    reference::Reference,
    request::{AuditedConnection, ClientAddress, Network},
    sink::{AuditSink, TracingSink},
};
pub(crate) use self::{
    ended::ended,
    request::{about, during},
};
use crate::{AccountId, Credential, OrgId};

/// One thing that happened, with whom and where.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AuditEvent {
    /// When.
    pub at: SystemTime,
    /// The reference that the visitor's page shows, if there was a page.
    pub reference: Reference,
    /// The organization, as far as it was known.
    pub organization: Option<OrgId>,
    /// The account that it happened to, as far as it was known.
    pub account: Option<AccountId>,
    /// Who did it in the account's stead, where the app said so by [`Sso::acting`](crate::Sso::acting): an administrator.
    pub actor: Option<AccountId>,
    /// The credential that it was about: the token that was authorized, the one whose SSO sessions ended, the new id of
    /// one that has another.
    pub credential: Option<Credential>,
    /// The connection, as far as it was known.
    pub connection: Option<AuditedConnection>,
    /// The network that the request came from, if the app says: see [`ClientAddress`].
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

    /// With what is known of the request under way.
    pub(crate) fn completed(mut self) -> Self {
        request::complete(&mut self);
        self
    }
}
