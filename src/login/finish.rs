//! Finish: turns the ticket and the host's viewer together into an SSO session.
//!
//! Everything is checked before anything is changed. If the host refuses the account, or a revocation comes in
//! between, an account link that this SSO login created is removed again.

use crate::login::join;
use crate::login::receive;
use crate::login::record;
use crate::login::roles;
use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use crate::{
    audit::{AuditEvent, action::Action, reference::Reference},
    connection::checked::Connection,
    credential::Credential,
    digest::{Digest, random_token},
    error::{LoginError, kind::LoginErrorKind},
    id::{AccountId, JoinLinkId, OrgId},
    identity::IdentityFields,
    login::{
        email,
        record::{Initiator, Login, LoopMark, TakeErrors, Ticket, loop_key, loop_page, ticket_key},
    },
    return_path::ReturnPath,
    session::{
        links::{Link, LinkOutcome, LinkScope},
        one_time::OneTimeEntry,
        sso_session::{SessionId, SsoSession},
        store::InsertOutcome,
    },
    state::Core,
    time::later,
};

pub(crate) const TICKET: TakeErrors = TakeErrors {
    unknown: LoginErrorKind::TicketUnknown,
    used: LoginErrorKind::TicketUsed,
    expired: LoginErrorKind::TicketExpired,
};

/// How long after an SSO login a request for another one counts as a loop.
const LOOP: Duration = Duration::from_secs(30);

/// Finishes an SSO login and returns the return path.
pub(crate) async fn finish(
    core: &Core,
    organization: &OrgId,
    (account, credential): (AccountId, Credential),
    ticket: &str,
) -> Result<ReturnPath, (LoginError, Option<ReturnPath>)> {
    finish_kept(core, organization, (account, credential), ticket_key(ticket)).await
}

/// Finishes the SSO login whose ticket is stored under this key.
pub(crate) async fn finish_kept(
    core: &Core,
    organization: &OrgId,
    (account, credential): (AccountId, Credential),
    key: Digest,
) -> Result<ReturnPath, (LoginError, Option<ReturnPath>)> {
    let taken = record::take(core, key, TICKET).await;
    let ticket: Ticket = taken.map_err(|error| (error.of(&account), None))?;
    let back = ticket.login.return_path.clone();
    let by_link = ticket.login.link().is_some();
    let finished = establish(core, organization, (&account, &credential), ticket).await;
    let ended = |error: LoginError| if by_link { error.dead_end() } else { error };
    finished.map(|()| back.clone()).map_err(|error| (ended(error.of(&account)), Some(back)))
}

pub(crate) async fn establish(
    core: &Core,
    organization: &OrgId,
    viewer: (&AccountId, &Credential),
    ticket: Ticket,
) -> Result<(), LoginError> {
    let Ticket { login, identity } = ticket;
    same_viewer(&login, organization, viewer)?;
    let connection = receive::unchanged(core, organization, &login).await?;
    let joins = join::entrance(core, organization, viewer.0, login.link()).await?;
    let completed = complete(core, &connection, viewer, joins, login, identity).await;
    completed.map_err(|error| error.showing(connection.name()))
}

async fn complete(
    core: &Core,
    connection: &Connection,
    (account, credential): (&AccountId, &Credential),
    joins: Option<JoinLinkId>,
    login: Login,
    identity: IdentityFields,
) -> Result<(), LoginError> {
    let organization = &login.organization.clone();
    has_required_claims(connection, &identity)?;
    let emails = core.with_timeout(core.directory.emails(account), "emails").await?;
    let email = email::accept(&identity, &connection.email, &emails)?;
    let page = loop_page(&login.return_path, &login.asked);
    let (profile, who) = (identity.profile.clone(), (organization, account));
    let completed = roles::log_in(core, connection, who, joins.is_some(), email.clone(), profile).await?;
    let linked = identity.link.clone().unwrap_or_else(|| (identity.scope.clone(), identity.subject.clone()));
    let session = session((account, credential), login, identity, email, connection, core.now())?;
    let session = Arc::new(session);
    // Check this before anything is changed. A revocation from here on is detected by the insert.
    if core.with_timeout(core.sessions.revoked(&session), "session.revoked").await? {
        return Err(LoginErrorKind::Revoked.into());
    }
    if let Some(link) = &joins {
        join::join_link(core, connection, link).await?;
    }
    let mark = LoopMark::new(page, &session);
    let link_outcome = link(core, organization, account, linked).await?;
    let applied = match &joins {
        None => roles::apply(core, &completed).await,
        Some(link) => join::join(core, &completed, link).await,
    };
    // If the host did not accept the account, no account link may remain.
    if let Err(error) = applied {
        return Err(undo(core, organization, account, link_outcome, error).await);
    }
    match core.with_timeout(core.sessions.insert(session), "session.insert").await? {
        InsertOutcome::Stored => {}
        InsertOutcome::Revoked => {
            let revoked = LoginErrorKind::Revoked.into();
            return Err(undo(core, organization, account, link_outcome, revoked).await);
        }
    }
    note(core, organization, account, Action::LoginFinished)?;
    mark_against_loops(core, organization, account, &mark).await;
    Ok(())
}

/// Links the provider's user to the account, or checks that they are already linked to each other.
async fn link(
    core: &Core,
    organization: &OrgId,
    account: &AccountId,
    (scope, subject): (LinkScope, String),
) -> Result<LinkOutcome, LoginError> {
    let link = Link { organization: organization.clone(), account: account.clone(), scope, subject };
    let link_outcome = core.with_timeout(core.links.pin(&link), "links.link").await?;
    match link_outcome {
        LinkOutcome::New => note(core, organization, account, Action::LinkPinned)?,
        LinkOutcome::Replaced => note(core, organization, account, Action::LinkRepinned)?,
        LinkOutcome::Same => {}
        LinkOutcome::OtherSubject => return Err(LoginErrorKind::SubjectChanged.into()),
        LinkOutcome::OtherAccount => return Err(LoginErrorKind::SubjectOfAnotherAccount.into()),
        LinkOutcome::Full => return Err(LoginErrorKind::StoreFull.into()),
    }
    Ok(link_outcome)
}

/// Removes the account link again if this SSO login created it. It is called when a revocation came between the
/// check and the insert, or when the host accepted neither the member nor the role. The link must not remain,
/// because an administrator may just have removed the previous one.
async fn undo(
    core: &Core,
    organization: &OrgId,
    account: &AccountId,
    link_outcome: LinkOutcome,
    because: LoginError,
) -> LoginError {
    if matches!(link_outcome, LinkOutcome::New | LinkOutcome::Replaced) {
        if let Err(error) = core.with_timeout(core.links.unlink(organization, account), "links.unlink").await
        {
            return error.into();
        }
        if let Err(error) = note(core, organization, account, Action::LinkRemoved) {
            return error;
        }
    }
    because
}

/// Stores the mark that stops a loop. The SSO login is complete, so a store that can't keep the mark does not
/// make it fail.
async fn mark_against_loops(core: &Core, organization: &OrgId, account: &AccountId, mark: &LoopMark) {
    let Ok(value) = serde_json::to_vec(mark) else { return };
    let (key, now) = (loop_key(organization, account), core.now());
    let expires_at = later(now, LOOP);
    let entry = OneTimeEntry { key, owner: key, cap: 1, value, now, expires_at };
    if let Err(error) = core.with_timeout(core.one_time.put(entry), "one_time.put").await {
        tracing::warn!(target: "tower_sso", %error, "no mark against loops");
    }
}

pub(crate) fn note(
    core: &Core,
    organization: &OrgId,
    account: &AccountId,
    action: Action,
) -> Result<(), LoginError> {
    let event = AuditEvent::new(core.now(), Reference::new()?, action);
    core.record(event.organization(organization).account(account));
    Ok(())
}

/// Checks that the provider sent every claim that the connection requires.
pub(crate) fn has_required_claims(
    connection: &Connection,
    identity: &IdentityFields,
) -> Result<(), LoginError> {
    let required = connection.required_claims.dry_run(&identity.profile);
    required.map_err(|problem| LoginError::with(LoginErrorKind::ClaimRefused, problem))
}

/// Checks that the viewer is the one who began the SSO login. An SSO login is bound to the organization, the account
/// and the credential that began it.
fn same_viewer(
    login: &Login,
    organization: &OrgId,
    (account, credential): (&AccountId, &Credential),
) -> Result<(), LoginErrorKind> {
    match &login.by {
        _ if login.organization != *organization => Err(LoginErrorKind::OtherOrganization),
        Initiator::Account { account: began, .. } if began != account => Err(LoginErrorKind::OtherAccount),
        Initiator::Account { credential: began, .. } if began == credential => Ok(()),
        Initiator::Account { .. } | Initiator::Visitor { .. } => Err(LoginErrorKind::OtherCredential),
    }
}

fn session(
    (account, credential): (&AccountId, &Credential),
    login: Login,
    identity: IdentityFields,
    email: String,
    connection: &Connection,
    now: SystemTime,
) -> Result<SsoSession, LoginError> {
    let by_timeout = later(now, connection.timeout());
    Ok(SsoSession {
        id: SessionId::new(random_token()?.expose()),
        credential: credential.clone(),
        organization: login.organization,
        account: account.clone(),
        connection: login.version,
        protocol: identity.protocol,
        scope: identity.scope,
        subject: identity.subject,
        email,
        idp_session: identity.idp_session,
        begun_at: login.begun_at,
        logged_in_at: identity.logged_in_at.unwrap_or(now),
        authenticated_at: identity.logged_in_at,
        context_class: identity.context_class,
        // SAML core §2.7.2: the session ends at the time that the provider names, if that is earlier.
        expires_at: identity.session_until.map_or(by_timeout, |until| until.min(by_timeout)),
    })
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::step_up::StepUp;

    /// The key of a ticket already identifies its owner. This rule by itself also rejects everyone except the one who
    /// began.
    #[test]
    fn nobody_finishes_what_another_account_credential_or_a_visitor_began() {
        let (ada, eve) = (AccountId::new("ada"), AccountId::new("eve"));
        let (here, there) = (Credential::session("here"), Credential::session("there"));
        let account = Initiator::Account { account: ada.clone(), credential: here.clone(), link: None };
        let visitor = Initiator::Visitor { browser: Digest::of("a", &[]), link: JoinLinkId::new("x") };
        for (by, organization, viewer, expected) in [
            (&account, "1", (&ada, &here), Ok(())),
            (&account, "2", (&ada, &here), Err(LoginErrorKind::OtherOrganization)),
            (&account, "1", (&eve, &here), Err(LoginErrorKind::OtherAccount)),
            (&account, "1", (&ada, &there), Err(LoginErrorKind::OtherCredential)),
            (&visitor, "1", (&ada, &here), Err(LoginErrorKind::OtherCredential)),
        ] {
            let login = Login {
                organization: "1".into(),
                by: by.clone(),
                version: Digest::of("a", &[]),
                return_path: ReturnPath::root(),
                asked: StepUp::new(),
                begun_at: UNIX_EPOCH,
            };
            assert_eq!(same_viewer(&login, &organization.into(), viewer), expected, "{by:?}");
        }
    }
}
