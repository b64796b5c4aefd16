//! The provider's metadata (OpenID Connect Discovery 1.0 §3 and §4, RFC 9207 §3, RFC 9126 §5).
//!
//! 1. The document must name the issuer that it was requested for, character by character (Discovery §4.3).
//! 2. It must have an authorization endpoint, a token endpoint and a key set. A userinfo endpoint and one for pushed
//!    requests are optional.
//! 3. Every address must be `https`. `http` is accepted only on loopback, and only if the issuer is on loopback.
//! 4. Members that this crate does not use are ignored, whatever they contain: an unknown value there keeps nobody out.
//! 5. No member may occur twice, at any depth.

use http::{Request, StatusCode, header};
use openidconnect::{
    AdditionalProviderMetadata, AuthUrl, ProviderMetadata, TokenUrl,
    core::{
        CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType, CoreJsonWebKey,
        CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreResponseMode, CoreResponseType,
        CoreSubjectIdentifierType,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tower_sso_core::internal::{NamedBy, provider_address};
use tower_sso_http::{Outbound, Reach};

use crate::{
    callback::printable,
    error::{
        Error,
        ErrorKind::{DiscoveryFailed, DiscoveryInvalid, DiscoveryIssuerWrong, ProviderAddressInsecure},
    },
    issuer::discovery_address,
    json,
};

/// The members of the metadata that this crate uses.
#[derive(Debug)]
pub(crate) struct Metadata {
    pub(crate) authorization_endpoint: AuthUrl,
    pub(crate) token_endpoint: TokenUrl,
    pub(crate) jwks_uri: String,
    pub(crate) userinfo_endpoint: Option<String>,
    pub(crate) pushed_request_endpoint: Option<String>,
    pub(crate) requires_pushed_requests: bool,
    /// Whether every callback contains `iss`.
    pub(crate) names_issuer_in_callback: bool,
    pub(crate) client_authentication: Option<Vec<CoreClientAuthMethod>>,
}

/// The names of the members that are read. All other members are ignored, whatever they contain.
const READ: [&str; 9] = [
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "jwks_uri",
    "token_endpoint_auth_methods_supported",
    "pushed_authorization_request_endpoint",
    "require_pushed_authorization_requests",
    "authorization_response_iss_parameter_supported",
];

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Additional {
    pushed_authorization_request_endpoint: Option<String>,
    #[serde(default)]
    require_pushed_authorization_requests: bool,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for Additional {}

type Document = ProviderMetadata<
    Additional,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

impl Metadata {
    /// Fetches the issuer's metadata.
    pub(crate) async fn fetch(out: &Outbound, reach: Reach, issuer: &str) -> Result<Self, Error> {
        let address = discovery_address(issuer);
        let request = Request::get(&address)
            .header(header::ACCEPT, "application/json")
            .body(Vec::new())
            .map_err(|error| Error::with(DiscoveryFailed, format!("{address}: {error}")))?;
        let answer = out.send("discovery", request, reach).await?;
        if answer.status != StatusCode::OK {
            return Err(Error::with(DiscoveryFailed, format!("{address} answered {}", answer.status)));
        }
        Self::parse(issuer, &answer.body)
    }

    /// Reads a document that was requested for this issuer.
    ///
    /// # Errors
    ///
    /// Returns `DiscoveryIssuerWrong` if the document is about another issuer, `ProviderAddressInsecure` if an address
    /// is not `https`, and `DiscoveryInvalid` for everything else that is missing or malformed.
    pub(crate) fn parse(issuer: &str, body: &[u8]) -> Result<Self, Error> {
        let invalid = |problem: String| Error::with(DiscoveryInvalid, printable(&problem, 300));
        let mut object = json::object(body).map_err(|error| invalid(error.to_string()))?;
        check_issuer(issuer, &object)?;
        object.retain(|name, value| READ.contains(&name.as_str()) && !value.is_null());
        // The standard and the type require it, but this crate never reads it.
        object.insert("response_types_supported".to_owned(), json!(["code"]));
        object.insert("subject_types_supported".to_owned(), json!(["public"]));
        object.insert("id_token_signing_alg_values_supported".to_owned(), json!([]));
        let document: Document =
            serde_json::from_value(Value::Object(object)).map_err(|error| invalid(error.to_string()))?;
        let token_endpoint =
            document.token_endpoint().ok_or_else(|| invalid("no token_endpoint".to_owned()))?.clone();
        let metadata = Self {
            authorization_endpoint: document.authorization_endpoint().clone(),
            token_endpoint,
            jwks_uri: document.jwks_uri().as_str().to_owned(),
            userinfo_endpoint: document.userinfo_endpoint().map(|url| url.as_str().to_owned()),
            pushed_request_endpoint: document
                .additional_metadata()
                .pushed_authorization_request_endpoint
                .clone(),
            requires_pushed_requests: document.additional_metadata().require_pushed_authorization_requests,
            names_issuer_in_callback: document
                .additional_metadata()
                .authorization_response_iss_parameter_supported,
            client_authentication: document.token_endpoint_auth_methods_supported().cloned(),
        };
        metadata.check_addresses(issuer)?;
        Ok(metadata)
    }

    /// Checks every address by the rule for addresses that a provider names, including the one that only browsers
    /// visit.
    fn check_addresses(&self, issuer: &str) -> Result<(), Error> {
        let addresses = [
            ("authorization_endpoint", Some(self.authorization_endpoint.as_str())),
            ("token_endpoint", Some(self.token_endpoint.as_str())),
            ("jwks_uri", Some(self.jwks_uri.as_str())),
            ("userinfo_endpoint", self.userinfo_endpoint.as_deref()),
            ("pushed_authorization_request_endpoint", self.pushed_request_endpoint.as_deref()),
        ];
        for (name, address) in addresses.into_iter().filter_map(|(name, address)| Some((name, address?))) {
            provider_address(address, NamedBy::Provider(issuer)).map_err(|problem| {
                let kind = problem.kind(ProviderAddressInsecure, DiscoveryInvalid);
                Error::with(kind, format!("{name}: {problem}"))
            })?;
        }
        Ok(())
    }
}

/// OpenID Connect Discovery §4.3: the issuer in the document must be identical to the one that was requested.
fn check_issuer(issuer: &str, document: &Map<String, Value>) -> Result<(), Error> {
    let named = document.get("issuer").and_then(Value::as_str).unwrap_or_default();
    if named == issuer {
        return Ok(());
    }
    let hint = if named.trim_end_matches('/') == issuer.trim_end_matches('/') {
        "; they differ in a slash at the end: set oidc.issuer to what the document names"
    } else {
        ""
    };
    let problem = format!("the document names {:?}, the settings {issuer:?}{hint}", printable(named, 200));
    Err(Error::with(DiscoveryIssuerWrong, problem))
}
