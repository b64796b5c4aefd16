//! A message that a service provider sent, by either binding (SAML bindings §3.4, §3.5).

use std::io::Read as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::read::DeflateDecoder;

use crate::{
    params::Params,
    saml::{
        verify::{message_is_signed, query_is_signed},
        xml::Element,
    },
    service_provider::TestServiceProvider,
};

/// Whether a message is a request or a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Request,
    Response,
}

impl Kind {
    /// Returns the name of the parameter that contains the message.
    pub(crate) fn parameter(self) -> &'static str {
        match self {
            Self::Request => "SAMLRequest",
            Self::Response => "SAMLResponse",
        }
    }
}

/// A message that could be parsed. Nothing in it has been checked.
pub(crate) struct Incoming<'a> {
    pub(crate) kind: Kind,
    pub(crate) message: Element,
    pub(crate) relay_state: Option<String>,
    /// The query, if the message came by HTTP Redirect: the signature covers it.
    query: Option<&'a str>,
}

/// The maximum size of an inflated message in bytes.
const MAX_INFLATED_BYTES: u64 = 64 * 1024;

/// The reason why a message is refused, as a sentence.
pub(crate) type Refused = &'static str;

impl<'a> Incoming<'a> {
    /// Reads a message that came by HTTP Redirect.
    pub(crate) fn by_redirect(raw: &'a str) -> Result<Self, Refused> {
        let (kind, bytes, relay_state) = fields(raw.as_bytes())?;
        let mut text = String::new();
        let read = DeflateDecoder::new(bytes.as_slice()).take(MAX_INFLATED_BYTES).read_to_string(&mut text);
        read.map_err(|_| "The message is not deflated text.")?;
        Self::of(kind, &text, relay_state, Some(raw))
    }

    /// Reads a message that came by HTTP POST.
    pub(crate) fn by_post(body: &[u8]) -> Result<Self, Refused> {
        let (kind, bytes, relay_state) = fields(body)?;
        let text = String::from_utf8(bytes).map_err(|_| "The message is no text.")?;
        Self::of(kind, &text, relay_state, None)
    }

    fn of(
        kind: Kind,
        text: &str,
        relay_state: Option<String>,
        query: Option<&'a str>,
    ) -> Result<Self, Refused> {
        let message = Element::read(text).ok_or("The message is no XML that SAML has.")?;
        Ok(Self { kind, message, relay_state, query })
    }

    /// Returns whether the message is signed with this key, in the way of its binding.
    pub(crate) fn is_signed_by(&self, pem: &str) -> bool {
        match self.query {
            Some(query) => query_is_signed(query, self.kind.parameter(), pem),
            None => message_is_signed(&self.message, pem),
        }
    }

    /// Returns the issuer's entity ID.
    pub(crate) fn issuer(&self) -> String {
        self.message.find("saml:Issuer").map(Element::own_text).unwrap_or_default()
    }

    /// Returns whether an attribute is absent or has the expected value.
    pub(crate) fn fits(&self, attribute: &str, expected: &str) -> bool {
        self.message.attribute(attribute).is_none_or(|it| it == expected)
    }
}

/// Returns the kind of the message, its bytes, and its RelayState.
fn fields(encoded: &[u8]) -> Result<(Kind, Vec<u8>, Option<String>), Refused> {
    let params = Params::parse(encoded);
    if params.repeated().is_some() {
        return Err("A parameter of the message is repeated.");
    }
    let (kind, value) = match (params.get("SAMLRequest"), params.get("SAMLResponse")) {
        (Some(value), None) => (Kind::Request, value),
        (None, Some(value)) => (Kind::Response, value),
        (None, None) | (Some(_), Some(_)) => return Err("There has to be one message in it."),
    };
    let bytes = STANDARD.decode(value).map_err(|_| "The message is not base64.")?;
    Ok((kind, bytes, params.get("RelayState").map(str::to_owned)))
}

impl TestServiceProvider {
    /// Returns whether a message is signed with the service provider's key. True if the service provider has no key.
    pub(crate) fn has_signed(&self, incoming: &Incoming<'_>) -> bool {
        self.signing_key.as_deref().is_none_or(|pem| incoming.is_signed_by(pem))
    }
}
