//! An attribute as a mapping reads it: its values, or that it is absent, left out, or unreadable.

use std::borrow::Cow;

use tower_sso_core::ConfigError;

use crate::{
    connection::mapping::{
        overage::overage,
        path::AttributePath,
        values::{ProfileProblem, check},
    },
    identity::Profile,
};

/// An attribute that a mapping reads.
#[derive(Debug)]
pub(crate) struct Attribute(AttributePath);

/// The result of reading an attribute of a profile.
pub(crate) enum Read<'p> {
    /// The attribute's values.
    Values(Vec<Cow<'p, str>>),
    /// The profile does not have the attribute.
    Absent,
    /// The provider left the attribute out because of its length. Holds the attribute that says so.
    Overage(&'static str),
    /// The profile cannot be read.
    Unreadable(ProfileProblem),
}

impl Attribute {
    /// Parses the path in the setting `field`.
    pub(crate) fn parse(field: &str, path: &str) -> Result<Self, ConfigError> {
        AttributePath::parse(path).map(Self).map_err(|problem| ConfigError::new(field, problem))
    }

    /// Returns the path as it was written.
    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Reads the attribute of a profile.
    pub(crate) fn read<'p>(&self, profile: &'p Profile) -> Read<'p> {
        if let Err(problem) = check(profile) {
            return Read::Unreadable(problem);
        }
        if let Some(marker) = overage(&self.0, profile) {
            return Read::Overage(marker);
        }
        match self.0.values(profile) {
            Ok(Some(values)) => Read::Values(values),
            Ok(None) => Read::Absent,
            Err(problem) => Read::Unreadable(problem),
        }
    }
}
