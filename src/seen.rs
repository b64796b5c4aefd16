//! Which sessions stand, for their owners and for administrators, and how to end one.

use std::collections::HashMap;

use crate::{
    AccountId, LookupError, OrgId, Sso,
    login::loop_key,
    session::{RevocationScope, SessionCursor, SessionId, SessionPage, SessionsOf},
    store::{SessionKey, SessionList},
};

/// How many sessions a page holds at most.
const PAGE: usize = 100;

impl Sso {
    /// The account's SSO sessions that stand now, in every organization, the newest first: 100 at most. The next page
    /// comes `after` the [`next`](SessionPage::next) of this one.
    ///
    /// Of one credential in one organization there is one, however often it logged in with SSO. See
    /// [`sessions`](crate::handbook::sessions).
    ///
    /// # Errors
    ///
    /// When a store can't tell.
    pub async fn account_sessions(
        &self,
        account: &AccountId,
        after: Option<SessionCursor>,
    ) -> Result<SessionPage, crate::Error> {
        Ok(self.active(SessionsOf::Account(account.clone()), after).await?)
    }

    /// The organization's SSO sessions that stand now, of every member, the newest first: 100 at most. The next page
    /// comes `after` the [`next`](SessionPage::next) of this one. For administrators.
    ///
    /// # Errors
    ///
    /// When a store can't tell.
    pub async fn organization_sessions(
        &self,
        organization: &OrgId,
        after: Option<SessionCursor>,
    ) -> Result<SessionPage, crate::Error> {
        Ok(self.active(SessionsOf::Organization(organization.clone()), after).await?)
    }

    /// Ends one SSO session, if it is one `of` those whose end is the caller's to say: the viewer's own by
    /// [`SessionsOf::Account`], an organization's by [`SessionsOf::Organization`]. Earlier sessions of the same
    /// credential there end with it, and so does an SSO login of it that is under way. Answers whether there was one; of
    /// another's it answers what it answers of none.
    ///
    /// What ends more at once is [`Sso::revoke`](crate::Sso::revoke): a member's, or an organization's.
    ///
    /// # Errors
    ///
    /// When the store can't tell. The session may then still stand: try again.
    pub async fn end_session(&self, id: &SessionId, of: &SessionsOf) -> Result<bool, crate::Error> {
        let list = SessionList { of: SessionsOf::Session(id.clone()), after: None, limit: 1 };
        let found = self.within(self.core().sessions.list(&list), "session.list").await?;
        // Whatever the store was asked for, the id is compared again.
        let Some(session) = found.sessions.iter().find(|it| it.id == *id && of.covers(it)) else {
            return Ok(false);
        };
        self.end_one(session.key()).await?;
        Ok(true)
    }

    /// Ends the sessions of one credential of an account in an organization, and what marks a loop.
    pub(crate) async fn end_one(&self, key: SessionKey<'_>) -> Result<(), LookupError> {
        let SessionKey { credential, organization, account } = key;
        let mark = loop_key(organization, account);
        let (credential, organization, account) = (credential.clone(), organization.clone(), account.clone());
        self.revoke(RevocationScope::Session { credential, organization, account }).await?;
        // Whoever logs in with SSO again after this is in no loop. If the mark can't be taken, the start page says so once.
        drop(self.within(self.core().one_time.take(&mark), "one_time.take").await);
        Ok(())
    }

    /// A page, without what opens nothing any more: what is over, and what an earlier version of the connection left.
    async fn active(&self, of: SessionsOf, after: Option<SessionCursor>) -> Result<SessionPage, LookupError> {
        let core = self.core();
        let list = SessionList { of, after, limit: PAGE };
        let mut page = self.within(core.sessions.list(&list), "session.list").await?;
        let now = core.now();
        page.sessions.retain(|session| list.of.covers(session) && session.expires_at > now);
        let mut versions = HashMap::new();
        for session in &page.sessions {
            if !versions.contains_key(&session.organization) {
                let found = self.within(core.connections.find(&session.organization), "connection").await?;
                let version = found.map(|connection| *connection.version());
                versions.insert(session.organization.clone(), version);
            }
        }
        page.sessions.retain(|session| {
            versions.get(&session.organization).copied().flatten() == Some(session.connection)
        });
        Ok(page)
    }
}
