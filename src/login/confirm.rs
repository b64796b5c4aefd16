//! An SSO login that the provider started: the person who brought the response confirms it.
//!
//! A page of another site can make any browser post another person's response. That is why the response has no effect
//! until the person who is signed in to the host has seen, on a page of ours, which user of the provider it is about,
//! and has agreed.

use http::request::Parts;

use crate::{
    digest::random_token,
    directory::Credential,
    enforce::step_up::StepUp,
    error::{LoginError, kind::LoginErrorKind},
    id::{AccountId, OrgId},
    login::{
        TICKET_LIFETIME,
        finish::TICKET,
        record::{Initiator, Login, Ticket, UnsolicitedResponse, confirm_key, unasked_key},
        return_path::ReturnPath,
    },
    pages::Page,
    sso::Sso,
    time::later,
};

impl Sso {
    /// Returns the page that asks for confirmation. From here on, the response is bound to this viewer's credential.
    pub(super) async fn ask_to_confirm(
        &self,
        organization: &OrgId,
        (account, credential): (AccountId, Credential),
        ticket: &str,
    ) -> Result<Page, LoginError> {
        let asked = self.ask_account(organization, (account.clone(), credential), ticket).await;
        asked.map_err(|error| error.of(&account))
    }

    async fn ask_account(
        &self,
        organization: &OrgId,
        (account, credential): (AccountId, Credential),
        ticket: &str,
    ) -> Result<Page, LoginError> {
        let core = self.core();
        let unsolicited: UnsolicitedResponse = self.take(unasked_key(ticket), TICKET).await?;
        if unsolicited.organization != *organization {
            return Err(LoginErrorKind::OtherOrganization.into());
        }
        let connection = self.connection(organization).await?;
        if *connection.version() != unsolicited.version {
            return Err(LoginErrorKind::ConnectionChanged.into());
        }
        self.member(organization, &account).await?;
        let emails = self.within(core.directory.emails(&account), "emails").await?;
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
        self.keep(confirm_key(token.expose()), ticket.login.owner(), &ticket, until).await?;
        let action = core.addresses.path(organization, "saml/confirm");
        Ok(core.pages.confirm(connection.name(), &user, &shown, &action, token.expose()))
    }

    /// Finishes the SSO login that the viewer has confirmed.
    pub(super) async fn confirmed(
        &self,
        parts: &Parts,
        organization: &OrgId,
        ticket: &str,
    ) -> Result<ReturnPath, (LoginError, Option<ReturnPath>)> {
        let viewer = self.in_browser(parts).await.map_err(|error| (error, None))?;
        self.finish_kept(organization, viewer, confirm_key(ticket)).await
    }
}
