//! The addresses of our service provider for one organization.

use tower_sso_core::OrgId;

use crate::{address::Addresses, provider::saml::login::SpAddresses};

/// Returns our addresses for an organization, absolute.
pub(crate) fn sp_addresses(ours: &Addresses, organization: &OrgId) -> SpAddresses {
    let url = |page| ours.url(organization, page);
    SpAddresses { metadata: url("saml/metadata"), acs: url("saml/acs"), slo: url("saml/slo") }
}
