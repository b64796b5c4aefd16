//! A person without an account who logged in with SSO by a join link.
//!
//! 1. [`hand_over`] takes the ticket, stores a claim, and sends the browser to the app's page.
//! 2. The app's page asks for the person with [`new_user`], and creates an account.
//! 3. [`claim_page`] takes the claim, and makes the account that is now signed in a member with an SSO session.
//!
//! Every step must come from the browser that began, which has the secret of a cookie. Step 1 replaces the secret,
//! because the claim lives longer than the first cookie.

use axum::response::Response;
use http::{HeaderValue, request::Parts};
use tower_sso_core::{
    Digest, OrgId, Secret,
    internal::{later, random_token},
};

use crate::{
    audit::{action::Action, event::AuditEvent, reference::Reference},
    connection::checked::Connection,
    directory::{new_user::NewUser, outcome::SignUp, viewer::SignedIn},
    error::{kind::LoginErrorKind, login_error::LoginError},
    identity::{IdentityFields, VerifiedIdentity},
    lifetimes::CLAIM_LIFETIME,
    login::{
        admission,
        browser::{self, BrowserSecret},
        email,
        failure::{LoginFailure, OrFailure as _},
        finish::{check_required_claims, establish},
        lookups,
        onward::{see_other, with_cookies},
        record::{self, BegunLogin, Initiator, SignUpTicket, TICKET_ERRORS, Ticket, claim_key, visitor_key},
        request::ticket,
        sign_in::to_sign_in,
    },
    request_head::RequestHead,
    state::Core,
};

/// The address of the app's page, and the cookies that bind the next steps to this browser.
type HandedOver = (String, [HeaderValue; 2]);

/// Takes the ticket of a person who is not signed in, in the browser that began, and hands the person over to the app.
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
    let Ticket { login, identity } = record::take(core, visitor_key(&ticket), TICKET_ERRORS).await?;
    let connection = lookups::unchanged_connection(core, organization, &login).await?;
    let Initiator::Visitor { browser, .. } = login.by else {
        return Err(LoginErrorKind::OtherCredential.into());
    };
    check_browser(core, parts.into(), &browser)?;
    // The person has signed in to an account since. The account must begin again, with the join link.
    if let Some(account) = signed_in {
        return Err(LoginErrorKind::OtherCredential).for_account(&account);
    }
    let (page, new_cookie) =
        hand_over_visitor(core, &connection, login, identity).await.naming(connection.name())?;
    let forget = browser::forget_cookie(&core.addresses, &browser).naming(connection.name())?;
    Ok((page, [new_cookie, forget]))
}

/// Stores the claim under a new secret of the browser. Returns the app's page and the cookie with the secret.
async fn hand_over_visitor(
    core: &Core,
    connection: &Connection,
    login: BegunLogin,
    identity: IdentityFields,
) -> Result<(String, HeaderValue), LoginError> {
    let link = login.link().cloned().ok_or(LoginErrorKind::OtherCredential)?;
    admission::find_join_link(core, connection, &link).await?;
    check_required_claims(connection, &identity)?;
    let email = email::vouched(&identity, &connection.email)?;
    let browser = BrowserSecret::new()?;
    let by = Initiator::Visitor { browser: browser.digest(), link };
    let until = later(core.now(), CLAIM_LIFETIME);
    let claim = SignUpTicket { login: BegunLogin { by, ..login }, identity, email, until };
    let page = welcome(core, claim).await?;
    Ok((page, browser.set_cookie(&core.addresses, CLAIM_LIFETIME)?))
}

/// Stores the claim and asks the app for its page. Returns the page's address.
async fn welcome(core: &Core, claim: SignUpTicket) -> Result<String, LoginError> {
    let token = random_token()?;
    record::put(core, claim_key(token.expose()), claim.login.owner(), &claim, claim.until).await?;
    let organization = claim.login.organization.clone();
    let (link, subject) = (claim.login.link().cloned(), claim.identity.subject.clone());
    let new_user = new_user_of(core, claim, token.expose());
    let page = match core.with_timeout(core.join.welcome(&new_user), "welcome").await? {
        SignUp::At(page) => page,
        SignUp::Refused => {
            let detail = "the app creates no accounts for join links (JoinHandler::welcome)";
            return Err(LoginError::with(LoginErrorKind::NewUserRefused, detail));
        }
    };
    if let Some(link) = link {
        let action = Action::NewUserHandedOver { link, subject };
        let event = AuditEvent::new(core.now(), Reference::new()?, action);
        core.record(event.organization(&organization));
    }
    Ok(core.addresses.of_path(&page))
}

/// Returns the person that was passed to [`JoinHandler::welcome`](crate::join::JoinHandler::welcome). The app calls
/// this on its sign-up page, to show who the person is and to create the account. The request must come from the
/// person's browser. This call does not use up the ticket; the [continue URL](NewUser::continue_url) does. If two requests call
/// this at the same time, one of them may fail with `TicketUsed`.
pub(crate) async fn new_user(
    core: &Core,
    head: RequestHead<'_>,
    ticket: &str,
) -> Result<NewUser, LoginError> {
    let claim: SignUpTicket = record::take(core, claim_key(ticket), TICKET_ERRORS).await?;
    let checked = check_claim(core, head, &claim.login.organization, &claim).await;
    // The store can only take a record, not read it. The claim is taken, and stored again for the rest of its lifetime,
    // unless the request was refused. A failed lookup is not a refusal.
    if checked.as_ref().err().is_none_or(|error| error.kind() == LoginErrorKind::LookupFailed) {
        record::put(core, claim_key(ticket), claim.login.owner(), &claim, claim.until).await?;
    }
    checked?;
    Ok(new_user_of(core, claim, ticket))
}

/// Makes the account that is signed in now a member with an SSO session. If nobody is signed in, leads to the app's
/// sign-in page and back.
pub(crate) async fn claim_page(
    core: &Core,
    parts: &Parts,
    organization: &OrgId,
) -> Result<Response, LoginFailure> {
    let ticket = ticket(parts)?;
    match lookups::browser_viewer_if_any(core, parts).await? {
        Some(viewer) => {
            let claimed = claim(core, parts, organization, &viewer.signed_in, &ticket).await;
            Ok(with_cookies(claimed.for_account(&viewer.signed_in.account)?, viewer.cookie))
        }
        None => {
            let here = core.addresses.ticket(organization, "join/claim", &ticket);
            Ok(to_sign_in(core, organization, &here, None))
        }
    }
}

/// Takes the claim and finishes its SSO login as the viewer.
async fn claim(
    core: &Core,
    parts: &Parts,
    organization: &OrgId,
    viewer: &SignedIn,
    ticket: &str,
) -> Result<Response, LoginFailure> {
    let claim: SignUpTicket = record::take(core, claim_key(ticket), TICKET_ERRORS).await?;
    let browser = check_claim(core, parts.into(), organization, &claim).await?;
    let SignUpTicket { login, identity, .. } = claim;
    let link = login.link().cloned();
    let SignedIn { account, credential } = viewer.clone();
    let back = login.return_to.clone();
    let by = Initiator::Account { account, credential, link };
    establish(core, organization, viewer, Ticket { login: BegunLogin { by, ..login }, identity }).await?;
    let response = see_other(&core.addresses.of_page(&back));
    Ok(with_cookies(response, [browser::forget_cookie(&core.addresses, &browser)?]))
}

/// Checks that the connection and the join link of a claim are still valid, and that the claim belongs to this browser.
/// Returns the digest of the browser's secret.
async fn check_claim(
    core: &Core,
    head: RequestHead<'_>,
    organization: &OrgId,
    claim: &SignUpTicket,
) -> Result<Digest, LoginError> {
    let connection = lookups::unchanged_connection(core, organization, &claim.login).await?;
    let Initiator::Visitor { browser, link } = &claim.login.by else {
        return Err(LoginErrorKind::OtherCredential.into());
    };
    check_browser(core, head, browser)?;
    admission::find_join_link(core, &connection, link).await?;
    Ok(*browser)
}

/// Checks that the request comes from the browser that has the secret with this digest.
fn check_browser(core: &Core, head: RequestHead<'_>, browser: &Digest) -> Result<(), LoginError> {
    if browser::is_from(head, &core.addresses, browser) {
        return Ok(());
    }
    Err(LoginError::with(LoginErrorKind::OtherCredential, "another browser, or the cookie is gone"))
}

/// Returns what the app is told about the person of a claim.
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
