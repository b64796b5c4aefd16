//! A logout on its way from app to app, and the messages that it sends.

use std::time::{Duration, SystemTime};

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};

use crate::{
    digest::random_token,
    lookup::LookupError,
    test_idp::{
        guard::Here,
        idp::TestIdp,
        pages,
        saml::{answer::told_to_fail, incoming::Kind, outgoing::LogoutService, tree::Element},
    },
    time::{later, rfc3339},
};

pub(super) const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
const RESPONDER: &str = "urn:oasis:names:tc:SAML:2.0:status:Responder";
const PARTIAL: &str = "urn:oasis:names:tc:SAML:2.0:status:PartialLogout";

/// How long a message can be used, and an app can take to answer.
const LIFETIME: Duration = Duration::from_secs(5 * 60);

/// Somebody at an app, as the app was told of them, by one session here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Participant {
    pub(super) entity_id: String,
    pub(super) name: String,
    pub(super) format: String,
    /// The session, which the app knows as its SessionIndex.
    pub(super) sid: String,
}

/// A service provider that waits for an answer.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) entity_id: String,
    pub(super) id: String,
    pub(super) relay_state: Option<String>,
}

/// A logout under way.
#[derive(Clone, Debug)]
pub(crate) struct Logout {
    /// Who is still to be told; the last comes first, and is the one that is waited for while one is.
    left: Vec<Participant>,
    /// Who has answered, and whether they confirmed.
    told: Vec<(String, bool)>,
    /// Whom to answer in the end; nobody where it began here.
    asked: Option<Asked>,
    /// Whether the requests name no SessionIndex, and so mean all sessions.
    all: bool,
}

impl Logout {
    pub(super) fn of(left: Vec<Participant>, asked: Option<Asked>) -> Self {
        Self { left, told: Vec::new(), asked, all: false }
    }

    /// Names no SessionIndex, if so: then each app is told once of each name.
    pub(super) fn naming_no_session(mut self, all: bool) -> Self {
        if all {
            self.left.sort_by(|one, other| (&one.entity_id, &one.name).cmp(&(&other.entity_id, &other.name)));
            self.left.dedup_by(|one, other| (&one.entity_id, &one.name) == (&other.entity_id, &other.name));
        }
        Self { all, ..self }
    }

    /// Takes an answer of the app that is waited for; of another there is none.
    pub(super) fn answered(mut self, entity_id: &str, confirmed: bool) -> Option<Self> {
        let one = self.left.pop().filter(|one| one.entity_id == entity_id)?;
        self.told.push((one.entity_id, confirmed));
        Some(self)
    }

    /// Tells the next app, or answers whoever asked, or says that it is over.
    pub(super) fn resume(self, here: &Here) -> Response {
        let sent = match (self.left.last().cloned(), self.asked.clone()) {
            (Some(next), _) => self.tell(here, &next),
            (None, Some(asked)) => self.answer(here, &asked),
            (None, None) => return pages::told(here, StatusCode::OK, &self.summary()),
        };
        sent.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
    }

    fn tell(mut self, here: &Here, next: &Participant) -> Result<Response, LookupError> {
        let Some(service) = service(&here.idp, &next.entity_id) else {
            // It can't be told, and so it has not confirmed.
            self.left.pop();
            self.told.push((next.entity_id.clone(), false));
            return Ok(self.resume(here));
        };
        let now = here.idp.now();
        let (id, message) = message(here, "samlp:LogoutRequest", &service, now)?;
        let name = Element::new("saml:NameID").with("Format", &next.format).text(&next.name);
        let index = (!self.all).then(|| Element::new("samlp:SessionIndex").text(&next.sid));
        let message = message.with("NotOnOrAfter", rfc3339(later(now, LIFETIME))).child(name);
        here.idp.state().logouts.put(id, self, later(now, LIFETIME), now);
        Ok(service.send(here, (Kind::Request, message.children_from(index)), None))
    }

    fn answer(&self, here: &Here, asked: &Asked) -> Result<Response, LookupError> {
        let Some(service) = service(&here.idp, &asked.entity_id) else {
            return Err(LookupError::new("a service provider without a logout service"));
        };
        let code = |value: &str| Element::new("samlp:StatusCode").with("Value", value);
        let code = match told_to_fail(&here.idp) {
            Some(status) => code(RESPONDER).child(code(&status)),
            // SAML core §3.7.3.2: not every app has confirmed.
            None if self.told.iter().any(|(_, confirmed)| !confirmed) => code(SUCCESS).child(code(PARTIAL)),
            None => code(SUCCESS),
        };
        let (_, message) = message(here, "samlp:LogoutResponse", &service, here.idp.now())?;
        let message = message.with("InResponseTo", &asked.id).child(Element::new("samlp:Status").child(code));
        Ok(service.send(here, (Kind::Response, message), asked.relay_state.as_deref()))
    }

    fn summary(&self) -> String {
        let each = self.told.iter().map(|(app, confirmed)| match confirmed {
            true => format!(" {app} has signed you out."),
            false => format!(" {app} has not confirmed that it signed you out."),
        });
        format!("You are signed out here.{}", each.collect::<String>())
    }
}

fn service(idp: &TestIdp, entity_id: &str) -> Option<LogoutService> {
    idp.service_provider(entity_id)?.logout.clone()
}

/// What both messages begin with, and the ID of this one.
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
    /// Beyond this many, the oldest is forgotten.
    const PARTICIPANTS: usize = 1024;

    /// Notes that an app was told of somebody, by a session here.
    pub(super) fn note_participant(&self, participant: Participant) {
        let participants = &mut self.state().participants;
        if !participants.contains(&participant) {
            if participants.len() >= Self::PARTICIPANTS {
                participants.remove(0);
            }
            participants.push(participant);
        }
    }

    /// The sessions by which apps were told of such somebody.
    pub(super) fn sessions_with(&self, is: impl Fn(&Participant) -> bool) -> Vec<String> {
        let state = self.state();
        state.participants.iter().filter(|it| is(it)).map(|it| it.sid.clone()).collect()
    }

    /// The user's sessions.
    pub(super) fn account_sessions(&self, user: usize) -> Vec<String> {
        let (state, now) = (self.state(), self.now());
        state.sessions.values(now).filter(|it| it.user == user).map(|it| it.sid.clone()).collect()
    }

    /// Ends sessions; everybody at an app by one of them.
    pub(super) fn end_sessions(&self, ended: &[String]) -> Vec<Participant> {
        let mut state = self.state();
        state.sessions.retain(|session| !ended.contains(&session.sid));
        state.participants.extract_if(.., |it| ended.contains(&it.sid)).collect()
    }
}
