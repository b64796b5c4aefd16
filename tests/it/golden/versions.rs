//! Connection versions. If a version changes, the SSO sessions of every connection that has it end.

use tower_sso::{
    connection::ConnectionDocument,
    keys::{Key, KeyRing},
};

const OIDC: &str = r#"
organization = "1"
enforcement = "enforced"
[oidc]
issuer = "https://login.acme.example"
client_id = "hub"
client_secret = "s3cr3t"
"#;

const OIDC_WITH_EVERYTHING: &str = r#"
organization = "1"
enforcement = "optional"
[email]
domains = ["b.example", "a.example"]
missing_email_verified = "accept"
[required_claims]
hd = ["acme.example", "acme.test"]
tid = ["t-1"]
[oidc]
issuer = "https://login.acme.example"
client_id = "hub"
client_authentication = "client_secret_post"
client_secret = "a secret of at least thirty-two bytes"
scopes = ["openid", "groups"]
acr_values = ["mfa", "phr"]
max_age = "8h"
algorithms = ["RS256", "ES256", "EdDSA"]
dangerous_hmac = "HS256"
userinfo = "signed"
authorize_parameters = { hd = "acme.example", ui_locales = "en" }
"#;

const SAML: &str = r#"
organization = "1"
enforcement = "enforced"
[saml]
metadata_url = "https://login.acme.example/saml/metadata"
"#;

const SAML_WITH_EVERYTHING: &str = r#"
organization = "1"
enforcement = "enforced"
[email]
missing_email_verified = "refuse"
[saml]
metadata_url = "https://login.acme.example/saml/metadata"
entity_id = "https://login.acme.example/saml"
sp_entity_id = "https://hub.example/saml"
name_id = "persistent"
subject_attribute = "uid"
email_attributes = ["mail", "email"]
authn_contexts = ["urn:a", "urn:b"]
max_age = "8h"
force_authn = true
dangerous_accept_unsolicited = true
dangerous_accept_sha1 = true
"#;

/// Returns the version of the connection in hexadecimal.
pub fn version(text: &str) -> String {
    let document = ConnectionDocument::parse(text).unwrap();
    let connection = document.into_settings(&|_| None, ".".as_ref()).unwrap().build().unwrap();
    let keys = KeyRing::new(Key::parse(&format!("tsk1_{}", "A".repeat(43))).unwrap());
    connection.version(&keys).as_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_version_of_a_connection_does_not_change() {
    for (text, expected) in [
        (OIDC, "1e912552aa57c748e8bedd0bd95c66d2e692249e655af617e242f350b2737c16"),
        (OIDC_WITH_EVERYTHING, "b9f4e37b24ceee7fd2a5cc5f7b5f7d43ba331695799519dcb6447a72cf3f64c2"),
        (SAML, "ec7a215a96ee605305004cea8ec9bebb6ca050d330b7e1adefa7e99247867a25"),
        (SAML_WITH_EVERYTHING, "98ac0769076b23da33c24161bd03b1fc6ac866f63228f6a3ff9b7a1a9cf65a14"),
    ] {
        assert_eq!(version(text), expected, "{text}");
    }
}
