//! Confirmation of a SAML response that no SSO login here requested.
//!
//! A page of another site can make any browser post another person's response. Therefore such a response has no effect
//! until the person who is signed in to the app has seen, on a page of ours, which user of the provider it names, and
//! has agreed.
//!
//! Two records carry it: `receive::saml` stores an [`UnsolicitedResponse`], which is bound to no account. The page
//! takes it and stores a [`Ticket`] that is bound to the viewer. The page's form takes that ticket and finishes the SSO
//! login.

use tower_sso_core::{
    OrgId,
    internal::{later, random_token},
};

use crate::{
    directory::viewer::SignedIn,
    error::kind::LoginErrorKind,
    lifetimes::TICKET_LIFETIME,
    login::{
        failure::{LoginFailure, OrFailure as _},
        lookups,
        record::{
            self, BegunLogin, Initiator, TICKET_ERRORS, Ticket, UnsolicitedResponse, confirmation_key,
            unsolicited_key,
        },
    },
    pages::page_set::Page,
    state::Core,
    step_up::StepUp,
};

/// Returns the page that asks for confirmation. From here on, the response is bound to this viewer's credential. The
/// unsolicited response is taken: the page can be opened once.
pub(crate) async fn ask_to_confirm(
    core: &Core,
    organization: &OrgId,
    viewer: &SignedIn,
    ticket: &str,
) -> Result<Page, LoginFailure> {
    ask_account(core, organization, viewer.clone(), ticket).await.for_account(&viewer.account)
}

async fn ask_account(
    core: &Core,
    organization: &OrgId,
    SignedIn { account, credential }: SignedIn,
    ticket: &str,
) -> Result<Page, LoginFailure> {
    let unsolicited: UnsolicitedResponse = record::take(core, unsolicited_key(ticket), TICKET_ERRORS).await?;
    if unsolicited.organization != *organization {
        return Err(LoginErrorKind::OtherOrganization.into());
    }
    let connection = lookups::connection(core, organization).await?;
    if !connection.has_version(&core.keys, &unsolicited.version) {
        return Err(LoginErrorKind::ConnectionChanged.into());
    }
    lookups::check_member(core, organization, &account).await?;
    let emails = core.with_timeout(core.directory.verified_emails(&account), "emails").await?;
    let shown = emails.first().map_or(account.as_str(), String::as_str).to_owned();
    let user = unsolicited.identity.email.clone().unwrap_or_else(|| unsolicited.identity.subject.clone());
    let login = BegunLogin {
        organization: organization.clone(),
        by: Initiator::Account { account, credential, link: None },
        version: unsolicited.version,
        return_to: core.addresses.front_page().into(),
        step_up: StepUp::default(),
        begun_at: unsolicited.begun_at,
        revision: unsolicited.revision,
    };
    let token = random_token()?;
    let ticket = Ticket { login, identity: unsolicited.identity };
    let until = later(core.now(), TICKET_LIFETIME);
    record::put(core, confirmation_key(token.expose()), ticket.login.owner(), &ticket, until).await?;
    let action = core.addresses.path(organization, "saml/confirm");
    Ok(core.pages.confirm(connection.name(), &user, &shown, &action, token.expose()))
}
