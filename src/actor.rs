//! [`ActingAs`]: calls that the app makes on behalf of a person, such as an administrator. The audit events that they
//! record name the person's account. It changes nothing else, and it grants no permission.

use std::net::IpAddr;

use crate::audit::request::{Network, with_request_context};
use tower_sso_core::AccountId;

/// Runs calls of [`Sso`](crate::Sso) on behalf of an account. Returned by [`Sso::as_actor`](crate::Sso::as_actor).
/// The audit events of these calls name the account in [`AuditEvent::actor`](crate::audit::event::AuditEvent::actor).
#[derive(Clone, Debug)]
#[must_use]
pub struct ActingAs {
    account: AccountId,
    network: Option<Network>,
}

impl ActingAs {
    pub(crate) fn new(account: AccountId) -> Self {
        Self { account, network: None }
    }

    /// Sets the network address from which the account acts.
    pub fn at(mut self, address: IpAddr) -> Self {
        self.network = Some(Network::of(address));
        self
    }

    /// Runs a call on behalf of the account, such as ending sessions, creating or revoking a join link, or reporting
    /// changed email addresses.
    ///
    /// ```
    /// # use tower_sso::{login::LoginError, join::NewJoinLink, AccountId, OrgId, ReturnPath, Sso};
    /// # async fn invite(sso: &Sso, admin: &AccountId, here: &OrgId) -> Result<NewJoinLink, LoginError> {
    /// sso.as_actor(admin).run(sso.create_join_link(here, admin, &ReturnPath::root())).await
    /// # }
    /// ```
    pub async fn run<T>(&self, call: impl Future<Output = T>) -> T {
        with_request_context(Some(self.account.clone()), self.network, call).await
    }
}
