//! Reads and checks the content of a logout message (SAML profiles §4.4.3, §4.4.4): issuer, destination, lifetime, and
//! the sessions that end.
//!
//! 1. `Issuer` is the provider, and `Destination` our single logout service. Both are required.
//! 2. `IssueInstant` is at most 5 minutes ago and not in the future; the leeway applies. A request may end earlier by
//!    `NotOnOrAfter`.
//! 3. A request names a NameID. If the settings identify users by an attribute, it must name a `SessionIndex` too,
//!    because the NameID says nothing then.
//! 4. An answer names the request that it answers.
//!
//! The signature is verified elsewhere, before the content counts.

use std::time::{Duration, SystemTime};

use tower_sso_core::internal::later;

use crate::{
    error::{
        Error,
        ErrorKind::{
            ParameterRepeated, SamlDestinationWrong, SamlEncodingInvalid, SamlExpired, SamlIssueInstantWrong,
            SamlIssuerWrong, SamlLogoutInvalid,
        },
    },
    instant,
    login::Replay,
    logout::message::{LogoutAnswer, LogoutMessage, LogoutRequest, MESSAGE_LIFETIME},
    redirect::{self, Message},
    response::{
        envelope::refused,
        name_id::{NameId, attribute_scope},
    },
    tree::Tree,
    xml::{
        kind::Kind,
        namespace::{SAML, SAMLP},
    },
};

/// Returns the kind of document that a message must be.
pub(crate) fn kind(message: Message) -> Kind {
    match message {
        Message::Request => Kind::LogoutRequest,
        Message::Response => Kind::LogoutResponse,
    }
}

/// Returns the kind and the XML of the message in a form's body, and its `RelayState`.
///
/// # Errors
///
/// Returns `ParameterRepeated` if the form has two messages or two of `RelayState`, and `SamlEncodingInvalid` or
/// `SamlTooLarge` for a message that can't be decoded.
pub(crate) fn form(body: &[u8], limit: usize) -> Result<(Message, String, Option<String>), Error> {
    let (mut message, mut relay_state) = (None, None);
    for (name, value) in url::form_urlencoded::parse(body) {
        let again = match &*name {
            "SAMLRequest" => message.replace((Message::Request, value)).is_some(),
            "SAMLResponse" => message.replace((Message::Response, value)).is_some(),
            "RelayState" => relay_state.replace(value.into_owned()).is_some(),
            _ => false,
        };
        if again {
            return Err(Error::with(ParameterRepeated, "a form has one message and one RelayState"));
        }
    }
    let (message, field) = message.ok_or_else(|| Error::with(SamlEncodingInvalid, "no message"))?;
    Ok((message, redirect::from_form(&field, limit)?, relay_state))
}

/// The rules by which a logout message is checked.
pub(crate) struct Rules<'a> {
    pub(crate) idp_entity_id: &'a str,
    pub(crate) sp_entity_id: &'a str,
    pub(crate) slo: &'a str,
    pub(crate) subject_attribute: Option<&'a str>,
    pub(crate) leeway: Duration,
    pub(crate) now: SystemTime,
}

impl Rules<'_> {
    pub(crate) fn read<'d>(
        &self,
        message: Message,
        root: impl Tree<'d>,
        relay_state: Option<String>,
    ) -> Result<LogoutMessage, Error> {
        let issuer = root.required(SAML, "Issuer", SamlIssuerWrong)?.text()?;
        if issuer != self.idp_entity_id {
            return Err(Error::with(SamlIssuerWrong, format!("found {issuer:?}")));
        }
        // SAML bindings §3.4.5.2, §3.5.5.2: a signed message must have a Destination, and only signed ones are
        // accepted.
        if root.attribute("Destination") != Some(self.slo) {
            return Err(Error::with(SamlDestinationWrong, format!("expected {:?}", self.slo)));
        }
        let issued_at =
            root.attribute("IssueInstant").and_then(instant::parse).ok_or(SamlIssueInstantWrong)?;
        let until = later(later(issued_at, MESSAGE_LIFETIME), self.leeway);
        if issued_at > later(self.now, self.leeway) || until <= self.now {
            return Err(SamlIssueInstantWrong.into());
        }
        match message {
            Message::Request => self.request(root, relay_state, until).map(LogoutMessage::Request),
            Message::Response => {
                let in_response_to = root.attribute("InResponseTo");
                let in_response_to = in_response_to.ok_or_else(|| invalid("it answers nothing"))?.to_owned();
                let refused = refused(root)?;
                Ok(LogoutMessage::Answer(LogoutAnswer { in_response_to, relay_state, refused }))
            }
        }
    }

    fn request<'d>(
        &self,
        root: impl Tree<'d>,
        relay_state: Option<String>,
        until: SystemTime,
    ) -> Result<LogoutRequest, Error> {
        if let Some(text) = root.attribute("NotOnOrAfter") {
            let end = instant::parse(text).ok_or_else(|| invalid("NotOnOrAfter is no time"))?;
            if later(end, self.leeway) <= self.now {
                return Err(SamlExpired.into());
            }
        }
        let name_id = root.required(SAML, "NameID", SamlLogoutInvalid)?;
        let name_id = NameId::read(name_id)?;
        let mut sessions = Vec::new();
        for index in root.children().filter(|child| child.is(SAMLP, "SessionIndex")) {
            match index.text()? {
                "" => return Err(invalid("a SessionIndex is empty")),
                text => sessions.push(text.to_owned()),
            }
        }
        let (scope, subject) = match self.subject_attribute {
            None => (name_id.scope(self.idp_entity_id, self.sp_entity_id), Some(name_id.value.to_owned())),
            // An attribute is the subject, so the NameID does not identify the sessions. A `SessionIndex` is needed.
            Some(_) if sessions.is_empty() => return Err(invalid("no SessionIndex")),
            Some(name) => (attribute_scope(self.idp_entity_id, self.sp_entity_id, name), None),
        };
        let id = root.attribute("ID").unwrap_or_default().to_owned();
        let replay = Replay { id: format!("{} {id}", self.idp_entity_id), until };
        Ok(LogoutRequest { id, scope, subject, sessions, relay_state, replay })
    }
}

fn invalid(problem: &str) -> Error {
    Error::with(SamlLogoutInvalid, problem)
}
