//! Actions that the app takes on behalf of a person, so that the audit events name that person.

use std::net::IpAddr;

use crate::{
    audit::{
        AuditEvent,
        action::Action,
        reference::Reference,
        request::{AuditedConnection, Network, during},
    },
    connection::reloaded::Reloaded,
    id::{AccountId, OrgId},
    lookup::LookupError,
    session::{SessionId, list::SessionsOf, store::RevocationScope},
    sso::Sso,
};

/// An [`Sso`] that acts on behalf of an account. The audit events of what is done through it name the account in
/// [`AuditEvent::actor`]. The app must check beforehand that the account is allowed to do it.
///
/// ```
/// # use tower_sso::{session::RevocationScope, AccountId, OrgId, Sso};
/// # async fn end_all(sso: &Sso, admin: &AccountId, here: &OrgId) -> Result<usize, tower_sso::Error> {
/// sso.acting(admin).revoke(RevocationScope::Organization(here.clone())).await
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Acting<'a> {
    sso: &'a Sso,
    actor: AccountId,
    network: Option<Network>,
}

impl Sso {
    /// Returns the same handle, acting on behalf of this account: an administrator of an organization, or of the app.
    #[must_use]
    pub fn acting(&self, actor: &AccountId) -> Acting<'_> {
        Acting { sso: self, actor: actor.clone(), network: None }
    }

    /// Records which connections a reload of the connections' file added, changed and removed: one audit event for
    /// each.
    ///
    /// # Errors
    ///
    /// Returns an error if no randomness is available for a reference.
    pub fn connections_reloaded(&self, reloaded: &Reloaded) -> Result<(), crate::lookup::Error> {
        Ok(self.record_reload(reloaded, None)?)
    }

    fn record_reload(&self, reloaded: &Reloaded, by: Option<&Acting<'_>>) -> Result<(), LookupError> {
        let Reloaded { added, changed, adjusted, removed, .. } = reloaded;
        for (what, connections) in
            [("added", added), ("changed", changed), ("adjusted", adjusted), ("removed", removed)]
        {
            for connection in connections {
                let action = Action::ConnectionChanged { what };
                let mut event = AuditEvent::new(self.core().now(), Reference::new()?, action)
                    .organization(connection.organization());
                event.connection = Some(AuditedConnection::from(&**connection));
                event.actor = by.map(|by| by.actor.clone());
                event.network = by.and_then(|by| by.network);
                self.core().record(event);
            }
        }
        Ok(())
    }
}

impl Acting<'_> {
    /// Sets the network address from which the account acts.
    #[must_use]
    pub fn at(mut self, address: IpAddr) -> Self {
        self.network = Some(Network::of(address));
        self
    }

    /// Does what [`Sso::revoke`] does, and names the account in the audit events.
    ///
    /// # Errors
    ///
    /// Same as [`Sso::revoke`].
    pub async fn revoke(&self, scope: RevocationScope) -> Result<usize, crate::lookup::Error> {
        self.does(self.sso.revoke(scope)).await
    }

    /// Does what [`Sso::end_session`] does, and names the account in the audit events.
    ///
    /// # Errors
    ///
    /// Same as [`Sso::end_session`].
    pub async fn end_session(&self, id: &SessionId, of: &SessionsOf) -> Result<bool, crate::lookup::Error> {
        self.does(self.sso.end_session(id, of)).await
    }

    /// Does what [`Sso::unlink`] does, and names the account in the audit events.
    ///
    /// # Errors
    ///
    /// Same as [`Sso::unlink`].
    pub async fn unlink(
        &self,
        organization: &OrgId,
        account: &AccountId,
    ) -> Result<bool, crate::lookup::Error> {
        self.does(self.sso.unlink(organization, account)).await
    }

    /// Does what [`Sso::connections_reloaded`] does, and names the account in the audit events.
    ///
    /// # Errors
    ///
    /// Same as [`Sso::connections_reloaded`].
    pub fn connections_reloaded(&self, reloaded: &Reloaded) -> Result<(), crate::lookup::Error> {
        Ok(self.sso.record_reload(reloaded, Some(self))?)
    }

    /// Runs any other call of [`Sso`] on behalf of the account. Examples are creating or revoking a join link, and
    /// reporting changed email addresses.
    ///
    /// ```
    /// # use tower_sso::{login::LoginError, join::NewJoinLink, AccountId, OrgId, ReturnPath, Sso};
    /// # async fn invite(sso: &Sso, admin: &AccountId, here: &OrgId) -> Result<NewJoinLink, LoginError> {
    /// sso.acting(admin).does(sso.make_join_link(here, admin, &ReturnPath::root())).await
    /// # }
    /// ```
    pub async fn does<T>(&self, work: impl Future<Output = T>) -> T {
        during(Some(self.actor.clone()), self.network, work).await
    }
}
