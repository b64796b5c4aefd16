//! The handbook: a page for each topic, and the guides for identity providers.

#[doc = include_str!("../docs/audit.md")]
pub mod audit {}

#[doc = include_str!("../docs/banner.md")]
pub mod banner {}

#[doc = include_str!("../docs/changing.md")]
pub mod changing {}

#[doc = include_str!("../docs/emails.md")]
pub mod emails {}

#[doc = include_str!("../docs/joining.md")]
pub mod joining {}

#[doc = include_str!("../docs/metrics.md")]
pub mod metrics {}

#[doc = include_str!("../docs/public-content.md")]
pub mod public_content {}

#[doc = include_str!("../docs/roles.md")]
pub mod roles {}

#[doc = include_str!("../docs/roll-out.md")]
pub mod roll_out {}

#[doc = include_str!("../docs/sessions.md")]
pub mod sessions {}

#[doc = include_str!("../docs/step-up.md")]
pub mod step_up {}

#[doc = include_str!("../docs/threats.md")]
pub mod threats {}

#[doc = include_str!("../docs/tokens.md")]
pub mod tokens {}

pub mod guides {
    #![doc = include_str!("../docs/guides/index.md")]

    #[doc = include_str!("../docs/guides/okta.md")]
    pub mod okta {}
    #[doc = include_str!("../docs/guides/entra-id.md")]
    pub mod entra_id {}
    #[doc = include_str!("../docs/guides/google-workspace.md")]
    pub mod google_workspace {}
    #[doc = include_str!("../docs/guides/onelogin.md")]
    pub mod onelogin {}
    #[doc = include_str!("../docs/guides/keycloak.md")]
    pub mod keycloak {}
    #[doc = include_str!("../docs/guides/auth0.md")]
    pub mod auth0 {}
    #[doc = include_str!("../docs/guides/jumpcloud.md")]
    pub mod jumpcloud {}
    #[doc = include_str!("../docs/guides/pingone.md")]
    pub mod pingone {}
    #[doc = include_str!("../docs/guides/ad-fs.md")]
    pub mod ad_fs {}
    #[doc = include_str!("../docs/guides/any-oidc.md")]
    pub mod any_oidc {}
    #[doc = include_str!("../docs/guides/any-saml.md")]
    pub mod any_saml {}
    #[doc = include_str!("../docs/guides/for-developers.md")]
    pub mod for_developers {}
}
