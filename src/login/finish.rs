//! Finish: the ticket and the host's viewer together become an SSO session.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{
    email,
    record::{Kinds, Login, LoopMark, Ticket, loop_key, loop_page, ticket_key},
};
use crate::{
    AccountId, Action, AuditEvent, Connection, Credential, Digest, Inserted, Link, LoginError,
    LoginErrorKind, OneTimeEntry, OrgId, Pinned, Reference, ReturnPath, SessionId, Sso, SsoSession,
    digest::random_token, identity::IdentityFields, time::later,
};

pub(super) const TICKET: Kinds = Kinds {
    unknown: LoginErrorKind::TicketUnknown,
    used: LoginErrorKind::TicketUsed,
    expired: LoginErrorKind::TicketExpired,
};

/// How long after a sign-on another one that is asked for at once is taken for a loop.
const LOOP: Duration = Duration::from_secs(30);

impl Sso {
    /// Finishes a sign-on; answers with where it comes back to.
    pub(super) async fn finish(
        &self,
        organization: &OrgId,
        (account, credential): (AccountId, Credential),
        ticket: &str,
    ) -> Result<ReturnPath, (LoginError, Option<ReturnPath>)> {
        self.finish_kept(organization, (account, credential), ticket_key(ticket)).await
    }

    /// Finishes the sign-on whose ticket is kept under this key.
    pub(super) async fn finish_kept(
        &self,
        organization: &OrgId,
        (account, credential): (AccountId, Credential),
        key: Digest,
    ) -> Result<ReturnPath, (LoginError, Option<ReturnPath>)> {
        let taken = self.take(key, TICKET).await;
        let ticket: Ticket = taken.map_err(|error| (error.of(&account), None))?;
        let back = ticket.login.return_path.clone();
        let finished = self.establish(organization, &account, &credential, ticket).await;
        finished.map(|()| back.clone()).map_err(|error| (error.of(&account), Some(back)))
    }

    async fn establish(
        &self,
        organization: &OrgId,
        account: &AccountId,
        credential: &Credential,
        ticket: Ticket,
    ) -> Result<(), LoginError> {
        let Ticket { login, identity } = ticket;
        same_viewer(&login, organization, account, credential)?;
        let connection = self.unchanged(organization, &login).await?;
        self.member(organization, account).await?;
        let completed = self.complete(&connection, login, identity).await;
        completed.map_err(|error| error.showing(connection.name()))
    }

    async fn complete(
        &self,
        connection: &Connection,
        login: Login,
        identity: IdentityFields,
    ) -> Result<(), LoginError> {
        let core = self.core();
        let (organization, account) = (&login.organization.clone(), &login.account.clone());
        let required = connection.required_claims.dry_run(&identity.profile);
        required.map_err(|problem| LoginError::with(LoginErrorKind::ClaimRefused, problem))?;
        let emails = self.within(core.directory.emails(account), "emails").await?;
        let email = email::accept(&identity, &connection.email, &emails)?;
        let page = loop_page(&login.return_path, &login.asked);
        let (profile, who) = (identity.profile.clone(), (organization, account));
        let sign_on = self.sign_on(connection, who, email.clone(), profile).await?;
        let session = Arc::new(session(login, identity, email, connection, core.now())?);
        // Before anything is changed; the insert meets what is revoked from here on.
        if self.within(core.sessions.revoked(&session), "session.revoked").await? {
            return Err(LoginErrorKind::Revoked.into());
        }
        let mark = LoopMark::new(page, &session);
        let pinned = self.link(&session).await?;
        self.apply(&sign_on).await?;
        match self.within(core.sessions.insert(session), "session.insert").await? {
            Inserted::Stored => {}
            Inserted::Revoked => return Err(self.undo(organization, account, pinned).await),
        }
        self.note(organization, account, Action::LoginFinished)?;
        self.mark_against_loops(organization, account, &mark).await;
        Ok(())
    }

    /// Pins the provider's user to the account, or finds that it is pinned so.
    async fn link(&self, session: &SsoSession) -> Result<Pinned, LoginError> {
        let SsoSession { organization, account, scope, subject, .. } = session;
        let link = Link {
            organization: organization.clone(),
            account: account.clone(),
            scope: scope.clone(),
            subject: subject.clone(),
        };
        let pinned = self.within(self.core().links.pin(&link), "links.pin").await?;
        match pinned {
            Pinned::New => self.note(organization, account, Action::LinkPinned)?,
            Pinned::Replaced => self.note(organization, account, Action::LinkRepinned)?,
            Pinned::Same => {}
            Pinned::OtherSubject => return Err(LoginErrorKind::SubjectChanged.into()),
            Pinned::OtherAccount => return Err(LoginErrorKind::SubjectOfAnotherAccount.into()),
            Pinned::Full => return Err(LoginErrorKind::StoreFull.into()),
        }
        Ok(pinned)
    }

    /// A revocation came between the look and the insert: a link that this sign-on was the first to make goes again,
    /// since an administrator may just have removed the one before.
    async fn undo(&self, organization: &OrgId, account: &AccountId, pinned: Pinned) -> LoginError {
        if pinned == Pinned::New {
            let core = self.core();
            if let Err(error) = self.within(core.links.unlink(organization, account), "links.unlink").await {
                return error.into();
            }
            if let Err(error) = self.note(organization, account, Action::LinkRemoved) {
                return error;
            }
        }
        LoginErrorKind::Revoked.into()
    }

    /// Leaves the mark that stops a loop. The sign-on is complete: a store that can't keep the mark changes nothing.
    async fn mark_against_loops(&self, organization: &OrgId, account: &AccountId, mark: &LoopMark) {
        let core = self.core();
        let Ok(value) = serde_json::to_vec(mark) else { return };
        let (key, now) = (loop_key(organization, account), core.now());
        let expires_at = later(now, LOOP);
        let entry = OneTimeEntry { key, owner: key, cap: 1, value, now, expires_at };
        if let Err(error) = self.within(core.one_time.put(entry), "one_time.put").await {
            tracing::warn!(target: "tower_sso", %error, "no mark against loops");
        }
    }

    pub(super) fn note(
        &self,
        organization: &OrgId,
        account: &AccountId,
        action: Action,
    ) -> Result<(), LoginError> {
        let event = AuditEvent::new(self.core().now(), Reference::new()?, action);
        self.core().record(event.organization(organization).account(account));
        Ok(())
    }
}

/// A login is bound to the organization, the account and the credential that began it.
fn same_viewer(
    login: &Login,
    organization: &OrgId,
    account: &AccountId,
    credential: &Credential,
) -> Result<(), LoginErrorKind> {
    if login.organization != *organization {
        Err(LoginErrorKind::OtherOrganization)
    } else if login.account != *account {
        Err(LoginErrorKind::OtherAccount)
    } else if login.credential != *credential {
        Err(LoginErrorKind::OtherCredential)
    } else {
        Ok(())
    }
}

fn session(
    login: Login,
    identity: IdentityFields,
    email: String,
    connection: &Connection,
    now: SystemTime,
) -> Result<SsoSession, LoginError> {
    let by_timeout = later(now, connection.timeout());
    Ok(SsoSession {
        id: SessionId::new(random_token()?.expose()),
        credential: login.credential,
        organization: login.organization,
        account: login.account,
        connection: login.version,
        protocol: identity.protocol,
        scope: identity.scope,
        subject: identity.subject,
        email,
        idp_session: identity.idp_session,
        begun_at: login.begun_at,
        signed_on_at: identity.signed_on_at.unwrap_or(now),
        authenticated_at: identity.signed_on_at,
        context_class: identity.context_class,
        // SAML core 2.7.2: the session ends when the provider says, if that is sooner.
        expires_at: identity.session_until.map_or(by_timeout, |until| until.min(by_timeout)),
    })
}
