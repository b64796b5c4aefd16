//! Join links, as administrators make, see and revoke them.

use super::joinable;
use crate::{
    AccountId, LookupError, OrgId, ReturnPath, Secret, Sso,
    audit::{Action, AuditEvent, Reference},
    digest::random_token,
    join::{JoinLink, JoinLinkId},
    login::{LoginError, LoginErrorKind},
    store::AddOutcome,
    time::later,
};

/// The most links of one organization.
const MOST: usize = 100;

/// A join link that was just made.
#[derive(Debug)]
#[non_exhaustive]
pub struct NewJoinLink {
    /// The link.
    pub link: JoinLink,
    /// Its address, which is shown now and never again: whoever has it can join, if the organization's provider vouches
    /// for them.
    pub address: Secret<String>,
}

impl Sso {
    /// Makes a join link of the organization: an address by which whoever its provider vouches for becomes a member. It
    /// lasts as long as the connection says, and whoever joined by it arrives at `return_to`. That `by` administers the
    /// organization, the host has found out. See [`joining`](crate::handbook::joining).
    ///
    /// # Errors
    ///
    /// `NoConnection`; `EmailDomainRefused` where the connection has no list of domains; `StoreFull`, and for more than 100
    /// links of one organization; `LookupFailed`.
    pub async fn make_join_link(
        &self,
        organization: &OrgId,
        by: &AccountId,
        return_to: &ReturnPath,
    ) -> Result<NewJoinLink, LoginError> {
        let connection = self.connection(organization).await?;
        joinable(&connection)?;
        let (core, now) = (self.core(), self.core().now());
        if self.without_ended(organization).await?.len() >= MOST {
            return Err(LoginErrorKind::StoreFull.into());
        }
        let token = random_token()?;
        let link = JoinLink {
            id: JoinLinkId::of(organization, token.expose()),
            organization: organization.clone(),
            made_by: by.clone(),
            made_at: now,
            expires_at: later(now, connection.join.lifetime),
            return_to: return_to.clone(),
            uses: 0,
        };
        match self.within(core.join_links.add(&link), "join_links.add").await? {
            AddOutcome::Kept => {}
            AddOutcome::Full => return Err(LoginErrorKind::StoreFull.into()),
        }
        self.note(organization, by, Action::JoinLinkMade { link: link.id.clone() })?;
        let address = Secret::new(core.addresses.join(organization, token.expose()));
        Ok(NewJoinLink { link, address })
    }

    /// The organization's join links that stand now, those made last first: for administrators.
    ///
    /// # Errors
    ///
    /// When the store can't tell.
    pub async fn join_links(&self, organization: &OrgId) -> Result<Vec<JoinLink>, crate::Error> {
        let core = self.core();
        let mut links = self.within(core.join_links.list(organization), "join_links.list").await?;
        links.retain(|link| link.organization == *organization && link.expires_at > core.now());
        Ok(links)
    }

    /// Revokes one of the organization's join links: nobody joins by it any more, nor who has begun to. Answers whether
    /// there was one; of another organization's it answers what it answers of none. Members stay members.
    ///
    /// # Errors
    ///
    /// When the store can't tell. The link may then still stand: try again.
    pub async fn revoke_join_link(
        &self,
        organization: &OrgId,
        by: &AccountId,
        id: &JoinLinkId,
    ) -> Result<bool, crate::Error> {
        let core = self.core();
        let removed = self.within(core.join_links.remove(organization, id), "join_links.remove").await?;
        if removed {
            let action = Action::JoinLinkRevoked { link: id.clone() };
            let event = AuditEvent::new(core.now(), Reference::new()?, action);
            core.record(event.organization(organization).account(by));
        }
        Ok(removed)
    }

    /// The links that stand, after those that are over were removed.
    async fn without_ended(&self, organization: &OrgId) -> Result<Vec<JoinLink>, LookupError> {
        let core = self.core();
        let links = self.within(core.join_links.list(organization), "join_links.list").await?;
        let (stand, over): (Vec<_>, Vec<_>) =
            links.into_iter().partition(|link| link.expires_at > core.now());
        for link in over {
            self.within(core.join_links.remove(organization, &link.id), "join_links.remove").await?;
        }
        Ok(stand)
    }
}
