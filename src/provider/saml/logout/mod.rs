//! Single logout (SAML profiles §4.4), both ways, by redirect and by form: messages made, read and verified. Whose
//! sessions end is for the caller to do.

mod read;

use std::time::{Duration, SystemTime};

use tower_sso_core::{
    Clock,
    internal::{later, rfc3339},
    store::LinkScope,
};

use self::read::{Rules, form, kind};
use crate::provider::saml::{
    choices::{NameIdPolicy, RequestBinding},
    login::{Outgoing, Replay, SpAddresses},
    metadata::theirs::{Endpoint, Idp},
    open::{Encryption, Trust, open_signed, read_unsigned},
    provider::SamlProvider,
    redirect::{self, Message},
    request::{AFTER_ISSUER, new_id},
    signature::method::Sha1,
    write::Node,
    xml::limits::Limits,
};
use crate::{
    error::{kind::LoginErrorKind::SamlSignatureMissing, login_error::LoginError},
    provider::outbound::Outbound,
};

const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
const RESPONDER: &str = "urn:oasis:names:tc:SAML:2.0:status:Responder";
const PARTIAL: &str = "urn:oasis:names:tc:SAML:2.0:status:PartialLogout";
/// How long a message is good that does not say it, and at most.
const LIFETIME: Duration = Duration::from_secs(5 * 60);

/// A logout message as it reached the single logout service.
#[derive(Clone, Copy, Debug)]
pub(crate) enum LogoutVia<'a> {
    /// The raw query of a GET.
    Query(&'a str),
    /// The raw body of a form's POST.
    Form(&'a [u8]),
}

/// What the provider said. Its signature was verified.
#[derive(Debug)]
pub(crate) enum LogoutMessage {
    Request(LogoutRequest),
    Answer(LogoutAnswer),
}

/// The provider ends sessions.
#[derive(Debug)]
pub(crate) struct LogoutRequest {
    /// What the answer names.
    pub(crate) id: String,
    /// What the subject and the sessions are unique within.
    pub(crate) scope: LinkScope,
    /// Whose. None where an attribute is the subject: then the sessions are named.
    pub(crate) subject: Option<String>,
    /// Which: their SessionIndex. None named: all of the subject.
    pub(crate) sessions: Vec<String>,
    /// Goes back with the answer.
    pub(crate) relay_state: Option<String>,
    /// What has to be claimed before it counts.
    pub(crate) replay: Replay,
}

/// The provider answers a request of ours.
#[derive(Debug)]
pub(crate) struct LogoutAnswer {
    /// The ID of the request that it answers: it has to be one of ours, and not answered yet.
    pub(crate) in_response_to: String,
    pub(crate) relay_state: Option<String>,
    /// Nothing if all is well; otherwise the provider's words, for the operator.
    pub(crate) refused: Option<LoginError>,
}

/// What became of the sessions that the provider wanted to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LogoutOutcome {
    /// They are ended.
    Ended,
    /// They could not be ended, or not all.
    Failed,
}

impl SamlProvider {
    /// Asks the provider to end its own session: the ID of the request, and where the browser goes. None where the
    /// provider has no single logout service, or the session's NameID is not known whole.
    ///
    /// # Errors
    ///
    /// As `authorize`.
    pub(crate) async fn begin_logout(
        &self,
        out: &Outbound,
        addresses: &SpAddresses,
        who: (&LinkScope, &str, Option<&str>),
        relay_state: &str,
        clock: &Clock,
    ) -> Result<Option<(String, Outgoing)>, LoginError> {
        let idp = self.idp(out, clock).await?;
        let (scope, subject, session_index) = who;
        let sp = self.sp_entity_id(addresses);
        let Some(endpoint) = Idp::endpoint(&idp.slo, self.0.settings.binding) else { return Ok(None) };
        // The scope holds the format, and qualifiers only where they are unusual.
        let format = scope.1.strip_prefix(sp).and_then(|rest| rest.strip_prefix(' '));
        let Some(format) = format.filter(|format| !format.contains(' ')) else { return Ok(None) };
        let mut name_id = Node::text("saml:NameID", subject).with("Format", format);
        if Some(format) == NameIdPolicy::Persistent.format() {
            // SAML core §8.3.7.
            name_id = name_id.with("NameQualifier", idp.entity_id.as_str()).with("SPNameQualifier", sp);
        }
        let (id, now) = (new_id()?, clock.now());
        let node = self
            .head("samlp:LogoutRequest", &id, &endpoint.location, sp, now)
            .with("NotOnOrAfter", rfc3339(later(now, LIFETIME)))
            .child(name_id)
            .children(session_index.map(|index| Node::text("samlp:SessionIndex", index)));
        let to = (endpoint.binding, endpoint.location.as_str());
        let outgoing = self.send(node, (Message::Request, to), Some(relay_state))?;
        Ok(Some((id, outgoing)))
    }

    /// Reads and verifies what came to the single logout service.
    ///
    /// # Errors
    ///
    /// The kinds of the signature and the document; `SamlIssuerWrong`, `SamlDestinationWrong`, `SamlIssueInstantWrong`,
    /// `SamlExpired`, `SamlLogoutInvalid`.
    pub(crate) async fn receive_logout(
        &self,
        out: &Outbound,
        addresses: &SpAddresses,
        via: LogoutVia<'_>,
        clock: &Clock,
    ) -> Result<LogoutMessage, LoginError> {
        self.verified(out, clock, |idp| self.read_logout(idp, addresses, via, clock.now())).await
    }

    fn read_logout(
        &self,
        idp: &Idp,
        addresses: &SpAddresses,
        via: LogoutVia<'_>,
        now: SystemTime,
    ) -> Result<LogoutMessage, LoginError> {
        let settings = &self.0.settings;
        let limits = Limits::MESSAGE.with_size(settings.response_limit);
        let sha1 = if settings.accepts_sha1 { Sha1::Allowed } else { Sha1::Refused };
        let rules = Rules {
            idp_entity_id: &idp.entity_id,
            sp_entity_id: self.sp_entity_id(addresses),
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
                    engine: self.0.engine,
                    encryption: Encryption::Optional,
                    limits,
                };
                open_signed(&xml, kind(message), &trust, |root| rules.read(message, root, relay_state))
            }
        }
    }

    /// Answers a request of the provider's. None where the provider has no single logout service.
    ///
    /// # Errors
    ///
    /// As `authorize`.
    pub(crate) async fn answer_logout(
        &self,
        out: &Outbound,
        addresses: &SpAddresses,
        request: &LogoutRequest,
        outcome: LogoutOutcome,
        clock: &Clock,
    ) -> Result<Option<Outgoing>, LoginError> {
        let idp = self.idp(out, clock).await?;
        let Some(endpoint) = Idp::endpoint(&idp.slo, self.0.settings.binding) else { return Ok(None) };
        let Endpoint { binding, location, response_location } = endpoint;
        let location = response_location.as_ref().unwrap_or(location);
        let status = |value| Node::new("samlp:StatusCode").with("Value", value);
        let code = match outcome {
            LogoutOutcome::Ended => status(SUCCESS),
            LogoutOutcome::Failed => status(RESPONDER).child(status(PARTIAL)),
        };
        let node = self
            .head("samlp:LogoutResponse", &new_id()?, location, self.sp_entity_id(addresses), clock.now())
            .with("InResponseTo", request.id.as_str())
            .child(Node::new("samlp:Status").child(code));
        let to = (*binding, location.as_str());
        self.send(node, (Message::Response, to), request.relay_state.as_deref()).map(Some)
    }

    fn head(&self, name: &'static str, id: &str, destination: &str, sp: &str, now: SystemTime) -> Node {
        Node::new(name)
            .with("ID", id)
            .with("Version", "2.0")
            .with("IssueInstant", rfc3339(now))
            .with("Destination", destination)
            .child(Node::text("saml:Issuer", sp))
    }

    /// A message on its way: signed, if there is a key.
    fn send(
        &self,
        mut node: Node,
        (message, (binding, location)): (Message, (RequestBinding, &str)),
        relay_state: Option<&str>,
    ) -> Result<Outgoing, LoginError> {
        let key = self.0.signing.as_ref();
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
