//! Joining by a join link: the pages, and the rules for who may join.
//!
//! A person with an account joins with that account. A person without an account is handed over to the host, which
//! creates one: see `handover`. `links` has what administrators do with join links.

mod handover;
pub(crate) mod links;

use axum::{
    extract::{RawPathParams, Request, State},
    response::Response,
};
use http::{HeaderValue, StatusCode, header, request::Parts};

use crate::{
    audit::action::Action,
    connection::Connection,
    directory::{
        Membership,
        login::{ApplyOutcome, CompletedLogin, JoinOutcome},
    },
    enforce::step_up::StepUp,
    error::{LoginError, kind::LoginErrorKind},
    id::{AccountId, JoinLinkId, OrgId},
    login::{
        LOGIN_LIFETIME,
        begin::Onward,
        browser::Browser,
        record::Initiator,
        respond::see_other,
        return_path::ReturnPath,
        routes::{FORM, form, organization, query, same_origin},
        start_params::{StartParams, parameter},
    },
    pages::JoinSaid,
    session::join_links::JoinLink,
    sso::Sso,
};
use std::sync::Arc;

pub(super) async fn page(State(sso): State<Sso>, params: RawPathParams, request: Request) -> Response {
    let (organization, (parts, _)) = (organization(&params), request.into_parts());
    let shown = async {
        let token = parameter(query(&parts), "link")?;
        sso.join_page(&parts, &organization, &token.unwrap_or_default()).await
    };
    shown.await.unwrap_or_else(|error: LoginError| sso.refuse_link(&organization, error))
}

pub(super) async fn begin(State(sso): State<Sso>, params: RawPathParams, request: Request) -> Response {
    let (organization, (parts, body)) = (organization(&params), request.into_parts());
    let begun = async {
        same_origin(&parts.headers, sso.core().addresses.origin())?;
        let token = parameter(&form(body, FORM).await?, "link")?;
        sso.begin_to_join(&parts, &organization, &token.unwrap_or_default()).await
    };
    match begun.await {
        Ok((to, cookie)) => with_cookies(sso.go(to), cookie),
        Err(error) => sso.refuse_link(&organization, error),
    }
}

pub(super) async fn finish(State(sso): State<Sso>, params: RawPathParams, request: Request) -> Response {
    let (organization, (parts, _)) = (organization(&params), request.into_parts());
    match sso.hand_over(&parts, &organization).await {
        Ok((page, cookies)) => with_cookies(see_other(&page), cookies),
        Err(error) => sso.refuse_join(&organization, error),
    }
}

pub(super) async fn claim(State(sso): State<Sso>, params: RawPathParams, request: Request) -> Response {
    let (organization, (parts, _)) = (organization(&params), request.into_parts());
    match sso.claim_page(&parts, &organization).await {
        Ok(response) => response,
        Err(error) => sso.refuse_join(&organization, error),
    }
}

fn with_cookies(mut response: Response, cookies: impl IntoIterator<Item = HeaderValue>) -> Response {
    for cookie in cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

impl Sso {
    /// Returns the page of a join link. A member does not need it and is sent to the start page.
    async fn join_page(
        &self,
        parts: &Parts,
        organization: &OrgId,
        token: &str,
    ) -> Result<Response, LoginError> {
        let (connection, link) = self.opened(organization, token).await?;
        let core = self.core();
        let here = core.addresses.join(organization, token);
        let (shown, sign_in) = match self.in_browser(parts).await {
            Ok((account, _)) => {
                let joins = self.entrance(organization, &account, Some(&link.id)).await;
                if joins.map_err(|error| error.of(&account))?.is_none() {
                    return Ok(see_other(&core.addresses.start(organization, Some(&link.return_to))));
                }
                let emails = self.within(core.directory.emails(&account), "emails").await?;
                (Some(emails.first().map_or(account.as_str(), String::as_str).to_owned()), None)
            }
            Err(error) if error.kind() == LoginErrorKind::NotSignedIn => (None, self.sign_in_for(&here)),
            Err(error) => return Err(error),
        };
        let page = core.pages.join(JoinSaid {
            organization: connection.name(),
            provider: &connection.provider_name(),
            account: shown.as_deref(),
            join: &core.addresses.path(organization, "join"),
            link: token,
            sign_in: sign_in.as_ref().map(ReturnPath::as_str),
        });
        Ok(page.into_response(StatusCode::OK))
    }

    /// Begins an SSO login by a join link. If nobody is signed in, also returns the cookie that binds the SSO login
    /// to the browser.
    async fn begin_to_join(
        &self,
        parts: &Parts,
        organization: &OrgId,
        token: &str,
    ) -> Result<(Onward, Option<HeaderValue>), LoginError> {
        let (connection, link) = self.opened(organization, token).await?;
        let start_params = StartParams { back: link.return_to, asked: StepUp::default(), hint: None };
        let named = |error: LoginError| error.showing(connection.name());
        match self.in_browser(parts).await {
            Ok((account, credential)) => {
                let by = async {
                    let link = self.entrance(organization, &account, Some(&link.id)).await?;
                    Ok(Initiator::Account { account: account.clone(), credential, link })
                };
                let of_account = |error: LoginError| error.of(&account);
                let by = by.await.map_err(of_account)?;
                let begun = self.begin_at(&connection, by, start_params).await;
                Ok((begun.map_err(|error| named(of_account(error)))?, None))
            }
            Err(error) if error.kind() == LoginErrorKind::NotSignedIn => {
                let browser = Browser::new()?;
                let by = Initiator::Visitor { browser: browser.digest(), link: link.id };
                let to = self.begin_at(&connection, by, start_params).await.map_err(named)?;
                Ok((to, Some(browser.set(&self.core().addresses, LOGIN_LIFETIME)?)))
            }
            Err(error) => Err(error),
        }
    }

    /// Finds the connection and the join link of a token.
    async fn opened(
        &self,
        organization: &OrgId,
        token: &str,
    ) -> Result<(Arc<Connection>, JoinLink), LoginError> {
        let connection = self.connection(organization).await?;
        let link = self.join_link(&connection, &JoinLinkId::of(organization, token)).await?;
        Ok((connection, link))
    }

    /// Returns the join link, if it is active and the connection allows joining by link.
    pub(super) async fn join_link(
        &self,
        connection: &Connection,
        id: &JoinLinkId,
    ) -> Result<JoinLink, LoginError> {
        let (core, organization) = (self.core(), connection.organization());
        let found = self.within(core.join_links.find(organization, id), "join_links.find").await?;
        // Compare the answer again: do not rely on the store to return only what was asked for.
        let link = found
            .filter(|link| link.id == *id && link.organization == *organization)
            .ok_or(LoginErrorKind::JoinLinkUnknown)?;
        if link.expires_at <= core.now() {
            return Err(LoginErrorKind::JoinLinkExpired.into());
        }
        joinable(connection)?;
        Ok(link)
    }

    /// Decides how the account is admitted. Returns `None` for a member, or the join link for an account that is not
    /// a member.
    pub(super) async fn entrance(
        &self,
        organization: &OrgId,
        account: &AccountId,
        link: Option<&JoinLinkId>,
    ) -> Result<Option<JoinLinkId>, LoginError> {
        let membership = self.core().directory.membership(organization, account);
        Ok(comes_in(self.within(membership, "membership").await?, link)?.cloned())
    }

    /// Asks the host to make the account a member.
    pub(super) async fn join(&self, login: &CompletedLogin, link: &JoinLinkId) -> Result<(), LoginError> {
        let (core, organization) = (self.core(), &login.organization);
        // The store counts the use and checks in the same step that the link still exists. A link that was revoked
        // before that admits nobody.
        if !self.within(core.join_links.count(organization, link), "join_links.count").await? {
            return Err(LoginErrorKind::JoinLinkUnknown.into());
        }
        match self.within(core.directory.join(login), "join").await? {
            JoinOutcome::Done => {}
            JoinOutcome::Refused => {
                let detail = "the app takes no such member by a link (Directory::join)";
                return Err(LoginError::with(LoginErrorKind::JoinRefused, detail));
            }
        }
        self.note(organization, &login.account, Action::MemberJoined { link: link.clone() })?;
        self.note_applied(login, ApplyOutcome::Done)
    }

    /// Returns the page of a refusal. It has no link to the start page, which would refuse a person who is not a
    /// member again.
    fn refuse_join(&self, organization: &OrgId, error: LoginError) -> Response {
        self.refuse_login(organization, &error.dead_end(), None)
    }

    /// Does the same for addresses to which anyone can send a browser with any content.
    fn refuse_link(&self, organization: &OrgId, error: LoginError) -> Response {
        use LoginErrorKind::{JoinLinkExpired, JoinLinkUnknown, NoConnection};
        if [JoinLinkUnknown, JoinLinkExpired, NoConnection].contains(&error.kind()) {
            return self.refuse_unmatched(organization, &error.dead_end());
        }
        self.refuse_join(organization, error)
    }
}

/// Decides how an account with this membership is admitted. A member needs no link. An external collaborator or a
/// non-member needs a join link. A service account is never admitted.
fn comes_in<L>(membership: Membership, link: Option<L>) -> Result<Option<L>, LoginErrorKind> {
    match (membership, link) {
        (Membership::Member(_), _) => Ok(None),
        (Membership::ExternalCollaborator | Membership::NonMember, Some(link)) => Ok(Some(link)),
        (Membership::ExternalCollaborator | Membership::NonMember, None)
        | (Membership::ServiceAccount, _) => Err(LoginErrorKind::NotMember),
    }
}

/// Checks that the connection allows joining by link. Without a list of domains nobody can join, unless the
/// connection allows any domain: the provider may also have users of other organizations. Without join links, only
/// accounts that the host had made members could log in with SSO.
fn joinable(connection: &Connection) -> Result<(), LoginError> {
    if connection.email.domains.is_empty() && !connection.join.any_domain {
        let detail = "the connection has no list of domains, which joining by a link needs";
        return Err(LoginError::with(LoginErrorKind::EmailDomainRefused, detail));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::{Enforcement, settings::ConnectionSettings};

    #[test]
    fn a_non_member_can_join_by_a_link_and_a_machine_cannot() {
        use LoginErrorKind::NotMember;
        for (membership, without, with) in [
            (Membership::member(), Ok(None), Ok(None)),
            (Membership::ExternalCollaborator, Err(NotMember), Ok(Some("link"))),
            (Membership::NonMember, Err(NotMember), Ok(Some("link"))),
            (Membership::ServiceAccount, Err(NotMember), Err(NotMember)),
        ] {
            assert_eq!(comes_in::<&str>(membership, None), without, "{membership:?}");
            assert_eq!(comes_in(membership, Some("link")), with, "{membership:?}");
        }
    }

    #[test]
    fn a_link_needs_a_list_of_domains_or_a_connection_that_says_otherwise() {
        let settings = || ConnectionSettings::untied("1", Enforcement::Enforced);
        for (settings, expected) in [
            (settings(), Some(LoginErrorKind::EmailDomainRefused)),
            (settings().domains(["acme.example"]), None),
            (settings().dangerous().join_any_domain(), None),
        ] {
            assert_eq!(joinable(&settings.build().unwrap()).err().map(|error| error.kind()), expected);
        }
    }
}
