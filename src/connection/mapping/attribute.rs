//! An attribute as a mapping reads it: its values, or the reason why it has no values.

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
    Values(Vec<Cow<'p, str>>),
    Absent,
    /// The provider left the attribute out because of its length. Holds the attribute that says so.
    Overage(&'static str),
    Unreadable(ProfileProblem),
}

impl Attribute {
    /// Parses the path in the setting `field`.
    pub(crate) fn parse(field: &str, path: &str) -> Result<Self, ConfigError> {
        AttributePath::parse(path).map(Self).map_err(|problem| ConfigError::new(field, problem))
    }

    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str()
    }

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
