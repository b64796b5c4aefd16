//! samael's own service provider over one fixture, in a process that may crash.

use std::io::Read as _;

use openssl::pkey::PKey;
use samael::{
    crypto::AllowedSignatureAlgorithm::{
        EcdsaSha256, EcdsaSha384, EcdsaSha512, RsaSha256, RsaSha384, RsaSha512,
    },
    metadata::EntityDescriptor,
    service_provider::ServiceProvider,
};
use serde_json::{Value, json};

/// Reads the question from the standard input and prints the answer.
///
/// The settings are the strictest that samael has: no response without a request, and only signatures with SHA-2.
pub fn answer() {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).expect("the question");
    let asked: Value = serde_json::from_str(&text).expect("JSON");
    let said = |name: &str| asked[name].as_str().map(str::to_owned);
    let provider = ServiceProvider {
        entity_id: said("sp"),
        acs_url: said("acs"),
        key: said("key").map(|key| PKey::private_key_from_pem(key.as_bytes()).expect("a key")),
        idp_metadata: metadata(&asked),
        allow_idp_initiated: false,
        allowed_signature_algorithms: Some(vec![
            RsaSha256,
            RsaSha384,
            RsaSha512,
            EcdsaSha256,
            EcdsaSha384,
            EcdsaSha512,
        ]),
        ..ServiceProvider::default()
    };
    let request = said("request").expect("the request's ID");
    let response = said("response").expect("a response");
    let judged = provider.parse_base64_response(&response, Some(&[request.as_str()]));
    let answer = match judged {
        Ok(assertion) => {
            let name = assertion.subject.and_then(|subject| subject.name_id).map(|name| name.value);
            json!({ "name": name.unwrap_or_default() })
        }
        Err(error) => json!({ "problem": error.to_string() }),
    };
    println!("{answer}");
}

fn metadata(asked: &Value) -> EntityDescriptor {
    let certificates = asked["certificates"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let keys: String = certificates
        .map(|pem| {
            let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
            format!(
                "<md:KeyDescriptor use=\"signing\"><ds:KeyInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">\
                 <ds:X509Data><ds:X509Certificate>{body}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>\
                 </md:KeyDescriptor>"
            )
        })
        .collect();
    let idp = asked["idp"].as_str().expect("the entity ID");
    let text = format!(
        "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{idp}\">\
         <md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">{keys}\
         <md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect\" \
         Location=\"{idp}\"/></md:IDPSSODescriptor></md:EntityDescriptor>"
    );
    text.parse().expect("metadata")
}
