//! What the app does in somebody's name, so that the audit events say who it was.

use std::net::IpAddr;

use crate::{
    AccountId, LookupError, OrgId, Sso,
    audit::{Action, AuditEvent, AuditedConnection, Network, Reference, during},
    connection::Reloaded,
    session::{RevocationScope, SessionId, SessionsOf},
};

/// [`Sso`] in somebody's name: the audit events of what is done say so, in [`AuditEvent::actor`]. Whether they may do
/// it, the app has checked.
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
    /// The same, in the name of this account: an administrator of an organization, or of the app.
    #[must_use]
    pub fn acting(&self, actor: &AccountId) -> Acting<'_> {
        Acting { sso: self, actor: actor.clone(), network: None }
    }

    /// Records which connections a reload of their file added, changed and removed, an event each.
    ///
    /// # Errors
    ///
    /// When there is no randomness for a reference.
    pub fn connections_reloaded(&self, reloaded: &Reloaded) -> Result<(), crate::Error> {
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
    /// The address that they did it from.
    #[must_use]
    pub fn at(mut self, address: IpAddr) -> Self {
        self.network = Some(Network::of(address));
        self
    }

    /// [`Sso::revoke`].
    ///
    /// # Errors
    ///
    /// As it.
    pub async fn revoke(&self, scope: RevocationScope) -> Result<usize, crate::Error> {
        self.does(self.sso.revoke(scope)).await
    }

    /// [`Sso::end_session`].
    ///
    /// # Errors
    ///
    /// As it.
    pub async fn end_session(&self, id: &SessionId, of: &SessionsOf) -> Result<bool, crate::Error> {
        self.does(self.sso.end_session(id, of)).await
    }

    /// [`Sso::unlink`].
    ///
    /// # Errors
    ///
    /// As it.
    pub async fn unlink(&self, organization: &OrgId, account: &AccountId) -> Result<bool, crate::Error> {
        self.does(self.sso.unlink(organization, account)).await
    }

    /// [`Sso::connections_reloaded`].
    ///
    /// # Errors
    ///
    /// As it.
    pub fn connections_reloaded(&self, reloaded: &Reloaded) -> Result<(), crate::Error> {
        Ok(self.sso.record_reload(reloaded, Some(self))?)
    }

    /// Whatever else the app has [`Sso`] do, in their name: a join link that is made or revoked, addresses that changed.
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
