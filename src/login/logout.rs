//! Single logout by SAML (SAML profiles §4.4): what the provider ends here, and what is ended here and there.

use http::request::Parts;
use serde::{Deserialize, Serialize};

use super::{
    LOGIN_LIFETIME,
    begin::ToProvider,
    record::{Kinds, logout_key},
};
use crate::{
    AccountId, Action, AuditEvent, Credential, Digest, LoginError, LoginErrorKind, OrgId, Reference,
    ReturnPath, RevocationScope, SessionKey, Sso, SsoSession,
    audit::about,
    connection::Provider,
    digest::random_token,
    login::record::loop_key,
    provider::saml::{LogoutAnswer, LogoutMessage, LogoutOutcome, LogoutRequest, LogoutVia, SamlProvider},
    time::later,
};

/// How many sessions one request may name: each leaves a mark in the store.
const SESSIONS: usize = 100;

const RELAY_STATE: &str = "tower-sso logout relay state";

const ANSWER: Kinds = Kinds {
    unknown: LoginErrorKind::StateUnknown,
    used: LoginErrorKind::StateUsed,
    expired: LoginErrorKind::StateExpired,
};

/// A logout that waits for the provider's answer.
#[derive(Debug, Serialize, Deserialize)]
struct PendingLogout {
    relay_state: Digest,
    account: AccountId,
    return_path: ReturnPath,
}

impl Sso {
    /// Takes what came to the single logout service; answers with where the browser goes. An error comes with the
    /// return path of the logout that it answers, as far as it was known.
    pub(super) async fn receive_logout(
        &self,
        organization: &OrgId,
        via: LogoutVia<'_>,
    ) -> Result<ToProvider, (LoginError, Option<ReturnPath>)> {
        let alone = |error: LoginError| (error, None);
        let core = self.core();
        let provider = self.saml_provider(organization).await.map_err(alone)?;
        let addresses = self.sp_addresses(organization);
        let message = provider.receive_logout(&core.outbound, &addresses, via, &core.clock).await;
        match message.map_err(alone)? {
            LogoutMessage::Request(request) => {
                self.end_for_provider(organization, &provider, &request).await.map_err(alone)
            }
            LogoutMessage::Answer(answer) => self.logout_answered(organization, answer).await,
        }
    }

    /// The provider ends sessions: exactly those that its request names, once.
    async fn end_for_provider(
        &self,
        organization: &OrgId,
        provider: &SamlProvider,
        request: &LogoutRequest,
    ) -> Result<ToProvider, LoginError> {
        let core = self.core();
        if request.sessions.len() > SESSIONS {
            let detail = format!("{} sessions, {SESSIONS} at most", request.sessions.len());
            return Err(LoginError::with(LoginErrorKind::SamlLogoutInvalid, detail));
        }
        let key = Digest::of("tower-sso logout request", &[organization.as_str(), &request.replay.id]);
        self.claim(&key, request.replay.until).await?;
        let named: Vec<_> = match request.sessions.as_slice() {
            [] => vec![None],
            sessions => sessions.iter().cloned().map(Some).collect(),
        };
        let mut outcome = LogoutOutcome::Ended;
        for idp_session in named {
            let scope = RevocationScope::Idp {
                organization: organization.clone(),
                scope: request.scope.clone(),
                subject: request.subject.clone(),
                idp_session,
            };
            // The provider is told, and may ask again. What can be ended of the rest is.
            if let Err(error) = self.revoke(scope).await {
                outcome = LogoutOutcome::Failed;
                let failed = Action::LookupFailed { verb: "session.revoke", detail: error.to_string() };
                let event = AuditEvent::new(core.now(), Reference::new()?, failed);
                core.record(event.organization(organization));
            }
        }
        let event = AuditEvent::new(core.now(), Reference::new()?, Action::LogoutReceived);
        core.record(event.organization(organization));
        let addresses = self.sp_addresses(organization);
        let answer =
            provider.answer_logout(&core.outbound, &addresses, request, outcome, &core.clock).await?;
        Ok(answer.map_or_else(|| self.back_to(&ReturnPath::root()), ToProvider::from))
    }

    /// The provider's answer to a logout that began here: once, and of the organization that asked.
    async fn logout_answered(
        &self,
        organization: &OrgId,
        answer: LogoutAnswer,
    ) -> Result<ToProvider, (LoginError, Option<ReturnPath>)> {
        let taken = self.take(logout_key(organization, &answer.in_response_to), ANSWER).await;
        let pending: PendingLogout = taken.map_err(|error| (error, None))?;
        let PendingLogout { relay_state, account, return_path } = pending;
        let other = answer.relay_state.is_some_and(|it| Digest::of(RELAY_STATE, &[&it]) != relay_state);
        let noted = match answer.refused {
            _ if other => Err(LoginError::with(LoginErrorKind::SamlInResponseToWrong, "another RelayState")),
            Some(refused) => Err(refused),
            None => self.note(organization, &account, Action::LogoutFinished),
        };
        match noted {
            Ok(()) => Ok(self.back_to(&return_path)),
            Err(error) => Err((error.of(&account), Some(return_path))),
        }
    }

    /// Ends the viewer's SSO session here, whatever becomes of the provider; then asks the provider to end its own.
    /// Where there is nothing to ask, the browser goes back.
    pub(super) async fn begin_logout(
        &self,
        parts: &Parts,
        organization: &OrgId,
        back: ReturnPath,
    ) -> Result<ToProvider, LoginError> {
        let (account, credential) = self.signed_in(parts).await?;
        let begun = self.begin_logout_of(organization, (&account, &credential), back).await;
        begun.map_err(|error| error.of(&account))
    }

    async fn begin_logout_of(
        &self,
        organization: &OrgId,
        (account, credential): (&AccountId, &Credential),
        back: ReturnPath,
    ) -> Result<ToProvider, LoginError> {
        let core = self.core();
        let key = SessionKey { credential, organization, account };
        let found = self.within(core.sessions.find(key), "session.find").await?;
        // Whatever the store was asked for, every part is compared again.
        let found = found.filter(|it| {
            it.credential == *credential && it.organization == *organization && it.account == *account
        });
        let Some(session) = found else { return Ok(self.back_to(&back)) };
        self.revoke(RevocationScope::Session {
            credential: credential.clone(),
            organization: organization.clone(),
            account: account.clone(),
        })
        .await?;
        // Whoever signs on again after this is in no loop. If the mark can't be taken, the start page says so once.
        drop(self.within(core.one_time.take(&loop_key(organization, account)), "one_time.take").await);
        self.note(organization, account, Action::LogoutBegun)?;
        self.ask_to_end(&session, back).await
    }

    /// Asks the provider to end its own session, if this one still is of the connection as it is now.
    async fn ask_to_end(&self, session: &SsoSession, back: ReturnPath) -> Result<ToProvider, LoginError> {
        let (core, organization) = (self.core(), &session.organization);
        let found = self.within(core.connections.find(organization), "connection").await?;
        let connection = found.filter(|it| *it.version() == session.connection);
        let Some(connection) = connection.filter(|_| session.expires_at > core.now()) else {
            return Ok(self.back_to(&back));
        };
        let provider = match &connection.provider {
            Provider::Saml(provider) => provider,
            #[cfg(feature = "oidc")]
            Provider::Oidc(_) => return Ok(self.back_to(&back)),
            #[cfg(test)]
            Provider::None => return Ok(self.back_to(&back)),
        };
        let addresses = self.sp_addresses(organization);
        let who = (&session.scope, session.subject.as_str(), session.idp_session.as_deref());
        // What it answers is known by the ID of the request, which is signed; this has to come back if anything does.
        let relay_state = random_token()?;
        let asked =
            provider.begin_logout(&core.outbound, &addresses, who, relay_state.expose(), &core.clock).await?;
        let Some((id, outgoing)) = asked else { return Ok(self.back_to(&back)) };
        let pending = PendingLogout {
            relay_state: Digest::of(RELAY_STATE, &[relay_state.expose()]),
            account: session.account.clone(),
            return_path: back,
        };
        let owner = Digest::of("tower-sso logout owner", &session.credential.parts());
        let until = later(core.now(), LOGIN_LIFETIME);
        self.keep(logout_key(organization, &id), owner, &pending, until).await?;
        Ok(outgoing.into())
    }

    /// The organization's SAML provider, of a connection that is off, too.
    pub(super) async fn saml_provider(&self, organization: &OrgId) -> Result<SamlProvider, LoginError> {
        let found = self.within(self.core().connections.find(organization), "connection").await?;
        let connection = found.ok_or(LoginErrorKind::NoConnection)?;
        about(&connection);
        match &connection.provider {
            Provider::Saml(provider) => Ok(provider.clone()),
            #[cfg(feature = "oidc")]
            Provider::Oidc(_) => Err(LoginErrorKind::NoConnection.into()),
            #[cfg(test)]
            Provider::None => Err(LoginErrorKind::NoConnection.into()),
        }
    }

    fn back_to(&self, path: &ReturnPath) -> ToProvider {
        ToProvider::Redirect(format!("{}{path}", self.core().addresses.origin()))
    }
}
