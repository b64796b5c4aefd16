//! Reads and checks an authentication request (SAML core §3.4.1).

use crate::{
    here::Here,
    saml::{
        incoming::{Incoming, Kind, Refused},
        xml::Element,
    },
    state::saml_request::SamlRequest,
};

impl SamlRequest {
    /// Checks a request.
    pub(crate) fn of(here: &Here, incoming: &Incoming<'_>) -> Result<Self, Refused> {
        let message = &incoming.message;
        if incoming.kind != Kind::Request
            || !message.is("samlp:AuthnRequest")
            || message.attribute("Version") != Some("2.0")
        {
            return Err("The message is no AuthnRequest of version 2.0.");
        }
        let provider = here.idp.service_provider(&incoming.issuer());
        let provider = provider.ok_or("No service provider of this provider has that entity ID.")?;
        if !provider.has_signed(incoming) {
            return Err("The request is not signed by the service provider's key.");
        }
        if !incoming.fits("AssertionConsumerServiceURL", &provider.acs) {
            return Err("The AssertionConsumerServiceURL is not the service provider's.");
        }
        if !incoming.fits("ProtocolBinding", "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST") {
            return Err("The ProtocolBinding is not HTTP-POST.");
        }
        if !incoming.fits("Destination", &format!("{}/saml/sso", here.base)) {
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
            ..Self::unsolicited(provider, incoming.relay_state.as_deref())
        })
    }
}
