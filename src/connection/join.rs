//! Who joins by a link.

use std::time::Duration;

use super::ConnectionSettings;
use crate::ConfigError;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The rules about join links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct JoinRules {
    /// How long a link lasts.
    pub(crate) lifetime: Duration,
    /// Whether whoever joins may get a role that administers the organization.
    pub(crate) admin: bool,
    /// Whether an address of any domain joins where the connection has no list.
    pub(crate) any_domain: bool,
}

impl Default for JoinRules {
    fn default() -> Self {
        Self { lifetime: 30 * DAY, admin: false, any_domain: false }
    }
}

impl JoinRules {
    pub(super) fn checked(self) -> Result<Self, ConfigError> {
        if self.lifetime < Duration::from_secs(60) || self.lifetime > 400 * DAY {
            let expected = "expected from 1 minute to 400 days, such as \"30d\"";
            return Err(ConfigError::new("join.lifetime", expected));
        }
        Ok(self)
    }
}

/// Settings that weaken a connection. Made by [`ConnectionSettings::dangerous`].
#[derive(Debug)]
pub struct DangerousConnectionSettings(pub(super) ConnectionSettings);

impl DangerousConnectionSettings {
    /// Gives whoever joins by a link the role that the mapping says, also one that administers the organization.
    ///
    /// Whoever gets hold of the link, and of a user whom the provider's groups make an administrator, administers the
    /// organization with an account that nobody there has seen before.
    #[must_use]
    pub fn join_admin(mut self) -> ConnectionSettings {
        self.0.join.admin = true;
        self.0
    }

    /// Lets addresses of every domain join by a link, although the connection has no list of domains.
    ///
    /// Where the provider has users of others too (an issuer that many organizations share), each of these who gets hold
    /// of the link becomes a member.
    #[must_use]
    pub fn join_any_domain(mut self) -> ConnectionSettings {
        self.0.join.any_domain = true;
        self.0
    }
}
