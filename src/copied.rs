//! SSO sessions that go over to another credential: to the login session's new id, or to an API token.

use std::sync::Arc;

use crate::{
    Credential, CredentialId, FreshSession, LookupError, OrgId, Sso,
    audit::{Action, AuditEvent, AuditedConnection, Reference},
    digest::random_token,
    session::{RevocationScope, SessionId, SessionsOf, SsoSession},
    store::{InsertOutcome, SessionList},
};

/// How many sessions are asked for at once.
const PAGE: usize = 100;

impl Sso {
    /// The host gave the login session a new id: its SSO sessions go over to it, in every organization, each with the
    /// same end. The old ones are revoked. Both are credentials of the kind that was proved: a token that gets a new id
    /// is rebound by its own proof.
    ///
    /// Answers what became of the session that was proved.
    ///
    /// # Errors
    ///
    /// When a store can't tell. The old credential's SSO sessions may then still stand.
    pub async fn rebind(
        &self,
        old: &CredentialId,
        proof: &FreshSession,
        new: &CredentialId,
    ) -> Result<InsertOutcome, crate::Error> {
        let proved = proof.session();
        let [old, new] = [old, new].map(|id| Credential { id: id.clone(), kind: proved.credential.kind });
        let mut inserted = self.copy(proved, &new, Action::SessionRebound).await?;
        let mut copied =
            Vec::from_iter((inserted == InsertOutcome::Stored).then(|| proved.organization.clone()));
        if old == new {
            return Ok(inserted);
        }
        for session in self.elsewhere(&old, proved).await? {
            if self.copy(&session, &new, Action::SessionRebound).await? == InsertOutcome::Stored {
                copied.push(session.organization.clone());
            }
        }
        let ended = self.end(RevocationScope::Credential(old)).await?.sessions;
        for organization in copied {
            // Nothing of the old one left to end there: it was signed out meanwhile, and its mark does not name the
            // new one.
            if !ended.iter().any(|session| session.organization == organization) {
                if organization == proved.organization {
                    inserted = InsertOutcome::Revoked;
                }
                let (credential, account) = (new.clone(), proved.account.clone());
                self.revoke(RevocationScope::Session { credential, organization, account }).await?;
            }
        }
        Ok(inserted)
    }

    /// Authorizes an API token for the organization of a fresh SSO session of its owner, until that session's time is over:
    /// also if its owner signs out before. What ends both is a changed connection, or the end of the member's sessions or the
    /// account's.
    ///
    /// # Errors
    ///
    /// When a store can't tell.
    pub async fn authorize_token(
        &self,
        proof: &FreshSession,
        token: &CredentialId,
    ) -> Result<InsertOutcome, crate::Error> {
        Ok(self.copy(proof.session(), &Credential::token(token.clone()), Action::TokenAuthorized).await?)
    }

    /// A session of this credential in each organization but that of the one that was proved.
    async fn elsewhere(
        &self,
        credential: &Credential,
        proved: &SsoSession,
    ) -> Result<Vec<Arc<SsoSession>>, LookupError> {
        let of = SessionsOf::Account(proved.account.clone());
        let mut list = SessionList { of, after: None, limit: PAGE };
        let mut found: Vec<Arc<SsoSession>> = Vec::new();
        loop {
            let page = self.within(self.core().sessions.list(&list), "session.list").await?;
            for session in page.sessions {
                let known = |organization: &OrgId| {
                    *organization == proved.organization
                        || found.iter().any(|it| it.organization == *organization)
                };
                if session.credential == *credential
                    && session.account == proved.account
                    && !known(&session.organization)
                {
                    found.push(session);
                }
            }
            match page.next {
                Some(next) => list.after = Some(next),
                None => return Ok(found),
            }
        }
    }

    async fn copy(
        &self,
        from: &SsoSession,
        credential: &Credential,
        action: Action,
    ) -> Result<InsertOutcome, LookupError> {
        let core = self.core();
        // A revocation up to now is seen by the look, a later one by the mark that it leaves.
        let begun_at = core.clock.now();
        // What stands is copied, not what was proved: the provider may have ended that one since.
        let found = self.within(core.sessions.find(from.key()), "session.find").await?;
        let Some(stands) = found.filter(|found| found.expires_at > begun_at) else {
            return Ok(InsertOutcome::Revoked);
        };
        let session = SsoSession {
            id: SessionId::new(random_token()?.expose()),
            credential: credential.clone(),
            begun_at,
            ..SsoSession::clone(&stands)
        };
        let (organization, account) = (session.organization.clone(), session.account.clone());
        let inserted = self.within(core.sessions.insert(Arc::new(session)), "session.insert").await?;
        if inserted == InsertOutcome::Stored {
            let event = AuditEvent::new(core.clock.now(), Reference::new()?, action);
            let mut event = event.organization(&organization).account(&account);
            event.credential = Some(credential.clone());
            event.connection = Some(AuditedConnection::from(&*stands));
            core.record(event);
        }
        Ok(inserted)
    }
}
