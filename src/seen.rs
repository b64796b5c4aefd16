//! Lists active SSO sessions for their owners and for administrators, and ends a single session.

use std::collections::HashMap;

use crate::{
    id::{AccountId, OrgId},
    login::record::loop_key,
    lookup::LookupError,
    session::{
        SessionId,
        list::{SessionCursor, SessionList, SessionPage, SessionsOf},
        store::{RevocationScope, SessionKey},
    },
    sso::Sso,
};

/// The maximum number of sessions on a page.
const PAGE: usize = 100;

impl Sso {
    /// Returns the account's active SSO sessions in every organization, newest first, at most 100. To get the next
    /// page, pass the [`next`](SessionPage::next) of this page as `after`.
    ///
    /// For each credential and organization there is one session, even if the credential logged in with SSO several
    /// times. See [`sessions`](crate::handbook::sessions).
    ///
    /// # Errors
    ///
    /// Returns an error if a store fails.
    pub async fn account_sessions(
        &self,
        account: &AccountId,
        after: Option<SessionCursor>,
    ) -> Result<SessionPage, crate::lookup::Error> {
        Ok(self.active(SessionsOf::Account(account.clone()), after).await?)
    }

    /// Returns the active SSO sessions of all members of the organization, newest first, at most 100. To get the next
    /// page, pass the [`next`](SessionPage::next) of this page as `after`. This is for administrators.
    ///
    /// # Errors
    ///
    /// Returns an error if a store fails.
    pub async fn organization_sessions(
        &self,
        organization: &OrgId,
        after: Option<SessionCursor>,
    ) -> Result<SessionPage, crate::lookup::Error> {
        Ok(self.active(SessionsOf::Organization(organization.clone()), after).await?)
    }

    /// Ends one SSO session, if it is among the sessions that `of` names. Pass the sessions that the caller may end:
    /// [`SessionsOf::Account`] for the viewer's own, [`SessionsOf::Organization`] for those of an organization.
    /// Earlier sessions of the same credential in that organization end too, and so does an SSO login in progress.
    /// Returns whether there was such a session. A session of another account or organization gives the same answer
    /// as a session that does not exist.
    ///
    /// To end more at once, such as all sessions of a member or of an organization, use
    /// [`Sso::revoke`](crate::Sso::revoke).
    ///
    /// # Errors
    ///
    /// Returns an error if the store fails. The session may then still be active: try again.
    pub async fn end_session(&self, id: &SessionId, of: &SessionsOf) -> Result<bool, crate::lookup::Error> {
        let list = SessionList { of: SessionsOf::Session(id.clone()), after: None, limit: 1 };
        let found = self.within(self.core().sessions.list(&list), "session.list").await?;
        // Compare the id again: do not rely on the store to return only what was asked for.
        let Some(session) = found.sessions.iter().find(|it| it.id == *id && of.covers(it)) else {
            return Ok(false);
        };
        self.end_one(session.key()).await?;
        Ok(true)
    }

    /// Ends the sessions of one credential of an account in an organization, and removes the loop mark.
    pub(crate) async fn end_one(&self, key: SessionKey<'_>) -> Result<(), LookupError> {
        let SessionKey { credential, organization, account } = key;
        let mark = loop_key(organization, account);
        let (credential, organization, account) = (credential.clone(), organization.clone(), account.clone());
        self.revoke(RevocationScope::Session { credential, organization, account }).await?;
        // An SSO login after this is not a loop. If the mark can't be removed, the start page reports a loop once.
        drop(self.within(self.core().one_time.take(&mark), "one_time.take").await);
        Ok(())
    }

    /// Returns a page without sessions that are no longer accepted: those that have expired, and those created under
    /// an earlier version of the connection.
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
