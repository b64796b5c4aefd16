//! Finish: turns the ticket and the app's viewer together into an SSO session.
//!
//! Everything is checked before anything is changed. If the app refuses the account, or a revocation comes in between,
//! an account link that this SSO login created is removed again.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use tower_sso_core::{
    AccountId, Digest, JoinLinkId, OrgId, ReturnPath,
    internal::{later, random_token},
    session::{SessionId, SsoSession},
    store::{InsertOutcome, Link, LinkOutcome, OneTimeEntry},
};

use crate::{
    audit::action::Action,
    connection::checked::Connection,
    directory::{login::CompletedLogin, viewer::SignedIn},
    error::{kind::LoginErrorKind, login_error::LoginError},
    identity::IdentityFields,
    login::{
        admission, apply, email,
        event::record_for,
        failure::{LoginFailure, NextStep, OrFailure as _},
        lookups,
        record::{self, Initiator, Login, TICKET, Ticket},
    },
    loop_mark::{LoopMark, loop_key, loop_page},
    state::Core,
};

/// How long after an SSO login a request for another one counts as a loop.
const LOOP: Duration = Duration::from_secs(30);

/// An SSO login that passed every check. Nothing is changed yet.
struct Accepted {
    /// What the app applies.
    completed: CompletedLogin,
    /// The join link by which the account becomes a member, if it is not a member yet.
    joins: Option<JoinLinkId>,
    /// The account link to create or to compare.
    link: Link,
    session: Arc<SsoSession>,
    mark: LoopMark,
}

/// Finishes the SSO login whose ticket is stored under this key, and returns the return path.
pub(crate) async fn finish(
    core: &Core,
    organization: &OrgId,
    viewer: &SignedIn,
    key: Digest,
) -> Result<ReturnPath, LoginFailure> {
    let ticket: Ticket = record::take(core, key, TICKET).await.of(&viewer.account)?;
    let back = ticket.login.return_path.clone();
    let next = if ticket.login.link().is_some() { NextStep::Nothing } else { NextStep::Start };
    let finished = establish(core, organization, viewer, ticket).await;
    finished.of(&viewer.account).then_lead_to(next).returning_to(&back)?;
    Ok(back)
}

/// Establishes the SSO session of a ticket: checks everything, and then changes what the SSO login changes.
pub(crate) async fn establish(
    core: &Core,
    organization: &OrgId,
    viewer: &SignedIn,
    ticket: Ticket,
) -> Result<(), LoginFailure> {
    let Ticket { login, identity } = ticket;
    check_viewer(&login, organization, viewer)?;
    let connection = lookups::unchanged(core, organization, &login).await?;
    let joins = admission::admit(core, organization, &viewer.account, login.link()).await?;
    complete(core, &connection, viewer, joins, login, identity).await.naming(connection.name())
}

async fn complete(
    core: &Core,
    connection: &Connection,
    viewer: &SignedIn,
    joins: Option<JoinLinkId>,
    login: Login,
    identity: IdentityFields,
) -> Result<(), LoginError> {
    let accepted = accept(core, connection, viewer, joins, login, identity).await?;
    check_not_revoked(core, &accepted.session).await?;
    if let Some(link) = &accepted.joins {
        admission::find_join_link(core, connection, link).await?;
    }
    let linked = link_account(core, &accepted.link).await?;
    if let Err(error) = apply_and_store(core, &accepted).await {
        return Err(undo_link(core, &accepted.link, linked, error).await);
    }
    let Link { organization, account, .. } = &accepted.link;
    record_for(core, organization, account, Action::LoginFinished)?;
    leave_loop_mark(core, organization, account, &accepted.mark).await;
    Ok(())
}

/// Checks the claims and the email address, and evaluates the mappings.
async fn accept(
    core: &Core,
    connection: &Connection,
    viewer: &SignedIn,
    joins: Option<JoinLinkId>,
    login: Login,
    identity: IdentityFields,
) -> Result<Accepted, LoginError> {
    check_required_claims(connection, &identity)?;
    let account = &viewer.account;
    let emails = core.with_timeout(core.directory.verified_emails(account), "emails").await?;
    let email = email::accept(&identity, &connection.email, &emails)?;
    let profile = identity.profile.clone();
    let completed =
        apply::completed_login(core, connection, account, joins.is_some(), email.clone(), profile).await?;
    let (scope, subject) =
        identity.link.clone().unwrap_or_else(|| (identity.scope.clone(), identity.subject.clone()));
    let (organization, account) = (login.organization.clone(), account.clone());
    let link = Link::new(organization, account, scope, subject);
    let page = loop_page(&login.return_path, &login.asked);
    let session = Arc::new(new_session(viewer, login, identity, email, connection, core.now())?);
    let mark = LoopMark::new(page, &session);
    Ok(Accepted { completed, joins, link, session, mark })
}

/// Checks this before anything is changed. A revocation from here on is detected by the insert.
async fn check_not_revoked(core: &Core, session: &SsoSession) -> Result<(), LoginError> {
    if core.with_timeout(core.sessions.revoked(session), "session.revoked").await? {
        return Err(LoginErrorKind::Revoked.into());
    }
    Ok(())
}

/// Links the provider's user to the account, or checks that they are already linked to each other.
async fn link_account(core: &Core, link: &Link) -> Result<LinkOutcome, LoginError> {
    let linked = core.with_timeout(core.links.pin(link), "links.link").await?;
    let record = |action| record_for(core, &link.organization, &link.account, action);
    match linked {
        LinkOutcome::New => record(Action::LinkPinned)?,
        LinkOutcome::Replaced => record(Action::LinkRepinned)?,
        LinkOutcome::Same => {}
        LinkOutcome::OtherSubject => return Err(LoginErrorKind::SubjectChanged.into()),
        LinkOutcome::OtherAccount => return Err(LoginErrorKind::SubjectOfAnotherAccount.into()),
        LinkOutcome::Full => return Err(LoginErrorKind::StoreFull.into()),
    }
    Ok(linked)
}

/// Has the app apply the SSO login, then stores the SSO session.
async fn apply_and_store(core: &Core, accepted: &Accepted) -> Result<(), LoginError> {
    match &accepted.joins {
        None => apply::apply(core, &accepted.completed).await?,
        Some(link) => admission::join(core, &accepted.completed, link).await?,
    }
    let session = Arc::clone(&accepted.session);
    match core.with_timeout(core.sessions.insert(session), "session.insert").await? {
        InsertOutcome::Stored => Ok(()),
        InsertOutcome::Revoked => Err(LoginErrorKind::Revoked.into()),
    }
}

/// Removes the account link again if this SSO login created it. It is called when a revocation came between the
/// check and the insert, or when the app accepted neither the member nor the role. The link must not remain, because
/// an administrator may just have removed the previous one.
async fn undo_link(core: &Core, link: &Link, linked: LinkOutcome, because: LoginError) -> LoginError {
    let Link { organization, account, .. } = link;
    if matches!(linked, LinkOutcome::New | LinkOutcome::Replaced) {
        if let Err(error) = core.with_timeout(core.links.unlink(organization, account), "links.unlink").await
        {
            return error.into();
        }
        if let Err(error) = record_for(core, organization, account, Action::LinkRemoved) {
            return error;
        }
    }
    because
}

/// Stores the mark that stops a loop. The SSO login is complete, so a store that can't keep the mark does not
/// make it fail.
async fn leave_loop_mark(core: &Core, organization: &OrgId, account: &AccountId, mark: &LoopMark) {
    let Ok(value) = serde_json::to_vec(mark) else { return };
    let (key, now) = (loop_key(organization, account), core.now());
    let entry = OneTimeEntry::new(key, key, 1, value, now, later(now, LOOP));
    if let Err(error) = core.with_timeout(core.one_time.put(entry), "one_time.put").await {
        tracing::warn!(target: "tower_sso", %error, "no mark against loops");
    }
}

/// Checks that the provider sent every claim that the connection requires.
pub(crate) fn check_required_claims(
    connection: &Connection,
    identity: &IdentityFields,
) -> Result<(), LoginError> {
    let required = connection.required_claims.evaluate(&identity.profile);
    required.map_err(|problem| LoginError::with(LoginErrorKind::ClaimRefused, problem))
}

/// Checks that the viewer is the one who began the SSO login. An SSO login is bound to the organization, the account
/// and the credential that began it.
fn check_viewer(login: &Login, organization: &OrgId, viewer: &SignedIn) -> Result<(), LoginErrorKind> {
    match &login.by {
        _ if login.organization != *organization => Err(LoginErrorKind::OtherOrganization),
        Initiator::Account { account, .. } if *account != viewer.account => Err(LoginErrorKind::OtherAccount),
        Initiator::Account { credential, .. } if *credential == viewer.credential => Ok(()),
        Initiator::Account { .. } | Initiator::Visitor { .. } => Err(LoginErrorKind::OtherCredential),
    }
}

fn new_session(
    viewer: &SignedIn,
    login: Login,
    identity: IdentityFields,
    email: String,
    connection: &Connection,
    now: SystemTime,
) -> Result<SsoSession, LoginError> {
    let by_timeout = later(now, connection.timeout());
    // SAML core §2.7.2: the session ends at the time that the provider names, if that is earlier.
    let expires_at = identity.session_until.map_or(by_timeout, |until| until.min(by_timeout));
    let mut session = SsoSession::new(
        SessionId::new(random_token()?.expose()),
        viewer.credential.clone(),
        login.organization,
        viewer.account.clone(),
        login.version,
        login.begun_at,
        expires_at,
    );
    session.protocol = identity.protocol;
    session.scope = identity.scope;
    session.subject = identity.subject;
    session.email = email;
    session.idp_session = identity.idp_session;
    session.logged_in_at = identity.logged_in_at.unwrap_or(now);
    session.authenticated_at = identity.logged_in_at;
    session.context_class = identity.context_class;
    Ok(session)
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::step_up::StepUp;
    use tower_sso_core::Credential;

    /// The key of a ticket already identifies its owner. This rule by itself also rejects everyone except the one who
    /// began.
    #[test]
    fn only_the_viewer_who_began_a_login_can_finish_it() {
        let (ada, eve) = (AccountId::new("ada"), AccountId::new("eve"));
        let (here, there) = (Credential::session("here"), Credential::session("there"));
        let account = Initiator::Account { account: ada.clone(), credential: here.clone(), link: None };
        let visitor = Initiator::Visitor { browser: Digest::of("a", &[]), link: JoinLinkId::new("x") };
        let viewer = |account: &AccountId, credential: &Credential| SignedIn {
            account: account.clone(),
            credential: credential.clone(),
        };
        for (by, organization, viewer, expected) in [
            (&account, "1", viewer(&ada, &here), Ok(())),
            (&account, "2", viewer(&ada, &here), Err(LoginErrorKind::OtherOrganization)),
            (&account, "1", viewer(&eve, &here), Err(LoginErrorKind::OtherAccount)),
            (&account, "1", viewer(&ada, &there), Err(LoginErrorKind::OtherCredential)),
            (&visitor, "1", viewer(&ada, &here), Err(LoginErrorKind::OtherCredential)),
        ] {
            let login = Login {
                organization: "1".into(),
                by: by.clone(),
                version: Digest::of("a", &[]),
                return_path: ReturnPath::root(),
                asked: StepUp::new(),
                begun_at: UNIX_EPOCH,
            };
            assert_eq!(check_viewer(&login, &organization.into(), &viewer), expected, "{by:?}");
        }
    }
}
