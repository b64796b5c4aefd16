//! An organization's connection: its SSO settings.
//!
//! [`ConnectionSettings`] or a TOML document (`ConnectionDocument`) is checked and becomes a [`Connection`], which
//! is immutable. [`Connections`] finds the connection of an organization, always by [`OrgId`](crate::OrgId): from a fixed list, a
//! file or the host's own implementation.

mod build;
pub(crate) mod checked;
#[cfg(any(feature = "oidc", feature = "saml"))]
mod document;
pub(crate) mod email_rules;
#[cfg(any(feature = "oidc", feature = "saml"))]
pub(crate) mod file;
pub(crate) mod fixed;
mod join;
#[cfg(feature = "saml")]
pub(crate) mod judge;
pub(crate) mod mapping;
#[cfg(feature = "oidc")]
pub(crate) mod oidc;
pub(crate) mod policy;
pub(crate) mod provider;
#[cfg(any(feature = "oidc", feature = "saml"))]
mod refusal;
pub(crate) mod reloaded;
#[cfg(feature = "saml")]
pub(crate) mod saml;
pub(crate) mod settings;
#[cfg(any(feature = "oidc", feature = "saml"))]
mod source;

pub use self::{
    checked::{Connection, Connections},
    email_rules::UnverifiedEmail,
    fixed::FixedConnections,
    mapping::required::{ClaimProblem, RequiredClaims},
    policy::{Enforcement, EnforcementScope, PublicContent, TokenPolicy},
    reloaded::Reloaded,
    settings::{ConnectionSettings, DangerousConnectionSettings},
};
#[cfg(any(feature = "oidc", feature = "saml"))]
pub use self::{
    document::{ConnectionDocument, renamed::DeprecatedSetting},
    file::FileConnections,
};
