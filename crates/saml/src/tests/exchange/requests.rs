//! Tests the requests that we send, by either binding.
//!
//! Each test reads what was sent, and compares it with the settings.

use std::collections::HashMap;

use aws_lc_rs::{
    encoding::{AsDer, PublicKeyX509Der},
    signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _},
};

use super::*;
use crate::{
    certificate::Certificate,
    choices::{NameIdPolicy, RequestBinding},
    login::Outgoing,
    metadata::theirs::{Origin, read_signed},
    method::Sha1,
    redirect,
    xml::namespace::{SAML, SAMLP},
};

fn our_key(settings: Settings) -> Settings {
    settings.signing_key(OTHER.0.private_key_pem().expect("PEM"), metadata::certificate(&OTHER.0))
}

fn posted(outgoing: &Outgoing) -> (String, HashMap<&'static str, String>) {
    match outgoing {
        Outgoing::Post { action, fields } => (action.clone(), fields.iter().cloned().collect()),
        Outgoing::Redirect(address) => panic!("a redirect to {address}"),
    }
}

fn redirected(outgoing: &Outgoing) -> redirect::Incoming {
    match outgoing {
        Outgoing::Redirect(address) => {
            let query =
                address.strip_prefix(SSO).and_then(|rest| rest.strip_prefix('?')).expect("the endpoint");
            redirect::read(query, 64 * 1024).expect("read")
        }
        Outgoing::Post { action, .. } => panic!("a form for {action}"),
    }
}

#[test]
fn a_request_contains_the_required_parts() {
    let asked = Flow::start().authorize();
    let incoming = redirected(&asked.outgoing);
    assert_eq!(incoming.signature, None);
    assert_eq!(incoming.relay_state.as_ref(), Some(asked.relay_state.expose()));
    let id = &asked.login.request_id;
    assert!(id.len() == 41 && id.starts_with('_') && id.bytes().skip(1).all(|byte| byte.is_ascii_hexdigit()));
    let now = rfc3339(at(NOW));
    assert_eq!(
        incoming.xml,
        format!(
            "<samlp:AuthnRequest xmlns:samlp=\"{SAMLP}\" AssertionConsumerServiceURL=\"{}\" Destination=\"{SSO}\" \
             ID=\"{id}\" IssueInstant=\"{now}\" ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" \
             Version=\"2.0\"><saml:Issuer xmlns:saml=\"{SAML}\">{}</saml:Issuer><samlp:NameIDPolicy \
             AllowCreate=\"true\" Format=\"{EMAIL_FORMAT}\"></samlp:NameIDPolicy></samlp:AuthnRequest>",
            addresses().acs,
            addresses().metadata,
        )
    );
    let other = Flow::start().authorize();
    assert_ne!(&other.login.request_id, id);
    assert_ne!(other.relay_state.expose(), asked.relay_state.expose());
}

#[test]
fn a_request_follows_the_settings() {
    let xml = |change: fn(Settings) -> Settings| redirected(&Flow::with(change).authorize().outgoing).xml;
    assert!(!xml(|settings| settings.name_id(NameIdPolicy::None)).contains("NameIDPolicy"));
    assert!(xml(|settings| settings.name_id(NameIdPolicy::Persistent)).contains(PERSISTENT));
    assert!(xml(Settings::force_authn).contains(" ForceAuthn=\"true\""));
    let aged = xml(|settings| settings.max_age(Duration::from_secs(60)));
    assert!(aged.contains(" ForceAuthn=\"true\""));
    let contexts = xml(|settings| settings.authn_contexts(["urn:a", "urn:b"]));
    assert!(contexts.contains("<samlp:RequestedAuthnContext Comparison=\"exact\">"), "{contexts}");
    assert!(contexts.contains("urn:a</saml:AuthnContextClassRef>"), "{contexts}");
    assert!(xml(|settings| settings.sp_entity_id("urn:hub")).contains(">urn:hub</saml:Issuer>"));
}

#[test]
fn a_request_is_signed_in_the_query_or_in_the_message() {
    let certificate = Certificate::parse_text(&OTHER.0.public_key_pem().expect("PEM")).expect("a key");
    let asked = Flow::with(our_key).authorize();
    let incoming = redirected(&asked.outgoing);
    assert!(!incoming.xml.contains("Signature"));
    incoming.signature.expect("a signature").verify(&[certificate], Sha1::Refused).expect("valid");

    let flow = Flow::with(|settings| our_key(settings).request_binding(RequestBinding::Post));
    let (action, form) = posted(&flow.authorize().outgoing);
    assert_eq!(action, SSO);
    let xml = redirect::from_form(&form["SAMLRequest"], 64 * 1024).expect("XML");
    let signature =
        "</saml:Issuer><ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"><ds:SignedInfo>";
    assert!(xml.contains(signature), "{xml}");
    assert!(form.contains_key("RelayState"));
}

#[test]
fn a_key_on_p_384_signs_with_sha_384_in_the_query_and_in_a_message() {
    let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).expect("a key");
    let body = STANDARD.encode(pair.to_pkcs8v1().expect("DER"));
    let pem = Secret::new(format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n"));
    let public = AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()).expect("DER");
    let certificate = crate::sample::metadata::certificate(public.as_ref());
    let parsed = || Certificate::parse_text(&certificate).expect("a certificate");
    let another = Certificate::parse_text(&OTHER.0.public_key_pem().expect("PEM")).expect("a key");

    let flow = Flow::with(|settings| settings.signing_key(pem.clone(), certificate.clone()));
    let asked = flow.authorize();
    let Outgoing::Redirect(address) = &asked.outgoing else { panic!("a form") };
    assert!(address.contains("&SigAlg=http%3A%2F%2Fwww.w3.org%2F2001%2F04%2Fxmldsig-more%23ecdsa-sha384&"));
    let signature = || redirected(&asked.outgoing).signature.expect("a signature");
    signature().verify(&[parsed()], Sha1::Refused).expect("valid");
    assert!(signature().verify(&[another], Sha1::Refused).is_err());

    // For a signature in an element, the reader of metadata verifies it: metadata is signed in the same way.
    let mut node = metadata::entity(IDP).with("ID", "_m1");
    SigningKey::parse(&pem).expect("a key").sign_element(&mut node, 0).expect("signed");
    let xml = node.canonical();
    assert!(xml.contains("xmldsig-more#ecdsa-sha384"), "{xml}");
    let kind = |xml: &str| {
        let read = read_signed(xml, Origin::given(None), &parsed(), crate::engine::Engine::Default);
        read.err().map(|error| error.kind())
    };
    assert_eq!(kind(&xml), None);
    let forged = xml.replace(SSO, "https://evil.example/sso");
    assert_eq!(kind(&forged), Some(ErrorKind::SamlSignatureInvalid));
}

#[test]
fn a_pending_saml_login_survives_storage() {
    let flow = Flow::with(|settings| settings.max_age(Duration::from_secs(3600)).authn_contexts(["urn:a"]));
    let login = flow.authorize().login;
    let stored = serde_json::to_vec(&login).expect("JSON");
    let back: SamlLogin = serde_json::from_slice(&stored).expect("JSON");
    assert_eq!(format!("{back:?}"), format!("{login:?}"));
}

#[test]
fn a_request_for_context_classes_that_the_settings_exclude_is_refused() {
    let flow = Flow::with(|settings| settings.authn_contexts(["urn:a", "urn:b"]));
    let asked = |class: &str| {
        let classes = [class.to_owned()];
        let ask = AuthnAsk { addresses: &addresses(), max_age: None, context_classes: &classes };
        let asked = flow.own.authn_request(&flow.idp, ask, flow.clock.now());
        asked.map(|asked| asked.login.contexts).map_err(|error| error.kind())
    };
    assert_eq!(asked("urn:b"), Ok(vec!["urn:b".to_owned()]));
    assert_eq!(asked("urn:c"), Err(ErrorKind::ContextClassWrong));
}
