//! Makes our logout messages, and verifies and reads those of the provider.
//!
//! A message of the provider must be signed: in the query for HTTP Redirect, where a signature inside the XML does not
//! count (SAML bindings §3.4.4.1), and inside the message for HTTP POST. Our messages are signed if there is a key.
//!
//! A logout has two directions. If the user logs out here, [`ServiceProvider::logout_request`] tells the provider. If
//! the provider sends a request, [`ServiceProvider::validate_logout`] says which sessions end, and
//! [`ServiceProvider::logout_response`] reports how that went.

use std::time::SystemTime;

use tower_sso_core::internal::{later, rfc3339};

use crate::{
    choices::{NameIdPolicy, RequestBinding},
    error::{Error, ErrorKind::SamlSignatureMissing},
    login::{Outgoing, SpAddresses},
    logout::{
        message::{LogoutMessage, LogoutOutcome, LogoutRequest, LogoutSubject, LogoutVia, MESSAGE_LIFETIME},
        read::{Rules, form, kind},
    },
    metadata::theirs::{Endpoint, IdpMetadata},
    method::Sha1,
    open::{open_signed, read_unsigned},
    policy::{Encryption, Trust},
    redirect::{self, Message},
    request::{AFTER_ISSUER, new_id},
    service_provider::ServiceProvider,
    write::Node,
    xml::limits::Limits,
};

const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
const RESPONDER: &str = "urn:oasis:names:tc:SAML:2.0:status:Responder";
const PARTIAL: &str = "urn:oasis:names:tc:SAML:2.0:status:PartialLogout";

impl ServiceProvider {
    /// Makes a request that asks the provider to end its own session. Returns the ID of the request, and how the
    /// browser carries it. Returns `None` if the provider has no single logout service, or if the session's scope does
    /// not contain the whole NameID.
    ///
    /// # Errors
    ///
    /// Returns `SamlMetadataInvalid` if the metadata has expired, and `LookupFailed` if there is no randomness.
    pub fn logout_request(
        &self,
        idp: &IdpMetadata,
        addresses: &SpAddresses,
        who: LogoutSubject<'_>,
        relay_state: &str,
        now: SystemTime,
    ) -> Result<Option<(String, Outgoing)>, Error> {
        idp.check_valid(now)?;
        let LogoutSubject { within, subject, session_index } = who;
        let sp = self.entity_id(addresses);
        let Some(endpoint) = IdpMetadata::endpoint(&idp.slo, self.settings.binding) else { return Ok(None) };
        // The scope contains the format, and contains qualifiers only if they are unusual.
        let format = within.strip_prefix(sp).and_then(|rest| rest.strip_prefix(' '));
        let Some(format) = format.filter(|format| !format.contains(' ')) else { return Ok(None) };
        let mut name_id = Node::text("saml:NameID", subject).with("Format", format);
        if Some(format) == NameIdPolicy::Persistent.format() {
            // SAML core §8.3.7: a persistent NameID is unique within these qualifiers.
            name_id = name_id.with("NameQualifier", idp.entity_id.as_str()).with("SPNameQualifier", sp);
        }
        let id = new_id()?;
        let node = self
            .head("samlp:LogoutRequest", &id, &endpoint.location, sp, now)
            .with("NotOnOrAfter", rfc3339(later(now, MESSAGE_LIFETIME)))
            .child(name_id)
            .children(session_index.map(|index| Node::text("samlp:SessionIndex", index)));
        let to = (endpoint.binding, endpoint.location.as_str());
        let outgoing = self.send(node, (Message::Request, to), Some(relay_state))?;
        Ok(Some((id, outgoing)))
    }

    /// Reads and verifies a message that reached the single logout service.
    ///
    /// # Errors
    ///
    /// Returns `SamlMetadataInvalid` if the metadata has expired, the kinds for an invalid signature or document, and
    /// `SamlIssuerWrong`, `SamlDestinationWrong`, `SamlIssueInstantWrong`, `SamlExpired` or `SamlLogoutInvalid` for the
    /// content.
    pub fn validate_logout(
        &self,
        idp: &IdpMetadata,
        addresses: &SpAddresses,
        via: LogoutVia<'_>,
        now: SystemTime,
    ) -> Result<LogoutMessage, Error> {
        idp.check_valid(now)?;
        let settings = &self.settings;
        let limits = Limits::MESSAGE.with_size(settings.response_limit);
        let sha1 = if settings.weakened.accepts_sha1() { Sha1::Allowed } else { Sha1::Refused };
        let rules = Rules {
            idp_entity_id: &idp.entity_id,
            sp_entity_id: self.entity_id(addresses),
            slo: &addresses.slo,
            subject_attribute: settings.subject_attribute.as_deref(),
            leeway: settings.leeway,
            now,
        };
        match via {
            LogoutVia::Query(query) => {
                let incoming = redirect::read(query, settings.response_limit)?;
                let signature = incoming.signature.ok_or(SamlSignatureMissing)?;
                signature.verify(&idp.keys, sha1)?;
                let relay_state = incoming.relay_state;
                read_unsigned(&incoming.xml, kind(incoming.kind), limits, |root| {
                    rules.read(incoming.kind, root, relay_state)
                })
            }
            LogoutVia::Form(body) => {
                let (message, xml, relay_state) = form(body, settings.response_limit)?;
                let trust = Trust {
                    keys: &idp.keys,
                    decryption_keys: &[],
                    sha1,
                    engine: self.engine,
                    encryption: Encryption::Optional,
                    limits,
                };
                open_signed(&xml, kind(message), &trust, |root| rules.read(message, root, relay_state))
            }
        }
    }

    /// Makes the answer to a logout request of the provider. Returns `None` if the provider has no single logout
    /// service.
    ///
    /// # Errors
    ///
    /// Returns `SamlMetadataInvalid` if the metadata has expired, and `LookupFailed` if there is no randomness.
    pub fn logout_response(
        &self,
        idp: &IdpMetadata,
        addresses: &SpAddresses,
        request: &LogoutRequest,
        outcome: LogoutOutcome,
        now: SystemTime,
    ) -> Result<Option<Outgoing>, Error> {
        idp.check_valid(now)?;
        let Some(endpoint) = IdpMetadata::endpoint(&idp.slo, self.settings.binding) else { return Ok(None) };
        let Endpoint { binding, location, response_location } = endpoint;
        let location = response_location.as_ref().unwrap_or(location);
        let status = |value| Node::new("samlp:StatusCode").with("Value", value);
        let code = match outcome {
            LogoutOutcome::Ended => status(SUCCESS),
            LogoutOutcome::Failed => status(RESPONDER).child(status(PARTIAL)),
        };
        let node = self
            .head("samlp:LogoutResponse", &new_id()?, location, self.entity_id(addresses), now)
            .with("InResponseTo", request.id.as_str())
            .child(Node::new("samlp:Status").child(code));
        let to = (*binding, location.as_str());
        self.send(node, (Message::Response, to), request.relay_state.as_deref()).map(Some)
    }

    /// Returns a message with what every message needs (SAML core §3.2.1, §3.2.2).
    fn head(&self, name: &'static str, id: &str, destination: &str, sp: &str, now: SystemTime) -> Node {
        Node::new(name)
            .with("ID", id)
            .with("Version", "2.0")
            .with("IssueInstant", rfc3339(now))
            .with("Destination", destination)
            .child(Node::text("saml:Issuer", sp))
    }

    /// Returns a message for the browser to carry. It is signed if there is a key.
    fn send(
        &self,
        mut node: Node,
        (message, (binding, location)): (Message, (RequestBinding, &str)),
        relay_state: Option<&str>,
    ) -> Result<Outgoing, Error> {
        let key = self.signing.as_ref();
        match binding {
            RequestBinding::Redirect => {
                let message = (message, &*node.canonical());
                redirect::address(location, message, relay_state, key).map(Outgoing::Redirect)
            }
            RequestBinding::Post => {
                if let Some(key) = key {
                    key.sign_element(&mut node, AFTER_ISSUER)?;
                }
                let mut fields = vec![(message.parameter(), redirect::to_form(&node.canonical()))];
                fields.extend(relay_state.map(|state| ("RelayState", state.to_owned())));
                Ok(Outgoing::Post { action: location.to_owned(), fields })
            }
        }
    }
}
