//! Which engine verifies and decrypts.

use tower_sso_core::ConfigError;

use crate::{choices::SamlEngine, xmlsec::Xmlsec};

/// The engine of a connection, in a build that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// In Rust, with AWS-LC.
    Default,
    /// libxmlsec1. There is no value of it in a build without.
    Xmlsec(Xmlsec),
}

impl Engine {
    /// The engine that was chosen; none where this build is without it.
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
    /// Says that this build is without the engine.
    pub fn of_settings(choice: SamlEngine) -> Result<Self, ConfigError> {
        Self::of(choice).ok_or_else(|| {
            ConfigError::new(
                "saml.engine",
                "expected default: this build is without the feature saml-xmlsec (xmlsec of tower-sso-saml)",
            )
        })
    }
}
