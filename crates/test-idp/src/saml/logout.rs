//! Runs a logout from app to app, and builds its messages.

use std::time::{Duration, SystemTime};

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use tower_sso_core::{
    LookupError,
    internal::{later, random_token, rfc3339},
};

use crate::{
    here::Here,
    idp::TestIdp,
    pages,
    saml::{incoming::Kind, lies::failure_status, xml::Element},
    service_provider::LogoutService,
    state::logout::{Logout, LogoutRequester, Participant},
};

pub(crate) const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
const RESPONDER: &str = "urn:oasis:names:tc:SAML:2.0:status:Responder";
const PARTIAL: &str = "urn:oasis:names:tc:SAML:2.0:status:PartialLogout";

/// How long a message is valid, and how long an app may take to answer.
const LIFETIME: Duration = Duration::from_secs(5 * 60);

impl Logout {
    /// Tells the next app. If all apps were told, answers the app that asked, or shows that the logout is complete.
    pub(crate) fn resume(self, here: &Here) -> Response {
        let sent = match (self.remaining.last().cloned(), self.requester.clone()) {
            (Some(next), _) => self.tell(here, &next),
            (None, Some(asked)) => self.answer(here, &asked),
            (None, None) => return pages::message(here, StatusCode::OK, &self.summary()),
        };
        sent.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
    }

    fn tell(mut self, here: &Here, next: &Participant) -> Result<Response, LookupError> {
        let Some(service) = service(&here.idp, &next.entity_id) else {
            // The app can't be told. It counts as not having confirmed.
            self.remaining.pop();
            self.results.push((next.entity_id.clone(), false));
            return Ok(self.resume(here));
        };
        let now = here.idp.now();
        let (id, message) = message(here, "samlp:LogoutRequest", &service, now)?;
        let name = Element::new("saml:NameID").with("Format", &next.format).text(&next.name);
        let index = (!self.without_session_index).then(|| Element::new("samlp:SessionIndex").text(&next.sid));
        let message = message.with("NotOnOrAfter", rfc3339(later(now, LIFETIME))).child(name);
        here.idp.state().logouts.put(id, self, later(now, LIFETIME), now);
        Ok(service.send(here, Kind::Request, message.children_from(index), None))
    }

    fn answer(&self, here: &Here, asked: &LogoutRequester) -> Result<Response, LookupError> {
        let Some(service) = service(&here.idp, &asked.entity_id) else {
            return Err(LookupError::new("a service provider without a logout service"));
        };
        let code = |value: &str| Element::new("samlp:StatusCode").with("Value", value);
        let code = match failure_status(&here.idp) {
            Some(status) => code(RESPONDER).child(code(&status)),
            // SAML core §3.7.3.2: at least one app has not confirmed.
            None if self.results.iter().any(|(_, confirmed)| !confirmed) => {
                code(SUCCESS).child(code(PARTIAL))
            }
            None => code(SUCCESS),
        };
        let (_, message) = message(here, "samlp:LogoutResponse", &service, here.idp.now())?;
        let message = message.with("InResponseTo", &asked.id).child(Element::new("samlp:Status").child(code));
        Ok(service.send(here, Kind::Response, message, asked.relay_state.as_deref()))
    }
}

fn service(idp: &TestIdp, entity_id: &str) -> Option<LogoutService> {
    idp.service_provider(entity_id)?.logout.clone()
}

/// Returns the beginning of a logout message, which is the same for both kinds, and its ID.
fn message(
    here: &Here,
    name: &str,
    to: &LogoutService,
    now: SystemTime,
) -> Result<(String, Element), LookupError> {
    let id = format!("_{}", random_token()?.expose());
    let message = Element::new(name)
        .with("ID", &id)
        .with("Version", "2.0")
        .with("IssueInstant", rfc3339(now))
        .with("Destination", &to.address)
        .child(Element::new("saml:Issuer").text(here.saml_entity_id()));
    Ok((id, message))
}

impl TestIdp {
    /// The maximum number of participants. Beyond it, the oldest is forgotten.
    const MAX_PARTICIPANTS: usize = 1024;

    /// Remembers that an app was told about a user, and through which session.
    pub(crate) fn note_participant(&self, participant: Participant) {
        let participants = &mut self.state().participants;
        if !participants.contains(&participant) {
            if participants.len() >= Self::MAX_PARTICIPANTS {
                participants.remove(0);
            }
            participants.push(participant);
        }
    }

    /// Returns the sessions of the participants for which the condition is true.
    pub(crate) fn sessions_with(&self, is: impl Fn(&Participant) -> bool) -> Vec<String> {
        let state = self.state();
        state.participants.iter().filter(|it| is(it)).map(|it| it.sid.clone()).collect()
    }

    /// Returns the user's sessions.
    pub(crate) fn account_sessions(&self, user: usize) -> Vec<String> {
        let (state, now) = (self.state(), self.now());
        state.sessions.values(now).filter(|it| it.user == user).map(|it| it.sid.clone()).collect()
    }

    /// Ends sessions. Returns the participants that knew one of them.
    pub(crate) fn end_sessions(&self, ended: &[String]) -> Vec<Participant> {
        let mut state = self.state();
        state.sessions.retain(|session| !ended.contains(&session.sid));
        state.participants.extract_if(.., |it| ended.contains(&it.sid)).collect()
    }
}
