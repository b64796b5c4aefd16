//! Writes the authentication request (SAML core §3.4.1, profiles §4.1.4.1).
//!
//! The request names our assertion consumer service and asks for the answer by HTTP POST. It asks the provider to
//! authenticate the user again if the settings or the caller limit the age of the authentication, because SAML has no
//! other way to ask for that. Context classes are asked for as `exact` (§3.3.2.2.1).
//!
//! It is signed if there is a key: inside the message for the HTTP POST binding, and over the query for the HTTP
//! Redirect binding.

use std::time::SystemTime;

use tower_sso_core::internal::{random_bytes, rfc3339};

use crate::{
    choices::{NameIdPolicy, RequestBinding},
    error::Error,
    login::Outgoing,
    redirect::{self, Message},
    signing::SigningKey,
    write::Node,
};

const POST: &str = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST";

/// The content of an authentication request.
pub(crate) struct AuthnRequest<'a> {
    pub(crate) id: &'a str,
    pub(crate) issued_at: SystemTime,
    pub(crate) endpoint: &'a str,
    pub(crate) acs: &'a str,
    pub(crate) sp_entity_id: &'a str,
    pub(crate) name_id: NameIdPolicy,
    pub(crate) force_authn: bool,
    pub(crate) contexts: &'a [String],
}

impl AuthnRequest<'_> {
    /// Returns the request for the browser to carry. It is signed if there is a key.
    pub(crate) fn send(
        &self,
        binding: RequestBinding,
        relay_state: &str,
        key: Option<&SigningKey>,
    ) -> Result<Outgoing, Error> {
        let mut node = self.node();
        match binding {
            RequestBinding::Redirect => {
                // §3.4.4.1: a message in a query contains no signature.
                let xml = node.canonical();
                let address =
                    redirect::address(self.endpoint, (Message::Request, &xml), Some(relay_state), key)?;
                Ok(Outgoing::Redirect(address))
            }
            RequestBinding::Post => {
                if let Some(key) = key {
                    key.sign_element(&mut node, AFTER_ISSUER)?;
                }
                let fields = vec![
                    (Message::Request.parameter(), redirect::to_form(&node.canonical())),
                    ("RelayState", relay_state.to_owned()),
                ];
                Ok(Outgoing::Post { action: self.endpoint.to_owned(), fields })
            }
        }
    }

    fn node(&self) -> Node {
        let mut node = Node::new("samlp:AuthnRequest")
            .with("ID", self.id)
            .with("Version", "2.0")
            .with("IssueInstant", rfc3339(self.issued_at))
            .with("Destination", self.endpoint)
            .with("ProtocolBinding", POST)
            .with("AssertionConsumerServiceURL", self.acs)
            .with_if(self.force_authn, "ForceAuthn", "true")
            .child(Node::text("saml:Issuer", self.sp_entity_id));
        if let Some(format) = self.name_id.format() {
            let policy = Node::new("samlp:NameIDPolicy").with("Format", format).with("AllowCreate", "true");
            node = node.child(policy);
        }
        if !self.contexts.is_empty() {
            let classes = self.contexts.iter().map(|class| Node::text("saml:AuthnContextClassRef", class));
            let wanted = Node::new("samlp:RequestedAuthnContext").with("Comparison", "exact");
            node = node.child(wanted.children(classes));
        }
        node
    }
}

/// The position of a signature in a message: after the Issuer (SAML core §3.2.1).
pub(crate) const AFTER_ISSUER: usize = 1;

/// Returns an ID of 160 random bits (SAML core §1.3.4). It begins with `_`, because an ID must be an XML name.
pub(crate) fn new_id() -> Result<String, Error> {
    let bytes = random_bytes::<20>()?;
    Ok(bytes.iter().fold("_".to_owned(), |id, byte| format!("{id}{byte:02x}")))
}
