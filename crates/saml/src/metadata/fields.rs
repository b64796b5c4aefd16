//! Makes the provider's metadata from single fields, which an administrator copies from the provider.
//!
//! The fields are checked as the operator entered them. Each error names its field.

use tower_sso_core::{
    ConfigError,
    internal::{NamedBy, provider_address},
};

use crate::{
    certificate::Certificate,
    choices::RequestBinding,
    metadata::theirs::{Endpoint, IdpMetadata},
    settings::{check, is_name},
};

/// The facts about a provider that an administrator copies, instead of a metadata document.
///
/// ```
/// use tower_sso_saml::{IdpFields, IdpMetadata, RequestBinding};
///
/// let pem = std::fs::read_to_string("tests/corpus/saml-provider.pem").expect("a public key");
/// let fields = |sso_url| IdpFields {
///     entity_id: "https://idp.example/saml",
///     sso_url,
///     slo_url: None,
///     certificates: std::slice::from_ref(&pem),
///     binding: RequestBinding::Redirect,
/// };
/// assert!(IdpMetadata::of_fields(fields("https://idp.example/sso")).is_ok());
///
/// let error = IdpMetadata::of_fields(fields("http://idp.example/sso")).unwrap_err();
/// assert!(error.to_string().contains("saml.sso_url"), "{error}");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct IdpFields<'a> {
    /// The provider's entity ID.
    pub entity_id: &'a str,
    /// Where authentication requests are sent: an `https` address, or `http` on loopback.
    pub sso_url: &'a str,
    /// Where logout messages are sent, if the provider accepts them.
    pub slo_url: Option<&'a str>,
    /// The provider's signing certificates in PEM. At least one is needed.
    pub certificates: &'a [String],
    /// The binding of both addresses.
    pub binding: RequestBinding,
}

impl IdpMetadata {
    /// Parses the fields.
    ///
    /// # Errors
    ///
    /// Returns an error that names the field (such as `saml.certificates[1]`) and says what was expected.
    pub fn of_fields(fields: IdpFields<'_>) -> Result<Self, ConfigError> {
        let IdpFields { entity_id, sso_url, slo_url, certificates, binding } = fields;
        check("saml.entity_id", is_name(entity_id), "expected the provider's entity ID, without spaces")?;
        let location = typed("saml.sso_url", sso_url)?;
        let endpoint = |location| Endpoint { binding, location, response_location: None };
        let slo = slo_url.map(|url| typed("saml.slo_url", url));
        check("saml.certificates", !certificates.is_empty(), "expected at least one certificate in PEM")?;
        let keys = certificates
            .iter()
            .enumerate()
            .map(|(at, text)| Certificate::parse_field(text, &format!("saml.certificates[{at}]")))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            entity_id: entity_id.to_owned(),
            sso: vec![endpoint(location)],
            slo: slo.transpose()?.map(endpoint).into_iter().collect(),
            keys,
            valid_until: None,
            cache_for: None,
        })
    }
}

/// Checks an address that the operator entered, and returns it unchanged.
fn typed(field: &str, address: &str) -> Result<String, ConfigError> {
    provider_address(address, NamedBy::Operator)
        .map_err(|problem| ConfigError::new(field, problem.to_string()))?;
    Ok(address.to_owned())
}
