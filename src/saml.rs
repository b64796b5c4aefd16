//! SAML 2.0: the settings of an organization's provider, their TOML table, and how to check a response against them.
//!
//! - An [`IdpSource`] says where the provider's addresses and keys come from: three fields that an administrator
//!   copies, a metadata document, or the address of one. Everything else has a default. [`SamlDocument`] has the same
//!   settings for TOML.
//! - The settings are checked when the connection is built. Metadata at an address is fetched when it is first needed,
//!   and again from time to time.
//! - What weakens a check is reached through [`SamlSettings::dangerous`] only.
//! - [`Connection::judge_saml`](crate::Connection::judge_saml) checks a response for support, without an SSO login.
//!
//! ```
//! use tower_sso::{
//!     ConnectionSettings,
//!     connection::Enforcement,
//!     saml::{IdpSource, NameIdPolicy, SamlSettings},
//! };
//!
//! let metadata = IdpSource::MetadataUrl {
//!     url: "https://login.acme.example/saml/metadata".to_owned(),
//!     entity_id: None, // needed only if the document has several providers
//!     signed_by: None, // the certificate of the key that must have signed the metadata
//! };
//! let provider = SamlSettings::new(metadata).name_id(NameIdPolicy::Persistent).email_attribute("mail");
//! let acme = ConnectionSettings::saml("1", Enforcement::Enforced, provider).domains(["acme.example"]).build()?;
//! assert_eq!(acme.organization().as_str(), "1");
//! # Ok::<_, tower_sso::ConfigError>(())
//! ```

pub use crate::connection::{
    judge::SamlResponseInput,
    saml::{
        document::SamlDocument,
        settings::{DangerousSamlSettings, SamlSettings},
        source::IdpSource,
    },
};
pub use tower_sso_saml::{NameIdPolicy, RequestBinding, SamlEngine};
