//! Finish: turns a ticket and the app's viewer into an SSO session.
//!
//! 1. [`finish`] takes the ticket; [`establish`] is also called with the claim of a new account (`join::handover`).
//! 2. Checks, before anything is changed: the viewer is the one who began (`check_viewer`), the connection is
//!    unchanged, the account is a member or has a join link (`admission::admit`), the required claims, the email
//!    address and the mappings (`accept`), no revocation since the SSO login began, and the join link is still active.
//! 3. Changes: the account link (`link_account`), then the app applies the result (`apply_result`), then the SSO session
//!    is stored. If the app refuses the account, or a revocation came between, an account link that this SSO login
//!    created is removed. If the store does not say whether it stored the session, the account link stays: a session
//!    must never exist without it.
//!
//! Two kinds of links occur here. A [`Link`] is an account link: which user of the provider is which account. A
//! [`JoinLinkId`] names the join link with which a non-member began.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use tower_sso_core::{
    AccountId, Digest, JoinLinkId, OrgId,
    internal::{later, random_token},
    session::{SessionId, SsoSession},
    store::{InsertOutcome, Link, LinkOutcome, OneTimeEntry, ValueOwner},
};

use crate::{
    audit::action::Action,
    connection::checked::Connection,
    directory::{outcome::CompletedLogin, viewer::SignedIn},
    error::{kind::LoginErrorKind, login_error::LoginError},
    identity::IdentityFields,
    login::{
        admission, apply, email,
        event::record_event,
        failure::{LoginFailure, NextStep, OrFailure as _},
        lookups,
        record::{self, BegunLogin, Initiator, TICKET_ERRORS, Ticket},
    },
    loop_mark::{LoopMark, loop_key, loop_page},
    return_to::ReturnTo,
    state::Core,
};

/// How long after an SSO login a visit to the start page can count as a loop.
const LOOP_WINDOW: Duration = Duration::from_secs(30);

/// An SSO login that passed every check. Nothing is changed yet.
struct Accepted {
    /// What the app applies.
    completed: CompletedLogin,
    /// The join link with which the account becomes a member. `None` if it is a member already.
    join_link: Option<JoinLinkId>,
    /// The account link to create, or to compare with the existing one.
    account_link: Link,
    session: Arc<SsoSession>,
    mark: LoopMark,
}

/// Finishes the SSO login whose ticket is stored under this key. Returns the page to which it leads.
pub(crate) async fn finish(
    core: &Core,
    organization: &OrgId,
    viewer: &SignedIn,
    key: Digest,
) -> Result<ReturnTo, LoginFailure> {
    let ticket: Ticket = record::take(core, key, TICKET_ERRORS).await.for_account(&viewer.account)?;
    let back = ticket.login.return_to.clone();
    // The start page refuses a non-member. Therefore the page of a refused join does not lead there.
    let next = if ticket.login.link().is_some() { NextStep::Nothing } else { NextStep::Start };
    let finished = establish(core, organization, viewer, ticket).await;
    finished.for_account(&viewer.account).leading_to(next).returning_to(&back)?;
    Ok(back)
}

/// Establishes the SSO session of a ticket for the viewer.
pub(crate) async fn establish(
    core: &Core,
    organization: &OrgId,
    viewer: &SignedIn,
    ticket: Ticket,
) -> Result<(), LoginFailure> {
    let Ticket { login, identity } = ticket;
    check_viewer(&login, organization, viewer)?;
    let connection = lookups::unchanged_connection(core, organization, &login).await?;
    let join_link = admission::admit(core, organization, &viewer.account, login.link()).await?;
    complete(core, &connection, viewer, join_link, login, identity).await.naming(connection.name())
}

/// Makes the remaining checks with the connection's settings, then the changes.
async fn complete(
    core: &Core,
    connection: &Connection,
    viewer: &SignedIn,
    join_link: Option<JoinLinkId>,
    login: BegunLogin,
    identity: IdentityFields,
) -> Result<(), LoginError> {
    let accepted = accept(core, connection, viewer, join_link, login, identity).await?;
    check_not_revoked(core, &accepted.session).await?;
    if let Some(link) = &accepted.join_link {
        admission::find_join_link(core, connection, link).await?;
    }
    let linked = link_account(core, &accepted.account_link, &accepted.session.id).await?;
    let undo = async |because| undo_account_link(core, &accepted, linked, because).await;
    if let Err(error) = apply_result(core, &accepted).await {
        return Err(undo(error).await);
    }
    let session = Arc::clone(&accepted.session);
    match core.with_timeout(core.sessions.insert(session), "session.insert").await? {
        InsertOutcome::Stored => {}
        InsertOutcome::Revoked => return Err(undo(LoginErrorKind::Revoked.into()).await),
    }
    let Link { organization, account, .. } = &accepted.account_link;
    record_event(core, organization, account, Action::LoginFinished)?;
    leave_loop_mark(core, organization, account, &accepted.mark).await;
    Ok(())
}

/// Checks the required claims and the email address, and evaluates the mappings. Changes nothing.
async fn accept(
    core: &Core,
    connection: &Connection,
    viewer: &SignedIn,
    join_link: Option<JoinLinkId>,
    login: BegunLogin,
    identity: IdentityFields,
) -> Result<Accepted, LoginError> {
    check_required_claims(connection, &identity)?;
    let account = &viewer.account;
    let emails = core.with_timeout(core.directory.verified_emails(account), "emails").await?;
    let email = email::accept(&identity, &connection.email, &emails)?;
    let profile = identity.profile.clone();
    let completed =
        apply::completed_login(core, connection, account, join_link.is_some(), email.clone(), profile)
            .await?;
    let (scope, subject) =
        identity.link.clone().unwrap_or_else(|| (identity.scope.clone(), identity.subject.clone()));
    let (organization, account) = (login.organization.clone(), account.clone());
    let account_link = Link::new(organization, account, scope, subject);
    let page = loop_page(&login.return_to, &login.step_up);
    let session = Arc::new(new_session(viewer, login, identity, email, connection, core.now())?);
    let mark = LoopMark::new(page, &session);
    Ok(Accepted { completed, join_link, account_link, session, mark })
}

/// Checks that nothing revoked the SSO login since it began. A later revocation is detected when the session is
/// inserted.
async fn check_not_revoked(core: &Core, session: &SsoSession) -> Result<(), LoginError> {
    if core.with_timeout(core.sessions.revoked(session), "session.revoked").await? {
        return Err(LoginErrorKind::Revoked.into());
    }
    Ok(())
}

/// Links the provider's user to the account. If one of them has an account link already, checks that it is this one.
async fn link_account(core: &Core, link: &Link, login: &SessionId) -> Result<LinkOutcome, LoginError> {
    let linked = core.with_timeout(core.links.link(link, login), "links.link").await?;
    let record = |action| record_event(core, &link.organization, &link.account, action);
    match linked {
        LinkOutcome::New => record(Action::LinkCreated)?,
        LinkOutcome::Replaced => record(Action::LinkReplaced)?,
        LinkOutcome::Same => {}
        LinkOutcome::OtherSubject => return Err(LoginErrorKind::SubjectChanged.into()),
        LinkOutcome::OtherAccount => return Err(LoginErrorKind::SubjectOfAnotherAccount.into()),
        LinkOutcome::Full => return Err(LoginErrorKind::StoreFull.into()),
    }
    Ok(linked)
}

/// Lets the app apply the result of the SSO login.
async fn apply_result(core: &Core, accepted: &Accepted) -> Result<(), LoginError> {
    match &accepted.join_link {
        None => apply::apply(core, &accepted.completed).await,
        Some(link) => admission::join(core, &accepted.completed, link).await,
    }
}

/// Removes the account link if this SSO login created it and no other login has confirmed it since. Called if the app
/// refused the account, or if a revocation came between the check and the insert. The account link must not remain: an
/// administrator may just have removed the previous one. Returns the error to report.
async fn undo_account_link(
    core: &Core,
    accepted: &Accepted,
    linked: LinkOutcome,
    because: LoginError,
) -> LoginError {
    let (link, login) = (&accepted.account_link, &accepted.session.id);
    if !matches!(linked, LinkOutcome::New | LinkOutcome::Replaced) {
        return because;
    }
    match core.with_timeout(core.links.undo(link, login), "links.undo").await {
        Ok(false) => because,
        Ok(true) => {
            let recorded = record_event(core, &link.organization, &link.account, Action::LinkRemoved);
            recorded.err().unwrap_or(because)
        }
        Err(error) => error.into(),
    }
}

/// Stores the mark that stops a loop. The SSO login is complete: if the store cannot keep the mark, it succeeds anyway.
async fn leave_loop_mark(core: &Core, organization: &OrgId, account: &AccountId, mark: &LoopMark) {
    let key = loop_key(organization, account);
    let Ok(value) = serde_json::to_vec(mark) else { return };
    let Ok(value) = record::seal(core, &key, &value) else { return };
    // Each organization of the account has one such mark. They do not count toward the account's budget.
    let owner = ValueOwner::new(key, 1, organization.clone());
    let entry = OneTimeEntry::new(key, owner, value, core.now(), LOOP_WINDOW);
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

/// Checks that the organization, the account and the credential are those that began the SSO login.
fn check_viewer(login: &BegunLogin, organization: &OrgId, viewer: &SignedIn) -> Result<(), LoginErrorKind> {
    if login.organization != *organization {
        return Err(LoginErrorKind::OtherOrganization);
    }
    match &login.by {
        Initiator::Account { account, .. } if *account != viewer.account => Err(LoginErrorKind::OtherAccount),
        Initiator::Account { credential, .. } if *credential == viewer.credential => Ok(()),
        Initiator::Account { .. } | Initiator::Visitor { .. } => Err(LoginErrorKind::OtherCredential),
    }
}

/// Returns the SSO session that the SSO login gives. It ends after the connection's timeout, or when the provider says.
fn new_session(
    viewer: &SignedIn,
    login: BegunLogin,
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
    session.revision = login.revision;
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
    use tower_sso_core::{Credential, ReturnPath, session::Revision};

    /// The key of a ticket is known only to the person who began. This rule does not rely on that.
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
            let login = BegunLogin {
                organization: "1".into(),
                by: by.clone(),
                version: Digest::of("a", &[]),
                return_to: ReturnPath::root().into(),
                step_up: StepUp::new(),
                begun_at: UNIX_EPOCH,
                revision: Revision::default(),
            };
            assert_eq!(check_viewer(&login, &organization.into(), &viewer), expected, "{by:?}");
        }
    }
}
