//! The rules about joining an organization with a join link.

use std::time::Duration;

use crate::{connection::settings::ConnectionSettings, error::ConfigError};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The rules of a connection about join links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct JoinRules {
    /// How long a join link is valid.
    pub(crate) lifetime: Duration,
    /// Whether a user who joins may get a role that administers the organization.
    pub(crate) admin: bool,
    /// Whether users with an email address of any domain may join if the connection has no list of domains.
    pub(crate) any_domain: bool,
}

impl Default for JoinRules {
    fn default() -> Self {
        Self { lifetime: 30 * DAY, admin: false, any_domain: false }
    }
}

impl JoinRules {
    pub(crate) fn checked(self) -> Result<Self, ConfigError> {
        if self.lifetime < Duration::from_secs(60) || self.lifetime > 400 * DAY {
            let expected = "expected from 1 minute to 400 days, such as \"30d\"";
            return Err(ConfigError::new("join.lifetime", expected));
        }
        Ok(self)
    }
}

/// Settings that weaken a connection, returned by [`ConnectionSettings::dangerous`].
#[derive(Debug)]
pub struct DangerousConnectionSettings(pub(crate) ConnectionSettings);

impl DangerousConnectionSettings {
    /// Gives a user who joins with a join link the role that the mapping says, even if that role administers the
    /// organization.
    ///
    /// An attacker who has the join link and controls a user whom the provider's groups make an administrator can
    /// then administer the organization, with an account that no member has seen before.
    #[must_use]
    pub fn join_admin(mut self) -> ConnectionSettings {
        self.0.join.admin = true;
        self.0
    }

    /// Lets users with an email address of any domain join with a join link, although the connection has no list of
    /// domains.
    ///
    /// If the provider also has users of other organizations (an issuer that many organizations share), each of these
    /// users who has the join link can become a member.
    #[must_use]
    pub fn join_any_domain(mut self) -> ConnectionSettings {
        self.0.join.any_domain = true;
        self.0
    }
}
