//! Builds the response, honest and unsigned (SAML core §3.3.3, profiles §4.1.4.2).

use std::time::{Duration, SystemTime};

use serde_json::{Map, Value};
use tower_sso_core::{
    LookupError,
    internal::{later, random_token, rfc3339},
};

use crate::{
    here::Here,
    saml::xml::Element,
    service_provider::TestServiceProvider,
    state::{saml_request::SamlRequest, session::Session},
    user::TestUser,
};

const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
const RESPONDER: &str = "urn:oasis:names:tc:SAML:2.0:status:Responder";
const PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";
const PERSISTENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";
const BASIC: &str = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic";
const URI: &str = "urn:oasis:names:tc:SAML:2.0:attrname-format:uri";

/// How long an assertion is valid, and how long before its issue time its validity begins.
const LIFETIME: Duration = Duration::from_secs(5 * 60);

/// A NameID (SAML core §8.3).
pub(crate) struct NameId {
    pub(crate) format: String,
    pub(crate) value: String,
}

/// What a response depends on: the provider, the service provider, and the request.
#[derive(Clone, Copy)]
pub(crate) struct SamlExchange<'a> {
    pub(crate) here: &'a Here,
    pub(crate) provider: &'a TestServiceProvider,
    pub(crate) request: &'a SamlRequest,
}

impl SamlExchange<'_> {
    /// Returns the context class for the response: one that was requested, if this provider has it.
    pub(crate) fn context(&self) -> Option<String> {
        let asked = &self.request.contexts;
        if asked.is_empty() || asked.iter().any(|class| class == PASSWORD) {
            return Some(PASSWORD.to_owned());
        }
        let known = &self.here.idp.settings().acr_values;
        asked.iter().find(|class| known.contains(class)).cloned()
    }

    /// Returns a response with an assertion about a user. A lie may have changed the user's claims.
    pub(crate) fn success(
        &self,
        session: &Session,
        name: &NameId,
        claims: &Map<String, Value>,
        context: &str,
    ) -> Result<Element, LookupError> {
        let now = self.here.idp.now();
        let until = rfc3339(later(now, LIFETIME));
        let audience = Element::new("saml:Audience").text(&self.provider.entity_id);
        let conditions = Element::new("saml:Conditions")
            .with("NotBefore", rfc3339(now - LIFETIME))
            .with("NotOnOrAfter", &until)
            .child(Element::new("saml:AudienceRestriction").child(audience));
        let class = Element::new("saml:AuthnContextClassRef").text(context);
        let authn = Element::new("saml:AuthnStatement")
            .with("AuthnInstant", rfc3339(session.auth_time))
            .with("SessionIndex", &session.sid)
            .child(Element::new("saml:AuthnContext").child(class));
        let assertion = self
            .message("saml:Assertion", now)?
            .child(self.subject(name, &until))
            .child(conditions)
            .child(authn)
            .child(Element::new("saml:AttributeStatement").children_from(attributes(claims)));
        Ok(self.response(now, None)?.child(assertion))
    }

    /// Returns a response without an assertion, with this second-level status code.
    pub(crate) fn failure(&self, status: &str) -> Result<Element, LookupError> {
        self.response(self.here.idp.now(), Some(status))
    }

    fn response(&self, now: SystemTime, failed: Option<&str>) -> Result<Element, LookupError> {
        let code = |value: &str| Element::new("samlp:StatusCode").with("Value", value);
        let code = match failed {
            None => code(SUCCESS),
            Some(status) => code(RESPONDER).child(code(status)),
        };
        let message = self.message("samlp:Response", now)?;
        let message = message.with_some("InResponseTo", self.request.id.as_deref());
        Ok(message.with("Destination", &self.provider.acs).child(Element::new("samlp:Status").child(code)))
    }

    /// Returns the beginning of every message and assertion.
    fn message(&self, name: &str, now: SystemTime) -> Result<Element, LookupError> {
        Ok(Element::new(name)
            .with("ID", format!("_{}", random_token()?.expose()))
            .with("Version", "2.0")
            .with("IssueInstant", rfc3339(now))
            .child(Element::new("saml:Issuer").text(self.here.saml_entity_id())))
    }

    /// Returns the format and value of the NameID.
    pub(crate) fn name(&self, user: &TestUser, claims: &Map<String, Value>) -> Result<NameId, LookupError> {
        let asked = self.request.name_id_format.as_deref().filter(|format| *format != UNSPECIFIED);
        let format = asked.unwrap_or(&self.provider.name_id_format);
        let value = match format {
            TRANSIENT => random_token()?.expose().clone(),
            PERSISTENT => text(claims.get("sub")).unwrap_or_default(),
            _ => text(claims.get("email")).unwrap_or_else(|| user.email.clone()),
        };
        Ok(NameId { format: format.to_owned(), value })
    }

    fn subject(&self, name: &NameId, until: &str) -> Element {
        let data = Element::new("saml:SubjectConfirmationData")
            .with("Recipient", &self.provider.acs)
            .with("NotOnOrAfter", until)
            .with_some("InResponseTo", self.request.id.as_deref());
        Element::new("saml:Subject")
            .child(Element::new("saml:NameID").with("Format", &name.format).text(&name.value))
            .child(Element::new("saml:SubjectConfirmation").with("Method", BEARER).child(data))
    }
}

/// Returns every claim as an attribute, except the claims that only OpenID Connect has.
fn attributes(claims: &Map<String, Value>) -> impl Iterator<Item = Element> {
    let claims = claims.iter().filter(|(name, _)| !matches!(name.as_str(), "sub" | "email_verified"));
    claims.map(|(name, value)| {
        let values: Vec<_> = match value {
            Value::Array(values) => values.iter().filter_map(|value| text(Some(value))).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                text(Some(value)).into_iter().collect()
            }
        };
        let format = if name.contains(':') { URI } else { BASIC };
        let values = values.into_iter().map(|value| Element::new("saml:AttributeValue").text(value));
        Element::new("saml:Attribute").with("Name", name).with("NameFormat", format).children_from(values)
    })
}

fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Some(other.to_string())
        }
    }
}
