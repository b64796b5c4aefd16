//! Joining by a join link: the pages, and the rules for who may join.
//!
//! A person with an account joins with that account. A person without an account is handed over to the host, which
//! creates one: see `handover`. `links` has what administrators do with join links.

pub(crate) mod handover;
pub(crate) mod links;

use crate::login::begin;
use crate::login::finish;
use crate::login::respond;
use crate::login::roles;
use crate::login::routes;
use axum::{
    extract::{RawPathParams, Request, State},
    response::Response,
};
use http::{HeaderValue, StatusCode, header, request::Parts};

use crate::{
    audit::action::Action,
    connection::checked::Connection,
    directory::{
        login::{ApplyOutcome, CompletedLogin, JoinOutcome},
        membership::Membership,
    },
    error::{LoginError, kind::LoginErrorKind},
    id::{AccountId, JoinLinkId, OrgId},
    lifetimes::LOGIN_LIFETIME,
    login::{
        begin::Onward,
        browser::Browser,
        record::Initiator,
        request::{MAX_FORM_BYTES, form, organization, query, same_origin},
        respond::see_other,
        start_params::{StartParams, parameter},
    },
    pages::join::JoinPage,
    return_path::ReturnPath,
    session::join_links::JoinLink,
    state::Core,
    step_up::StepUp,
};
use std::sync::Arc;

pub(crate) async fn page(State(core): State<Arc<Core>>, params: RawPathParams, request: Request) -> Response {
    let (organization, (parts, _)) = (organization(&params), request.into_parts());
    let shown = async {
        let token = parameter(query(&parts), "link")?;
        join_page(&core, &parts, &organization, &token.unwrap_or_default()).await
    };
    shown.await.unwrap_or_else(|error: LoginError| refuse_link(&core, &organization, error))
}

pub(crate) async fn begin(
    State(core): State<Arc<Core>>,
    params: RawPathParams,
    request: Request,
) -> Response {
    let (organization, (parts, body)) = (organization(&params), request.into_parts());
    let begun = async {
        same_origin(&parts.headers, core.addresses.origin())?;
        let token = parameter(&form(body, MAX_FORM_BYTES).await?, "link")?;
        begin_to_join(&core, &parts, &organization, &token.unwrap_or_default()).await
    };
    match begun.await {
        Ok((to, cookie)) => with_cookies(routes::go(&core, to), cookie),
        Err(error) => refuse_link(&core, &organization, error),
    }
}

pub(crate) async fn finish(
    State(core): State<Arc<Core>>,
    params: RawPathParams,
    request: Request,
) -> Response {
    let (organization, (parts, _)) = (organization(&params), request.into_parts());
    match handover::hand_over(&core, &parts, &organization).await {
        Ok((page, cookies)) => with_cookies(see_other(&page), cookies),
        Err(error) => refuse_join(&core, &organization, error),
    }
}

pub(crate) async fn claim(
    State(core): State<Arc<Core>>,
    params: RawPathParams,
    request: Request,
) -> Response {
    let (organization, (parts, _)) = (organization(&params), request.into_parts());
    match handover::claim_page(&core, &parts, &organization).await {
        Ok(response) => response,
        Err(error) => refuse_join(&core, &organization, error),
    }
}

fn with_cookies(mut response: Response, cookies: impl IntoIterator<Item = HeaderValue>) -> Response {
    for cookie in cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Returns the page of a join link. A member does not need it and is sent to the start page.
async fn join_page(
    core: &Core,
    parts: &Parts,
    organization: &OrgId,
    token: &str,
) -> Result<Response, LoginError> {
    let (connection, link) = opened(core, organization, token).await?;
    let here = core.addresses.join(organization, token);
    let (shown, sign_in) = match begin::in_browser(core, parts).await {
        Ok((account, _)) => {
            let joins = entrance(core, organization, &account, Some(&link.id)).await;
            if joins.map_err(|error| error.of(&account))?.is_none() {
                return Ok(see_other(&core.addresses.start(organization, Some(&link.return_to))));
            }
            let emails = core.with_timeout(core.directory.emails(&account), "emails").await?;
            (Some(emails.first().map_or(account.as_str(), String::as_str).to_owned()), None)
        }
        Err(error) if error.kind() == LoginErrorKind::NotSignedIn => (None, routes::sign_in_for(core, &here)),
        Err(error) => return Err(error),
    };
    let page = core.pages.join(JoinPage {
        style: "",
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
    core: &Core,
    parts: &Parts,
    organization: &OrgId,
    token: &str,
) -> Result<(Onward, Option<HeaderValue>), LoginError> {
    let (connection, link) = opened(core, organization, token).await?;
    let start_params = StartParams { back: link.return_to, asked: StepUp::default(), hint: None };
    let named = |error: LoginError| error.showing(connection.name());
    match begin::in_browser(core, parts).await {
        Ok((account, credential)) => {
            let by = async {
                let link = entrance(core, organization, &account, Some(&link.id)).await?;
                Ok(Initiator::Account { account: account.clone(), credential, link })
            };
            let of_account = |error: LoginError| error.of(&account);
            let by = by.await.map_err(of_account)?;
            let begun = begin::begin_at(core, &connection, by, start_params).await;
            Ok((begun.map_err(|error| named(of_account(error)))?, None))
        }
        Err(error) if error.kind() == LoginErrorKind::NotSignedIn => {
            let browser = Browser::new()?;
            let by = Initiator::Visitor { browser: browser.digest(), link: link.id };
            let to = begin::begin_at(core, &connection, by, start_params).await.map_err(named)?;
            Ok((to, Some(browser.set(&core.addresses, LOGIN_LIFETIME)?)))
        }
        Err(error) => Err(error),
    }
}

/// Finds the connection and the join link of a token.
async fn opened(
    core: &Core,
    organization: &OrgId,
    token: &str,
) -> Result<(Arc<Connection>, JoinLink), LoginError> {
    let connection = begin::connection(core, organization).await?;
    let link = join_link(core, &connection, &JoinLinkId::of(organization, token)).await?;
    Ok((connection, link))
}

/// Returns the join link, if it is active and the connection allows joining by link.
pub(crate) async fn join_link(
    core: &Core,
    connection: &Connection,
    id: &JoinLinkId,
) -> Result<JoinLink, LoginError> {
    let organization = connection.organization();
    let found = core.with_timeout(core.join_links.find(organization, id), "join_links.find").await?;
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
pub(crate) async fn entrance(
    core: &Core,
    organization: &OrgId,
    account: &AccountId,
    link: Option<&JoinLinkId>,
) -> Result<Option<JoinLinkId>, LoginError> {
    let membership = core.directory.membership(organization, account);
    Ok(comes_in(core.with_timeout(membership, "membership").await?, link)?.cloned())
}

/// Asks the host to make the account a member.
pub(crate) async fn join(core: &Core, login: &CompletedLogin, link: &JoinLinkId) -> Result<(), LoginError> {
    let organization = &login.organization;
    // The store counts the use and checks in the same step that the link still exists. A link that was revoked
    // before that admits nobody.
    if !core.with_timeout(core.join_links.count(organization, link), "join_links.count").await? {
        return Err(LoginErrorKind::JoinLinkUnknown.into());
    }
    match core.with_timeout(core.directory.join(login), "join").await? {
        JoinOutcome::Done => {}
        JoinOutcome::Refused => {
            let detail = "the app takes no such member by a link (Directory::join)";
            return Err(LoginError::with(LoginErrorKind::JoinRefused, detail));
        }
    }
    finish::note(core, organization, &login.account, Action::MemberJoined { link: link.clone() })?;
    roles::note_applied(core, login, ApplyOutcome::Done)
}

/// Returns the page of a refusal. It has no link to the start page, which would refuse a person who is not a
/// member again.
fn refuse_join(core: &Core, organization: &OrgId, error: LoginError) -> Response {
    respond::refuse_login(core, organization, &error.dead_end(), None)
}

/// Does the same for addresses to which anyone can send a browser with any content.
fn refuse_link(core: &Core, organization: &OrgId, error: LoginError) -> Response {
    use LoginErrorKind::{JoinLinkExpired, JoinLinkUnknown, NoConnection};
    if [JoinLinkUnknown, JoinLinkExpired, NoConnection].contains(&error.kind()) {
        return respond::refuse_unmatched(core, organization, &error.dead_end());
    }
    refuse_join(core, organization, error)
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
    use crate::connection::{policy::Enforcement, settings::ConnectionSettings};

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
