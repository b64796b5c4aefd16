//! The error of a setting that can't be used.

use std::{error::Error as StdError, fmt};

/// A setting that can't be used. The error says which setting it is, what was expected, and what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    organization: Option<String>,
    field: String,
    problem: String,
}

impl ConfigError {
    #[doc(hidden)]
    pub fn new(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { organization: None, field: field.into(), problem: problem.into() }
    }

    /// Adds the organization to whose connection the setting belongs.
    #[doc(hidden)]
    #[must_use]
    pub fn of(mut self, organization: &str) -> Self {
        self.organization = Some(organization.to_owned());
        self
    }

    /// Returns the organization to whose connection the setting belongs, if it belongs to a connection.
    #[must_use]
    pub fn organization(&self) -> Option<&str> {
        self.organization.as_deref()
    }

    /// Returns the path of the setting, such as `oidc.issuer`.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.field
    }

    /// Returns what was wrong and what was expected.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(organization) = &self.organization {
            write!(f, "organization {organization:?}: ")?;
        }
        write!(f, "{}: {}", self.field, self.problem)
    }
}

impl StdError for ConfigError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_error_names_the_organization_and_the_field() {
        let error = ConfigError::new("oidc.issuer", "expected an https URL, found \"x\"").of("acme");
        assert_eq!(
            error.to_string(),
            "organization \"acme\": oidc.issuer: expected an https URL, found \"x\""
        );
    }
}
