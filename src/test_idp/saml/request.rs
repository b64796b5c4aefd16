//! The authentication request (SAML core §3.4.1).

use crate::test_idp::{
    guard::Here,
    saml::{
        incoming::{Incoming, Kind, Refused},
        service_provider::TestServiceProvider,
        tree::Element,
    },
};

/// A request that passed every check; or an SSO login that starts here, which has no request.
#[derive(Clone, Debug)]
pub(crate) struct SamlRequest {
    pub(crate) entity_id: String,
    /// The request's ID; none where the SSO login starts here.
    pub(super) id: Option<String>,
    pub(super) relay_state: Option<String>,
    pub(super) force: bool,
    pub(super) passive: bool,
    pub(super) name_id_format: Option<String>,
    /// The context classes that it asks for, any of which will do.
    pub(super) contexts: Vec<String>,
}

impl SamlRequest {
    /// No request: the SSO login starts here.
    pub(super) fn unsolicited(provider: &TestServiceProvider, relay_state: Option<&str>) -> Self {
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

    /// Checks a request.
    pub(super) fn of(here: &Here, incoming: &Incoming<'_>) -> Result<Self, Refused> {
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

impl TestServiceProvider {
    /// Whether a message is signed by the service provider's key, if it has one.
    pub(super) fn has_signed(&self, incoming: &Incoming<'_>) -> bool {
        self.signing_key.as_deref().is_none_or(|pem| incoming.is_signed_by(pem))
    }
}
