//! The addresses of our service provider (SP) for one organization: metadata, assertion consumer service, single
//! logout.

use tower_sso_core::OrgId;
use tower_sso_saml::SpAddresses;

use crate::address::Addresses;

/// Returns our absolute addresses for an organization.
pub(crate) fn sp_addresses(ours: &Addresses, organization: &OrgId) -> SpAddresses {
    let url = |page| ours.url(organization, page);
    SpAddresses { metadata: url("saml/metadata"), acs: url("saml/acs"), slo: url("saml/slo") }
}
