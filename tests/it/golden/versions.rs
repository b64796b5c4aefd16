//! Connection versions. If a version changes, the SSO sessions of every connection that has it end.

use tower_sso::connection::ConnectionDocument;

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
    connection.version().as_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_version_of_a_connection_does_not_change() {
    for (text, expected) in [
        (OIDC, "978da3c9a1d1a9e9d798241f6604ae918bcd07afaf84a003185f96e6f90dc7c0"),
        (OIDC_WITH_EVERYTHING, "64c17f11cb4f0f25b6bd643b24f64d3953c6f0d15670e20ece0e8b25e675bca8"),
        (SAML, "f4d854ad5b8a065cc3275808c20eb49c8360a00c5b7f1f0cc9a6a314edf94a8a"),
        (SAML_WITH_EVERYTHING, "dc9255c2b1439290c9eb0bd7bc73b394f40d45c50de06bb82bd2c5d474f1bab6"),
    ] {
        assert_eq!(version(text), expected, "{text}");
    }
}
