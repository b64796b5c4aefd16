//! A person without an account: handed over to the host, which creates the account, and then admitted with it.

use crate::login::begin;
use crate::login::finish;
use crate::login::join;
use crate::login::receive;
use crate::login::record;
use crate::login::routes;
use axum::response::Response;
use http::{HeaderValue, request::Parts};

use crate::{
    audit::{AuditEvent, action::Action, reference::Reference},
    digest::{Digest, random_token},
    directory::{login::SignUp, new_user::NewUser},
    error::{LoginError, kind::LoginErrorKind},
    id::OrgId,
    identity::VerifiedIdentity,
    lifetimes::CLAIM_LIFETIME,
    login::{
        browser::{self, Browser},
        email,
        finish::{TICKET, has_required_claims},
        join::with_cookies,
        record::{Initiator, Login, SignUpTicket, Ticket, claim_key, visitor_key},
        request::query,
        respond::see_other,
        start_params::parameter,
    },
    request_head::RequestHead,
    secret::Secret,
    state::Core,
    time::later,
};

/// Takes the ticket of a person who is not signed in, in the browser that began the SSO login, and hands the
/// person over to the host. Returns the address of the host's page, and the cookies that bind the next steps to
/// this browser.
pub(crate) async fn hand_over(
    core: &Core,
    parts: &Parts,
    organization: &OrgId,
) -> Result<(String, [HeaderValue; 2]), LoginError> {
    let ticket = ticket(parts)?;
    let signed_in = match begin::signed_in(core, parts).await {
        Ok((account, _)) => Some(account),
        Err(error) if error.kind() == LoginErrorKind::NotSignedIn => None,
        Err(error) => return Err(error),
    };
    let Ticket { login, identity } = record::take(core, visitor_key(&ticket), TICKET).await?;
    let connection = receive::unchanged(core, organization, &login).await?;
    let Initiator::Visitor { browser: began, link } = &login.by else {
        return Err(LoginErrorKind::OtherCredential.into());
    };
    same_browser(core, parts.into(), began)?;
    // The person began without an account, and has signed in to an account since. The account must begin with the
    // join link again.
    if let Some(account) = signed_in {
        return Err(LoginError::from(LoginErrorKind::OtherCredential).of(&account));
    }
    let began = *began;
    let handed = async {
        join::join_link(core, &connection, link).await?;
        has_required_claims(&connection, &identity)?;
        let email = email::vouched(&identity, &connection.email)?;
        let browser = Browser::new()?;
        let by = Initiator::Visitor { browser: browser.digest(), link: link.clone() };
        let until = later(core.now(), CLAIM_LIFETIME);
        let claim = SignUpTicket { login: Login { by, ..login.clone() }, identity, email, until };
        let page = welcome(core, claim).await?;
        let addresses = &core.addresses;
        Ok((page, [browser.set(addresses, CLAIM_LIFETIME)?, browser::forget(addresses, &began)?]))
    };
    handed.await.map_err(|error: LoginError| error.showing(connection.name()))
}

/// Stores the claim and asks the host for its page.
async fn welcome(core: &Core, claim: SignUpTicket) -> Result<String, LoginError> {
    let token = random_token()?;
    record::keep(core, claim_key(token.expose()), claim.login.owner(), &claim, claim.until).await?;
    let organization = claim.login.organization.clone();
    let (link, subject) = (claim.login.link().cloned(), claim.identity.subject.clone());
    let new_user = newcomer_of(core, claim, token.expose());
    let page = match core.with_timeout(core.directory.welcome(&new_user), "welcome").await? {
        SignUp::At(page) => page,
        SignUp::Refused => {
            let detail = "the app makes nobody an account by a link (Directory::welcome)";
            return Err(LoginError::with(LoginErrorKind::NewcomerRefused, detail));
        }
    };
    if let Some(link) = link {
        let action = Action::NewcomerHandedOver { link, subject };
        let event = AuditEvent::new(core.now(), Reference::new()?, action);
        core.record(event.organization(&organization));
    }
    Ok(core.addresses.of_path(&page))
}

/// Returns the person that was passed to [`Directory::welcome`](crate::Directory::welcome). The host calls this
/// on its sign-up page, to show who the person is and to create the account. The request must come from the
/// person's browser. This call does not use up the ticket; the [claim](NewUser::claim) does. If two requests call
/// this at the same time, one of them may fail with `TicketUsed`.
pub(crate) async fn new_user(
    core: &Core,
    request: impl Into<RequestHead<'_>>,
    ticket: &str,
) -> Result<NewUser, LoginError> {
    let head = request.into();
    let claim: SignUpTicket = record::take(core, claim_key(ticket), TICKET).await?;
    let checked = claimed_here(core, head, &claim.login.organization, &claim).await;
    // The store has no way to read without taking. The record is taken, and stored again for the rest of its
    // lifetime. It is not stored again if the request was refused. A failed lookup is not a refusal.
    if checked.as_ref().err().is_none_or(|error| error.kind() == LoginErrorKind::LookupFailed) {
        record::keep(core, claim_key(ticket), claim.login.owner(), &claim, claim.until).await?;
    }
    checked?;
    Ok(newcomer_of(core, claim, ticket))
}

/// Makes the new account, which is now signed in, a member with an SSO session.
pub(crate) async fn claim_page(
    core: &Core,
    parts: &Parts,
    organization: &OrgId,
) -> Result<Response, LoginError> {
    let ticket = ticket(parts)?;
    let (account, credential) = match begin::in_browser(core, parts).await {
        Ok(viewer) => viewer,
        Err(error) if error.kind() == LoginErrorKind::NotSignedIn => {
            let here = core.addresses.ticket(organization, "join/claim", &ticket);
            return Ok(routes::to_sign_in(core, organization, &here, None));
        }
        Err(error) => return Err(error),
    };
    let claimed = async {
        let claim: SignUpTicket = record::take(core, claim_key(&ticket), TICKET).await?;
        let browser = claimed_here(core, parts.into(), organization, &claim).await?;
        let SignUpTicket { login, identity, .. } = claim;
        let link = login.link().cloned();
        let by = Initiator::Account { account: account.clone(), credential: credential.clone(), link };
        let back = login.return_path.clone();
        let ticket = Ticket { login: Login { by, ..login }, identity };
        finish::establish(core, organization, (&account, &credential), ticket).await?;
        let addresses = &core.addresses;
        let response = see_other(&addresses.of_path(&back));
        Ok(with_cookies(response, [browser::forget(addresses, &browser)?]))
    };
    claimed.await.map_err(|error: LoginError| error.of(&account))
}

/// Checks that a claim is still valid and belongs to this browser. Returns the digest of the browser's secret.
async fn claimed_here(
    core: &Core,
    head: RequestHead<'_>,
    organization: &OrgId,
    claim: &SignUpTicket,
) -> Result<Digest, LoginError> {
    let connection = receive::unchanged(core, organization, &claim.login).await?;
    let Initiator::Visitor { browser, link } = &claim.login.by else {
        return Err(LoginErrorKind::OtherCredential.into());
    };
    same_browser(core, head, browser)?;
    join::join_link(core, &connection, link).await?;
    Ok(*browser)
}

fn same_browser(core: &Core, head: RequestHead<'_>, browser: &Digest) -> Result<(), LoginError> {
    if browser::is_from(head, &core.addresses, browser) {
        return Ok(());
    }
    Err(LoginError::with(LoginErrorKind::OtherCredential, "another browser, or the cookie is gone"))
}

fn newcomer_of(core: &Core, claim: SignUpTicket, ticket: &str) -> NewUser {
    let SignUpTicket { login, identity, email, until } = claim;
    let claim = core.addresses.ticket(&login.organization, "join/claim", ticket);
    NewUser {
        organization: login.organization,
        identity: VerifiedIdentity(identity),
        email,
        ticket: Secret::new(ticket.to_owned()),
        claim: Secret::new(claim),
        until,
    }
}

/// Returns the ticket in the request.
fn ticket(parts: &Parts) -> Result<String, LoginError> {
    parameter(query(parts), "ticket")?.ok_or_else(|| LoginErrorKind::TicketMissing.into())
}
