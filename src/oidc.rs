//! OpenID Connect: the settings of an organization's provider, and their TOML table.
//!
//! - [`OidcSettings::new`] takes what every provider needs: the issuer, the client id, and how the app authenticates.
//!   Everything else has a default. [`OidcDocument`] has the same settings for TOML.
//! - The settings are checked when the connection is built. This fetches nothing from the provider.
//! - What weakens a check is reached through [`OidcSettings::dangerous`] only.
//!
//! ```
//! use std::time::Duration;
//!
//! use tower_sso::{
//!     ConnectionSettings, Secret,
//!     connection::Enforcement,
//!     oidc::{ClientAuthentication, ClientId, OidcSettings, Prompt},
//! };
//!
//! let secret = Secret::new("from the provider's page".to_owned());
//! let authentication = ClientAuthentication::SecretAuto(secret);
//! let provider = OidcSettings::new("https://login.acme.example", ClientId::new("hub"), authentication)
//!     .prompt(Prompt::SelectAccount)
//!     .max_age(Duration::from_secs(8 * 3600));
//! let acme = ConnectionSettings::oidc("1", Enforcement::Enforced, provider).domains(["acme.example"]).build()?;
//! assert_eq!(acme.organization().as_str(), "1");
//! # Ok::<_, tower_sso::ConfigError>(())
//! ```

pub use crate::connection::oidc::document::OidcDocument;
pub use tower_sso_oidc::{
    ClientAuthentication, ClientId, DangerousOidcSettings, HmacAlgorithm, JwsAlgorithm, OidcSettings, Prompt,
    PushedRequests, ResponseMode, Userinfo,
};
