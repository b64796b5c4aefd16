//! A person without an account: handed over to the host, which creates the account, and then admitted with it.

use axum::response::Response;
use http::{HeaderValue, request::Parts};

use crate::{
    audit::{AuditEvent, action::Action, reference::Reference},
    digest::{Digest, random_token},
    directory::login::SignUp,
    error::{LoginError, kind::LoginErrorKind},
    head::RequestHead,
    id::OrgId,
    identity::VerifiedIdentity,
    login::{
        CLAIM_LIFETIME,
        browser::{self, Browser},
        email,
        finish::{TICKET, has_required_claims},
        join::with_cookies,
        record::{Initiator, Login, SignUpTicket, Ticket, claim_key, visitor_key},
        respond::see_other,
        routes::query,
        start_params::parameter,
    },
    new_user::NewUser,
    secret::Secret,
    sso::Sso,
    time::later,
};

impl Sso {
    /// Takes the ticket of a person who is not signed in, in the browser that began the SSO login, and hands the
    /// person over to the host. Returns the address of the host's page, and the cookies that bind the next steps to
    /// this browser.
    pub(super) async fn hand_over(
        &self,
        parts: &Parts,
        organization: &OrgId,
    ) -> Result<(String, [HeaderValue; 2]), LoginError> {
        let ticket = ticket(parts)?;
        let signed_in = match self.signed_in(parts).await {
            Ok((account, _)) => Some(account),
            Err(error) if error.kind() == LoginErrorKind::NotSignedIn => None,
            Err(error) => return Err(error),
        };
        let Ticket { login, identity } = self.take(visitor_key(&ticket), TICKET).await?;
        let connection = self.unchanged(organization, &login).await?;
        let Initiator::Visitor { browser: began, link } = &login.by else {
            return Err(LoginErrorKind::OtherCredential.into());
        };
        self.same_browser(parts.into(), began)?;
        // The person began without an account, and has signed in to an account since. The account must begin with the
        // join link again.
        if let Some(account) = signed_in {
            return Err(LoginError::from(LoginErrorKind::OtherCredential).of(&account));
        }
        let began = *began;
        let handed = async {
            self.join_link(&connection, link).await?;
            has_required_claims(&connection, &identity)?;
            let email = email::vouched(&identity, &connection.email)?;
            let browser = Browser::new()?;
            let by = Initiator::Visitor { browser: browser.digest(), link: link.clone() };
            let until = later(self.core().now(), CLAIM_LIFETIME);
            let claim = SignUpTicket { login: Login { by, ..login.clone() }, identity, email, until };
            let page = self.welcome(claim).await?;
            let addresses = &self.core().addresses;
            Ok((page, [browser.set(addresses, CLAIM_LIFETIME)?, browser::forget(addresses, &began)?]))
        };
        handed.await.map_err(|error: LoginError| error.showing(connection.name()))
    }

    /// Stores the claim and asks the host for its page.
    async fn welcome(&self, claim: SignUpTicket) -> Result<String, LoginError> {
        let core = self.core();
        let token = random_token()?;
        self.keep(claim_key(token.expose()), claim.login.owner(), &claim, claim.until).await?;
        let organization = claim.login.organization.clone();
        let (link, subject) = (claim.login.link().cloned(), claim.identity.subject.clone());
        let new_user = self.newcomer_of(claim, token.expose());
        let page = match self.within(core.directory.welcome(&new_user), "welcome").await? {
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
    ///
    /// # Errors
    ///
    /// - `TicketUnknown`, `TicketUsed` or `TicketExpired` if the ticket is not valid
    /// - `OtherCredential` if the request comes from another browser; the ticket is then used up
    /// - `JoinLinkUnknown` or `JoinLinkExpired` if the join link was revoked or has expired in the meantime
    /// - `ConnectionChanged` or `NoConnection` if the connection has changed or no longer exists
    /// - `LookupFailed` if a lookup fails
    pub async fn new_user(
        &self,
        request: impl Into<RequestHead<'_>>,
        ticket: &str,
    ) -> Result<NewUser, LoginError> {
        let head = request.into();
        let claim: SignUpTicket = self.take(claim_key(ticket), TICKET).await?;
        let checked = self.claimed_here(head, &claim.login.organization, &claim).await;
        // The store has no way to read without taking. The record is taken, and stored again for the rest of its
        // lifetime. It is not stored again if the request was refused. A failed lookup is not a refusal.
        if checked.as_ref().err().is_none_or(|error| error.kind() == LoginErrorKind::LookupFailed) {
            self.keep(claim_key(ticket), claim.login.owner(), &claim, claim.until).await?;
        }
        checked?;
        Ok(self.newcomer_of(claim, ticket))
    }

    /// Makes the new account, which is now signed in, a member with an SSO session.
    pub(super) async fn claim_page(
        &self,
        parts: &Parts,
        organization: &OrgId,
    ) -> Result<Response, LoginError> {
        let ticket = ticket(parts)?;
        let (account, credential) = match self.in_browser(parts).await {
            Ok(viewer) => viewer,
            Err(error) if error.kind() == LoginErrorKind::NotSignedIn => {
                let here = self.core().addresses.ticket(organization, "join/claim", &ticket);
                return Ok(self.to_sign_in(organization, &here, None));
            }
            Err(error) => return Err(error),
        };
        let claimed = async {
            let claim: SignUpTicket = self.take(claim_key(&ticket), TICKET).await?;
            let browser = self.claimed_here(parts.into(), organization, &claim).await?;
            let SignUpTicket { login, identity, .. } = claim;
            let link = login.link().cloned();
            let by = Initiator::Account { account: account.clone(), credential: credential.clone(), link };
            let back = login.return_path.clone();
            let ticket = Ticket { login: Login { by, ..login }, identity };
            self.establish(organization, (&account, &credential), ticket).await?;
            let addresses = &self.core().addresses;
            let response = see_other(&addresses.of_path(&back));
            Ok(with_cookies(response, [browser::forget(addresses, &browser)?]))
        };
        claimed.await.map_err(|error: LoginError| error.of(&account))
    }

    /// Checks that a claim is still valid and belongs to this browser. Returns the digest of the browser's secret.
    async fn claimed_here(
        &self,
        head: RequestHead<'_>,
        organization: &OrgId,
        claim: &SignUpTicket,
    ) -> Result<Digest, LoginError> {
        let connection = self.unchanged(organization, &claim.login).await?;
        let Initiator::Visitor { browser, link } = &claim.login.by else {
            return Err(LoginErrorKind::OtherCredential.into());
        };
        self.same_browser(head, browser)?;
        self.join_link(&connection, link).await?;
        Ok(*browser)
    }

    fn same_browser(&self, head: RequestHead<'_>, browser: &Digest) -> Result<(), LoginError> {
        if browser::is_from(head, &self.core().addresses, browser) {
            return Ok(());
        }
        Err(LoginError::with(LoginErrorKind::OtherCredential, "another browser, or the cookie is gone"))
    }

    fn newcomer_of(&self, claim: SignUpTicket, ticket: &str) -> NewUser {
        let SignUpTicket { login, identity, email, until } = claim;
        let claim = self.core().addresses.ticket(&login.organization, "join/claim", ticket);
        NewUser {
            organization: login.organization,
            identity: VerifiedIdentity(identity),
            email,
            ticket: Secret::new(ticket.to_owned()),
            claim: Secret::new(claim),
            until,
        }
    }
}

/// Returns the ticket in the request.
fn ticket(parts: &Parts) -> Result<String, LoginError> {
    parameter(query(parts), "ticket")?.ok_or_else(|| LoginErrorKind::TicketMissing.into())
}
