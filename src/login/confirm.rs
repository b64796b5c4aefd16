//! An SSO login that the provider started: the person who brought the response confirms it.
//!
//! A page of another site can make any browser post another person's response. That is why the response has no effect
//! until the person who is signed in to the host has seen, on a page of ours, which user of the provider it is about,
//! and has agreed.

use crate::login::begin;
use crate::login::finish;
use crate::login::record;
use http::request::Parts;

use crate::{
    credential::Credential,
    digest::random_token,
    error::{LoginError, kind::LoginErrorKind},
    id::{AccountId, OrgId},
    lifetimes::TICKET_LIFETIME,
    login::{
        finish::TICKET,
        record::{Initiator, Login, Ticket, UnsolicitedResponse, confirm_key, unasked_key},
    },
    pages::set::Page,
    return_path::ReturnPath,
    state::Core,
    step_up::StepUp,
    time::later,
};

/// Returns the page that asks for confirmation. From here on, the response is bound to this viewer's credential.
pub(crate) async fn ask_to_confirm(
    core: &Core,
    organization: &OrgId,
    (account, credential): (AccountId, Credential),
    ticket: &str,
) -> Result<Page, LoginError> {
    let asked = ask_account(core, organization, (account.clone(), credential), ticket).await;
    asked.map_err(|error| error.of(&account))
}

async fn ask_account(
    core: &Core,
    organization: &OrgId,
    (account, credential): (AccountId, Credential),
    ticket: &str,
) -> Result<Page, LoginError> {
    let unsolicited: UnsolicitedResponse = record::take(core, unasked_key(ticket), TICKET).await?;
    if unsolicited.organization != *organization {
        return Err(LoginErrorKind::OtherOrganization.into());
    }
    let connection = begin::connection(core, organization).await?;
    if *connection.version() != unsolicited.version {
        return Err(LoginErrorKind::ConnectionChanged.into());
    }
    begin::member(core, organization, &account).await?;
    let emails = core.with_timeout(core.directory.emails(&account), "emails").await?;
    let shown = emails.first().map_or(account.as_str(), String::as_str).to_owned();
    let user = unsolicited.identity.email.clone().unwrap_or_else(|| unsolicited.identity.subject.clone());
    let login = Login {
        organization: organization.clone(),
        by: Initiator::Account { account, credential, link: None },
        version: unsolicited.version,
        return_path: ReturnPath::root(),
        asked: StepUp::default(),
        begun_at: unsolicited.begun_at,
    };
    let token = random_token()?;
    let ticket = Ticket { login, identity: unsolicited.identity };
    let until = later(core.now(), TICKET_LIFETIME);
    record::keep(core, confirm_key(token.expose()), ticket.login.owner(), &ticket, until).await?;
    let action = core.addresses.path(organization, "saml/confirm");
    Ok(core.pages.confirm(connection.name(), &user, &shown, &action, token.expose()))
}

/// Finishes the SSO login that the viewer has confirmed.
pub(crate) async fn confirmed(
    core: &Core,
    parts: &Parts,
    organization: &OrgId,
    ticket: &str,
) -> Result<ReturnPath, (LoginError, Option<ReturnPath>)> {
    let viewer = begin::in_browser(core, parts).await.map_err(|error| (error, None))?;
    finish::finish_kept(core, organization, viewer, confirm_key(ticket)).await
}
