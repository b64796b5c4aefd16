//! The provider as one request sees it, with the address of the request.

use crate::idp::TestIdp;

/// The provider, and the address at which a request reached it.
#[derive(Clone)]
pub(crate) struct Here {
    pub(crate) idp: TestIdp,
    /// The address of the provider, without a slash at its end.
    pub(crate) base: String,
    pub(crate) issuer: String,
}

impl Here {
    /// The name on the pages.
    pub(crate) fn title(&self) -> &str {
        &self.idp.settings().title
    }

    /// Returns the address of a path of the provider.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Returns the provider's entity ID, which is the address of its metadata.
    pub(crate) fn saml_entity_id(&self) -> String {
        format!("{}/saml/metadata", self.base)
    }
}
