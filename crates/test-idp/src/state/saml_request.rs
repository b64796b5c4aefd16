//! A SAML authentication request that passed every check.

use crate::service_provider::TestServiceProvider;

/// A request that passed every check, or an SSO login that starts at the provider and has no request.
#[derive(Clone, Debug)]
pub(crate) struct SamlRequest {
    pub(crate) entity_id: String,
    /// The request's ID. `None` if the SSO login starts at the provider.
    pub(crate) id: Option<String>,
    pub(crate) relay_state: Option<String>,
    pub(crate) force: bool,
    pub(crate) passive: bool,
    pub(crate) name_id_format: Option<String>,
    /// The context classes that the request accepts. Any of them is sufficient.
    pub(crate) contexts: Vec<String>,
}

impl SamlRequest {
    /// Returns the state of an SSO login that starts at the provider, without a request.
    pub(crate) fn unsolicited(provider: &TestServiceProvider, relay_state: Option<&str>) -> Self {
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
}
