//! The authentication request (SAML core §3.4.1), by either binding.

use std::io::Read as _;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::read::DeflateDecoder;

use super::{
    TestServiceProvider,
    tree::Element,
    verify::{message_is_signed, query_is_signed},
};
use crate::test_idp::{guard::Here, params::Params};

/// A request that passed every check; or a sign-on that starts here, which has no request.
#[derive(Clone, Debug)]
pub(in crate::test_idp) struct SamlRequest {
    pub(in crate::test_idp) entity_id: String,
    /// The request's ID; none where the sign-on starts here.
    pub(super) id: Option<String>,
    pub(super) relay_state: Option<String>,
    pub(super) force: bool,
    pub(super) passive: bool,
    pub(super) name_id_format: Option<String>,
    /// The context classes that it asks for, any of which will do.
    pub(super) contexts: Vec<String>,
}

/// The most that a request may inflate to, in bytes.
const MOST: u64 = 64 * 1024;

/// Why a request is refused, in a sentence.
type Refused = &'static str;

impl SamlRequest {
    /// A request by HTTP Redirect (SAML bindings §3.4).
    pub(super) fn by_redirect(here: &Here, raw: &str) -> Result<Self, Refused> {
        let params = once(raw.as_bytes())?;
        let deflated = STANDARD.decode(params.get("SAMLRequest").ok_or("The request has no SAMLRequest.")?);
        let deflated = deflated.map_err(|_| "The SAMLRequest is not base64.")?;
        let mut text = String::new();
        let read = DeflateDecoder::new(deflated.as_slice()).take(MOST).read_to_string(&mut text);
        read.map_err(|_| "The SAMLRequest is not deflated text.")?;
        let signed = |pem: &str| query_is_signed(raw, "SAMLRequest", pem);
        Self::parse(here, &text, params.get("RelayState"), &signed)
    }

    /// A request by HTTP POST (SAML bindings §3.5).
    pub(super) fn by_post(here: &Here, body: &[u8]) -> Result<Self, Refused> {
        let params = once(body)?;
        let encoded = params.get("SAMLRequest").ok_or("The request has no SAMLRequest.")?;
        let text = STANDARD.decode(encoded).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let text = text.ok_or("The SAMLRequest is not text in base64.")?;
        let signed = |pem: &str| Element::read(&text).is_some_and(|read| message_is_signed(&read, pem));
        Self::parse(here, &text, params.get("RelayState"), &signed)
    }

    /// No request: the sign-on starts here.
    pub(super) fn unasked(provider: &TestServiceProvider, relay_state: Option<&str>) -> Self {
        Self {
            entity_id: provider.entity_id.clone(),
            id: None,
            relay_state: relay_state.map(str::to_owned),
            force: false,
            passive: false,
            name_id_format: None,
            contexts: Vec::new(),
        }
    }

    fn parse(
        here: &Here,
        text: &str,
        relay_state: Option<&str>,
        signed: &dyn Fn(&str) -> bool,
    ) -> Result<Self, Refused> {
        let message = Element::read(text).ok_or("The SAMLRequest is no XML that SAML has.")?;
        if !message.is("samlp:AuthnRequest") || message.attribute("Version") != Some("2.0") {
            return Err("The SAMLRequest is no AuthnRequest of version 2.0.");
        }
        let issuer = message.find("saml:Issuer").map(Element::own_text).unwrap_or_default();
        let provider = here.idp.service_provider(&issuer);
        let provider = provider.ok_or("No service provider of this provider has that entity ID.")?;
        if provider.signing_key.as_deref().is_some_and(|pem| !signed(pem)) {
            return Err("The request is not signed by the service provider's key.");
        }
        let fits = |name: &str, expected: &str| message.attribute(name).is_none_or(|it| it == expected);
        if !fits("AssertionConsumerServiceURL", &provider.acs) {
            return Err("The AssertionConsumerServiceURL is not the service provider's.");
        }
        if !fits("ProtocolBinding", "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST") {
            return Err("The ProtocolBinding is not HTTP-POST.");
        }
        if !fits("Destination", &format!("{}/saml/sso", here.base)) {
            return Err("The Destination is another address.");
        }
        let id = message.attribute("ID").filter(|id| !id.is_empty()).ok_or("The request has no ID.")?;
        let is = |name: &str| matches!(message.attribute(name), Some("true" | "1"));
        let policy = message.find("samlp:NameIDPolicy").and_then(|policy| policy.attribute("Format"));
        let contexts = message.find("samlp:RequestedAuthnContext").into_iter().flat_map(Element::elements);
        Ok(Self {
            id: Some(id.to_owned()),
            force: is("ForceAuthn"),
            passive: is("IsPassive"),
            name_id_format: policy.map(str::to_owned),
            contexts: contexts.map(Element::own_text).collect(),
            ..Self::unasked(provider, relay_state)
        })
    }
}

fn once(encoded: &[u8]) -> Result<Params, Refused> {
    let params = Params::parse(encoded);
    match params.repeated() {
        Some(_) => Err("A parameter of the request stands twice."),
        None => Ok(params),
    }
}
