//! Single logout by SAML (SAML profiles §4.4): what the provider ends here, and what is ended here and there.

use std::{
    collections::{BTreeSet, HashSet},
    sync::Arc,
    time::Duration,
};

use http::request::Parts;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout_at};

use super::{
    LOGIN_LIFETIME,
    begin::Onward,
    limits::Rate,
    record::{TakeErrors, logout_key, logout_owner, logout_relay_state, logout_request_key},
};
use crate::{
    AccountId, Credential, LookupError, OrgId, ReturnPath, Sso,
    audit::{Action, AuditEvent, Reference, about},
    digest::random_token,
    directory::{Logout, LogoutBy},
    identity::Protocol,
    login::{LoginError, LoginErrorKind},
    provider::saml::{LogoutAnswer, LogoutMessage, LogoutOutcome, LogoutRequest, LogoutVia, SamlProvider},
    session::{RevocationScope, SessionsOf, SsoSession},
    store::{Digest, SessionKey, SessionList},
    time::later,
};

/// How many sessions one request may name: each leaves a mark in the store.
const SESSIONS: usize = 100;

/// How many sessions that are not there a provider may name, of one organization: each leaves a mark and an event, and the
/// room for marks is everybody's.
const ABSENT: Rate = Rate { burst: 500, interval: Duration::from_secs(1) };

/// How many sessions are asked for at once.
const PAGE: usize = 100;

const ANSWER: TakeErrors = TakeErrors {
    unknown: LoginErrorKind::StateUnknown,
    used: LoginErrorKind::StateUsed,
    expired: LoginErrorKind::StateExpired,
};

/// A logout that waits for the provider's answer.
#[derive(Debug, Serialize, Deserialize)]
struct PendingLogout {
    #[serde(rename = "relay_state")]
    relay_state: Digest,
    #[serde(rename = "account")]
    account: AccountId,
    #[serde(rename = "return_path")]
    return_path: ReturnPath,
}

impl Sso {
    /// Where a form of the host's posts to that ends the viewer's SSO session at the organization, here and, if its
    /// provider takes part in single logout, there. Its field `return_to` is the path of this site to come back to.
    #[must_use]
    pub fn logout_url(&self, organization: &OrgId) -> String {
        self.core().addresses.url(organization, "saml/logout")
    }

    /// Takes what came to the single logout service; answers with where the browser goes. An error comes with the
    /// return path of the logout that it answers, as far as it was known.
    pub(super) async fn receive_logout(
        &self,
        organization: &OrgId,
        via: LogoutVia<'_>,
    ) -> Result<Onward, (LoginError, Option<ReturnPath>)> {
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
    ) -> Result<Onward, LoginError> {
        let core = self.core();
        if request.sessions.len() > SESSIONS {
            let detail = format!("{} sessions, {SESSIONS} at most", request.sessions.len());
            return Err(LoginError::with(LoginErrorKind::SamlLogoutInvalid, detail));
        }
        let budget = Digest::of("tower-sso logout sessions", &[organization.as_str()]);
        let named = u32::try_from(request.sessions.len().max(1)).unwrap_or(u32::MAX);
        if !core.limits.allows_many(budget, named, ABSENT, core.now()) {
            let detail = "the provider named many sessions that are not there";
            return Err(LoginError::with(LoginErrorKind::RateLimited, detail));
        }
        let key = logout_request_key(organization, &request.replay.id);
        if let Err(error) = self.claim(&key, request.replay.until).await {
            // One that was used before takes no room: whoever has it can't use up the provider's.
            core.limits.give_back(budget, named, ABSENT);
            return Err(error);
        }
        // The provider is told what failed, and may ask again.
        let (ended, revoked) = self.end_named(organization, request).await;
        // Those that were there cost nothing: however many leave at the end of a day, all are signed out.
        let there: HashSet<_> = ended.iter().map(|session| &session.idp_session).collect();
        core.limits.give_back(budget, named.min(u32::try_from(there.len()).unwrap_or(u32::MAX)), ABSENT);
        let mut event = AuditEvent::new(core.now(), Reference::new()?, Action::LogoutReceived);
        // One user of the provider is one account.
        event.account = ended.first().map(|session| session.account.clone());
        let logout = Logout { organization: organization.clone(), by: LogoutBy::Provider, ended };
        let told = self.tell_host(&logout).await;
        core.record(event.organization(organization));
        let outcome = if revoked && told { LogoutOutcome::Ended } else { LogoutOutcome::Failed };
        let addresses = self.sp_addresses(organization);
        let answer =
            provider.answer_logout(&core.outbound, &addresses, request, outcome, &core.clock).await?;
        Ok(answer.map_or_else(|| self.back_to(&ReturnPath::root()), Onward::from))
    }

    /// Ends what a request names, within the time that the lookups of a request may take: what was ended, and whether
    /// nothing that was meant goes on. Where one fails, what can be ended of the rest is.
    async fn end_named(&self, organization: &OrgId, request: &LogoutRequest) -> (Vec<Arc<SsoSession>>, bool) {
        let named: Vec<_> = match request.sessions.as_slice() {
            [] => vec![None],
            sessions => sessions.iter().cloned().map(Some).collect(),
        };
        let deadline = Instant::now() + self.core().lookup_timeout;
        let (mut ended, mut absent, mut all) = (Vec::new(), BTreeSet::new(), true);
        for idp_session in named {
            let scope = RevocationScope::Idp {
                organization: organization.clone(),
                scope: request.scope.clone(),
                subject: request.subject.clone(),
                idp_session: idp_session.clone(),
            };
            let revoked = match timeout_at(deadline, self.end(scope.clone())).await {
                Ok(revoked) => revoked,
                Err(_) => Err(LookupError::new("session.revoke: no answer in time")),
            };
            match revoked {
                Ok(revoked) => {
                    let before = ended.len();
                    // Whatever the store was asked for, each is compared again before the host is told of it.
                    ended.extend(revoked.sessions.into_iter().filter(|it| scope.covers(it)));
                    if ended.len() == before {
                        absent.insert(idp_session);
                    }
                }
                Err(error) => {
                    all = false;
                    self.note_failed(organization, "session.revoke", &error);
                }
            }
        }
        // What failed is told as that: nothing more is asked for then.
        if all && !absent.is_empty() {
            all = match timeout_at(deadline, self.meant_and_live(organization, request, &absent)).await {
                Ok(Ok(None)) => true,
                Ok(Ok(Some(session))) => {
                    let detail = "a live session that it may mean goes on: its NameID or its SessionIndex is not \
                                  the one that is named, and a transient NameID is never the same";
                    let error = LoginError::with(LoginErrorKind::SamlLogoutInvalid, detail);
                    self.record_refusal(organization, &error.of(&session.account));
                    false
                }
                Ok(Err(error)) => {
                    self.note_failed(organization, "session.list", &error);
                    false
                }
                Err(_) => {
                    let error = LookupError::new("session.list: no answer in time");
                    self.note_failed(organization, "session.list", &error);
                    false
                }
            };
        }
        (ended, all)
    }

    /// Of what a request names and no session ended for: a live session that it may mean all the same. One that has the
    /// SessionIndex and another NameID; without a SessionIndex one that has the NameID, of whatever format; and one that
    /// has the NameID, and whose SessionIndex the provider never said.
    async fn meant_and_live(
        &self,
        organization: &OrgId,
        request: &LogoutRequest,
        absent: &BTreeSet<Option<String>>,
    ) -> Result<Option<Arc<SsoSession>>, LookupError> {
        for idp_session in absent.iter().flatten() {
            let of = SessionsOf::IdpSession(organization.clone(), idp_session.clone());
            let live = self.live(of, request, |_| true).await?;
            if live.is_some() {
                return Ok(live);
            }
        }
        let Some(subject) = &request.subject else { return Ok(None) };
        let of = SessionsOf::Subject(organization.clone(), subject.clone());
        let all = absent.contains(&None);
        self.live(of, request, |session| all || session.idp_session.is_none()).await
    }

    /// The first live session of a list that came from the provider of a request, and that is such a one.
    async fn live(
        &self,
        of: SessionsOf,
        request: &LogoutRequest,
        is_such: impl Fn(&SsoSession) -> bool + Send,
    ) -> Result<Option<Arc<SsoSession>>, LookupError> {
        let core = self.core();
        let mut list = SessionList { of, after: None, limit: PAGE };
        loop {
            let page = self.within(core.sessions.list(&list), "session.list").await?;
            let found = page.sessions.into_iter().find(|it| {
                // Whatever the store was asked for, each is compared again.
                let of_the_provider = it.protocol == Protocol::Saml && it.scope.0 == request.scope.0;
                list.of.covers(it) && of_the_provider && it.expires_at > core.now() && is_such(it)
            });
            match (found, page.next) {
                (None, Some(next)) => list.after = Some(next),
                (found, _) => return Ok(found),
            }
        }
    }

    /// The provider's answer to a logout that began here: once, and of the organization that asked.
    async fn logout_answered(
        &self,
        organization: &OrgId,
        answer: LogoutAnswer,
    ) -> Result<Onward, (LoginError, Option<ReturnPath>)> {
        let taken = self.take(logout_key(organization, &answer.in_response_to), ANSWER).await;
        let pending: PendingLogout = taken.map_err(|error| (error, None))?;
        let PendingLogout { relay_state, account, return_path } = pending;
        let other = answer.relay_state.is_some_and(|it| logout_relay_state(&it) != relay_state);
        let noted = match answer.refused {
            _ if other => Err(LoginError::with(LoginErrorKind::SamlInResponseToWrong, "another RelayState")),
            Some(refused) => Err(refused),
            None => self.note(organization, &account, Action::LogoutFinished),
        };
        match noted {
            Ok(()) => Ok(self.back_to(&return_path)),
            // Here it had ended before the provider was asked.
            Err(error) => Err((error.of(&account).ended_here(), Some(return_path))),
        }
    }

    /// Ends the viewer's SSO session here, whatever becomes of the provider; then asks the provider to end its own.
    /// Where there is nothing to ask, the browser goes back.
    pub(super) async fn begin_logout(
        &self,
        parts: &Parts,
        organization: &OrgId,
        back: ReturnPath,
    ) -> Result<Onward, (LoginError, Option<ReturnPath>)> {
        let (account, credential) = self.signed_in(parts).await.map_err(|error| (error, None))?;
        let ended = self.end_viewers(organization, (&account, &credential)).await;
        let Some(session) = ended.map_err(|error| (error.of(&account), None))? else {
            return Ok(self.back_to(&back));
        };
        let asked = self.ask_to_end(&session, back.clone()).await;
        asked.map_err(|error| (error.of(&account).ended_here(), Some(back)))
    }

    /// Ends the viewer's SSO session here; which one that was.
    async fn end_viewers(
        &self,
        organization: &OrgId,
        (account, credential): (&AccountId, &Credential),
    ) -> Result<Option<Arc<SsoSession>>, LoginError> {
        let core = self.core();
        let key = SessionKey { credential, organization, account };
        let found = self.within(core.sessions.find(key), "session.find").await?;
        // Whatever the store was asked for, every part is compared again.
        let found = found.filter(|it| {
            it.credential == *credential && it.organization == *organization && it.account == *account
        });
        let Some(session) = found else { return Ok(None) };
        self.end_one(key).await?;
        let ended = vec![Arc::clone(&session)];
        // What the host could not do is recorded. The provider is asked all the same.
        self.tell_host(&Logout { organization: organization.clone(), by: LogoutBy::Viewer, ended }).await;
        self.note(organization, account, Action::LogoutBegun)?;
        Ok(Some(session))
    }

    /// Asks the provider to end its own session, if this one still is of the connection as it is now.
    async fn ask_to_end(&self, session: &SsoSession, back: ReturnPath) -> Result<Onward, LoginError> {
        let (core, organization) = (self.core(), &session.organization);
        let found = self.within(core.connections.find(organization), "connection").await?;
        let connection = found.filter(|it| *it.version() == session.connection);
        let Some(connection) = connection.filter(|_| session.expires_at > core.now()) else {
            return Ok(self.back_to(&back));
        };
        let Some(provider) = connection.saml() else { return Ok(self.back_to(&back)) };
        let addresses = self.sp_addresses(organization);
        let who = (&session.scope, session.subject.as_str(), session.idp_session.as_deref());
        // What it answers is known by the ID of the request, which is signed; this has to come back if anything does.
        let relay_state = random_token()?;
        let asked =
            provider.begin_logout(&core.outbound, &addresses, who, relay_state.expose(), &core.clock).await?;
        let Some((id, outgoing)) = asked else { return Ok(self.back_to(&back)) };
        let pending = PendingLogout {
            relay_state: logout_relay_state(relay_state.expose()),
            account: session.account.clone(),
            return_path: back,
        };
        let owner = logout_owner(&session.credential);
        let until = later(core.now(), LOGIN_LIFETIME);
        self.keep(logout_key(organization, &id), owner, &pending, until).await?;
        Ok(outgoing.into())
    }

    /// The organization's SAML provider, of a connection that is off, too.
    pub(super) async fn saml_provider(&self, organization: &OrgId) -> Result<SamlProvider, LoginError> {
        let found = self.within(self.core().connections.find(organization), "connection").await?;
        let connection = found.ok_or(LoginErrorKind::NoConnection)?;
        about(&connection);
        connection.saml().cloned().ok_or_else(|| LoginErrorKind::NoConnection.into())
    }

    fn back_to(&self, path: &ReturnPath) -> Onward {
        Onward::Here(self.core().addresses.of_path(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golden::{digest_of, is_kept_as};

    #[test]
    fn a_pending_logout_is_kept_under_these_names() {
        let pending = PendingLogout {
            relay_state: serde_json::from_str(&digest_of(7)).unwrap(),
            account: "ada".into(),
            return_path: ReturnPath::root(),
        };
        let kept = format!(r#"{{"relay_state":{},"account":"ada","return_path":"/"}}"#, digest_of(7));
        is_kept_as(&pending, &kept);
    }
}
