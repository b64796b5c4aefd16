//! The engine that verifies signatures and decrypts assertions.
//!
//! The settings choose one by name. A choice that this build does not contain is a configuration error.

use tower_sso_core::ConfigError;

use crate::{choices::SamlEngine, xmlsec::Xmlsec};

/// The engine of a connection. It exists only in a build that contains it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The default engine, in Rust with AWS-LC.
    Default,
    /// libxmlsec1. In a build without it, no value of this variant can exist.
    Xmlsec(Xmlsec),
}

impl Engine {
    /// Returns the chosen engine, or `None` if this build does not contain it.
    pub(crate) fn of(choice: SamlEngine) -> Option<Self> {
        match choice {
            SamlEngine::Default => Some(Self::Default),
            SamlEngine::Xmlsec => Xmlsec::of_this_build().map(Self::Xmlsec),
        }
    }

    /// Returns the engine that the settings choose.
    ///
    /// # Errors
    ///
    /// Returns an error if this build does not contain the engine.
    pub fn of_settings(choice: SamlEngine) -> Result<Self, ConfigError> {
        Self::of(choice).ok_or_else(|| {
            ConfigError::new(
                "saml.engine",
                "expected default: this build is without the feature saml-xmlsec (xmlsec of tower-sso-saml)",
            )
        })
    }
}
