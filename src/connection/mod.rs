//! Connections: the SSO settings of each organization.
//!
//! 1. **Settings** are written in code ([`ConnectionSettings`]) or in TOML (`ConnectionDocument`). Either names the
//!    organization, the enforcement, and an OpenID Connect or SAML provider. Everything else has a default.
//! 2. **Checks** turn the settings into a [`Connection`]. An error names the organization, the field, and what was
//!    expected. Nothing is fetched from the provider.
//! 3. A [`Connection`] is immutable. Its [version](Connection::version) is a digest of the settings that decide whose
//!    identity an SSO login proves. If the version changes, the SSO sessions of the earlier version end.
//! 4. [`Connections`] finds the connection of an organization, always by [`OrgId`](crate::OrgId): in a fixed list
//!    ([`FixedConnections`]), in a file that can be reloaded (`FileConnections`), in a database with its history
//!    (`StoredConnections`), or in the app's own implementation.
//!    An organization without a connection is not affected by SSO. A failed lookup is an error, never "no connection".
//!
//! ```
//! use std::time::Duration;
//!
//! use tower_sso::{
//!     ConnectionSettings,
//!     connection::{Enforcement, FixedConnections},
//!     oidc::{ClientAuthentication, ClientId, OidcSettings},
//! };
//!
//! let provider = || OidcSettings::new("https://login.acme.example", ClientId::new("hub"), ClientAuthentication::None);
//! let acme = || ConnectionSettings::oidc("1", Enforcement::Enforced, provider()).domains(["acme.example"]);
//!
//! let connections = FixedConnections::build([acme().name("Acme, Inc.")])?;
//! assert_eq!(connections.iter().count(), 1);
//!
//! // A setting that cannot be used is refused when the connection is built.
//! let error = acme().timeout(Duration::from_secs(1)).build().unwrap_err();
//! assert_eq!((error.field(), error.organization()), ("timeout", Some("1")));
//! # Ok::<_, tower_sso::ConfigError>(())
//! ```

// | what | where |
// |---|---|
// | settings in code; their checks and the version | `settings`, `build`; `join_rules` and `email_rules` have their own rules |
// | settings in TOML; their secrets and files | `document` (with `tables` and `renamed`), `source` |
// | the result of the checks, and the trait `Connections` | `checked` |
// | implementations of `Connections` | `fixed`, `file`, `stored` (in a database, with their history); what a reload changed: `reloaded` |
// | enforcement, public content, tokens: the choices | `policy` |
// | which roles and groups a profile gives; required claims | `mapping` |
// | the provider of a connection | `provider`; the two protocols: `oidc`, `saml` |
// | the protocols' errors as errors of an SSO login | `refusal` |
// | a SAML response checked for support, without an SSO login | `judge` |

mod build;
pub(crate) mod checked;
#[cfg(any(feature = "oidc", feature = "saml"))]
mod document;
pub(crate) mod email_rules;
#[cfg(any(feature = "oidc", feature = "saml"))]
pub(crate) mod file;
pub(crate) mod fixed;
mod join_rules;
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
#[cfg(any(feature = "oidc", feature = "saml"))]
mod stored;
mod version;

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
    stored::{ConnectionChange, CurrentSettings, FieldChange, SaveError, Saved, StoredConnections},
};
#[cfg(any(feature = "oidc", feature = "saml"))]
pub use tower_sso_core::connection::{ConnectionRecord, ConnectionStore, SaveOutcome};
