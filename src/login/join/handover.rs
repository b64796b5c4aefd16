//! A person without an account: handed over to the host, which creates the account, and then admitted with it.

use axum::response::Response;
use http::{HeaderValue, request::Parts};
use tower_sso_core::{
    Digest, OrgId, Secret,
    internal::{later, random_token},
};

use crate::{
    audit::{action::Action, event::AuditEvent, reference::Reference},
    connection::checked::Connection,
    directory::{login::SignUp, new_user::NewUser, viewer::SignedIn},
    error::{kind::LoginErrorKind, login_error::LoginError},
    identity::{IdentityFields, VerifiedIdentity},
    lifetimes::CLAIM_LIFETIME,
    login::{
        admission,
        browser::{self, Browser},
        email,
        failure::{LoginFailure, OrFailure as _},
        finish::{check_required_claims, establish},
        lookups,
        onward::{see_other, with_cookies},
        record::{self, Initiator, Login, SignUpTicket, TICKET, Ticket, claim_key, visitor_key},
        request::ticket,
        sign_in::to_sign_in,
    },
    request_head::RequestHead,
    state::Core,
};

/// The address of the app's page, and the cookies that bind the next steps to this browser.
type HandedOver = (String, [HeaderValue; 2]);

/// Takes the ticket of a person who is not signed in, in the browser that began the SSO login, and hands the person
/// over to the app.
pub(crate) async fn hand_over(
    core: &Core,
    parts: &Parts,
    organization: &OrgId,
) -> Result<HandedOver, LoginFailure> {
    let ticket = ticket(parts)?;
    let signed_in = match lookups::signed_in(core, parts).await {
        Ok(viewer) => Some(viewer.account),
        Err(error) if error.kind() == LoginErrorKind::NotSignedIn => None,
        Err(error) => return Err(error.into()),
    };
    let Ticket { login, identity } = record::take(core, visitor_key(&ticket), TICKET).await?;
    let connection = lookups::unchanged(core, organization, &login).await?;
    let Initiator::Visitor { browser: began, .. } = &login.by else {
        return Err(LoginErrorKind::OtherCredential.into());
    };
    check_browser(core, parts.into(), began)?;
    // The person began without an account, and has signed in to an account since. The account must begin with the
    // join link again.
    if let Some(account) = signed_in {
        return Err(LoginErrorKind::OtherCredential).of(&account);
    }
    let began = *began;
    let page = hand_over_visitor(core, &connection, login, identity).await.naming(connection.name())?;
    let forget = browser::forget(&core.addresses, &began).naming(connection.name())?;
    Ok((page.0, [page.1, forget]))
}

async fn hand_over_visitor(
    core: &Core,
    connection: &Connection,
    login: Login,
    identity: IdentityFields,
) -> Result<(String, HeaderValue), LoginError> {
    let link = login.link().cloned().ok_or(LoginErrorKind::OtherCredential)?;
    admission::find_join_link(core, connection, &link).await?;
    check_required_claims(connection, &identity)?;
    let email = email::vouched(&identity, &connection.email)?;
    let browser = Browser::new()?;
    let by = Initiator::Visitor { browser: browser.digest(), link };
    let until = later(core.now(), CLAIM_LIFETIME);
    let claim = SignUpTicket { login: Login { by, ..login }, identity, email, until };
    let page = welcome(core, claim).await?;
    Ok((page, browser.set(&core.addresses, CLAIM_LIFETIME)?))
}

/// Stores the claim and asks the app for its page.
async fn welcome(core: &Core, claim: SignUpTicket) -> Result<String, LoginError> {
    let token = random_token()?;
    record::keep(core, claim_key(token.expose()), claim.login.owner(), &claim, claim.until).await?;
    let organization = claim.login.organization.clone();
    let (link, subject) = (claim.login.link().cloned(), claim.identity.subject.clone());
    let new_user = new_user_of(core, claim, token.expose());
    let page = match core.with_timeout(core.join.welcome(&new_user), "welcome").await? {
        SignUp::At(page) => page,
        SignUp::Refused => {
            let detail = "the app makes nobody an account by a link (JoinHandler::welcome)";
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

/// Returns the person that was passed to [`JoinHandler::welcome`](crate::join::JoinHandler::welcome). The host calls this
/// on its sign-up page, to show who the person is and to create the account. The request must come from the
/// person's browser. This call does not use up the ticket; the [claim](NewUser::claim) does. If two requests call
/// this at the same time, one of them may fail with `TicketUsed`.
pub(crate) async fn new_user(
    core: &Core,
    head: RequestHead<'_>,
    ticket: &str,
) -> Result<NewUser, LoginError> {
    let claim: SignUpTicket = record::take(core, claim_key(ticket), TICKET).await?;
    let checked = check_claim(core, head, &claim.login.organization, &claim).await;
    // The store has no way to read without taking. The record is taken, and stored again for the rest of its
    // lifetime. It is not stored again if the request was refused. A failed lookup is not a refusal.
    if checked.as_ref().err().is_none_or(|error| error.kind() == LoginErrorKind::LookupFailed) {
        record::keep(core, claim_key(ticket), claim.login.owner(), &claim, claim.until).await?;
    }
    checked?;
    Ok(new_user_of(core, claim, ticket))
}

/// Makes the new account, which is now signed in, a member with an SSO session.
pub(crate) async fn claim_page(
    core: &Core,
    parts: &Parts,
    organization: &OrgId,
) -> Result<Response, LoginFailure> {
    let ticket = ticket(parts)?;
    match lookups::in_browser_if_any(core, parts).await? {
        Some(viewer) => claim(core, parts, organization, &viewer, &ticket).await.of(&viewer.account),
        None => {
            let here = core.addresses.ticket(organization, "join/claim", &ticket);
            Ok(to_sign_in(core, organization, &here, None))
        }
    }
}

async fn claim(
    core: &Core,
    parts: &Parts,
    organization: &OrgId,
    viewer: &SignedIn,
    ticket: &str,
) -> Result<Response, LoginFailure> {
    let claim: SignUpTicket = record::take(core, claim_key(ticket), TICKET).await?;
    let browser = check_claim(core, parts.into(), organization, &claim).await?;
    let SignUpTicket { login, identity, .. } = claim;
    let link = login.link().cloned();
    let SignedIn { account, credential } = viewer.clone();
    let back = login.return_path.clone();
    let by = Initiator::Account { account, credential, link };
    establish(core, organization, viewer, Ticket { login: Login { by, ..login }, identity }).await?;
    let response = see_other(&core.addresses.of_path(&back));
    Ok(with_cookies(response, [browser::forget(&core.addresses, &browser)?]))
}

/// Checks that a claim is still valid and belongs to this browser. Returns the digest of the browser's secret.
async fn check_claim(
    core: &Core,
    head: RequestHead<'_>,
    organization: &OrgId,
    claim: &SignUpTicket,
) -> Result<Digest, LoginError> {
    let connection = lookups::unchanged(core, organization, &claim.login).await?;
    let Initiator::Visitor { browser, link } = &claim.login.by else {
        return Err(LoginErrorKind::OtherCredential.into());
    };
    check_browser(core, head, browser)?;
    admission::find_join_link(core, &connection, link).await?;
    Ok(*browser)
}

fn check_browser(core: &Core, head: RequestHead<'_>, browser: &Digest) -> Result<(), LoginError> {
    if browser::is_from(head, &core.addresses, browser) {
        return Ok(());
    }
    Err(LoginError::with(LoginErrorKind::OtherCredential, "another browser, or the cookie is gone"))
}

fn new_user_of(core: &Core, claim: SignUpTicket, ticket: &str) -> NewUser {
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
