//! A request of either protocol that waits for its visitor to sign in.

use crate::state::{authorization::AuthorizationRequest, saml_request::SamlRequest};

/// A request that waits for its visitor to sign in. Its key is in the form, so that no other site can submit the form.
#[derive(Clone, Debug)]
pub(crate) enum Pending {
    Oidc(AuthorizationRequest),
    Saml(SamlRequest),
}

impl Pending {
    /// The name of the app to display.
    pub(crate) fn app(&self) -> &str {
        match self {
            Self::Oidc(request) => &request.client,
            Self::Saml(request) => &request.entity_id,
        }
    }

    pub(crate) fn login_hint(&self) -> Option<&str> {
        match self {
            Self::Oidc(request) => request.login_hint.as_deref(),
            Self::Saml(_) => None,
        }
    }
}
