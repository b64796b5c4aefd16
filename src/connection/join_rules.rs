//! The rules of a connection about join links, and their check. How joining works: `login::join`.

use std::time::Duration;

use tower_sso_core::ConfigError;

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
