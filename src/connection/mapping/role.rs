//! The app's roles and their order.

use std::{cmp::Ordering, collections::HashSet, fmt, sync::Arc};

use tower_sso_core::ConfigError;

/// The roles of an app, from the least privileged to the most: `read < contributor < write < admin`, or the app's own.
///
/// ```
/// use tower_sso::roles::Roles;
///
/// let roles = Roles::new(["guest", "editor", "owner"], "owner")?;
/// assert!(roles.role("guest") < roles.role("editor"));
/// assert!(roles.role("owner").is_some_and(|role| role.is_admin()));
/// assert_eq!(Roles::default().role("owner"), None);
/// # Ok::<_, tower_sso::ConfigError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Roles(Arc<Ordered>);

#[derive(PartialEq, Eq, Hash)]
struct Ordered {
    names: Vec<String>,
    admin: usize,
}

/// One role of [`Roles`]. More privileged is greater; roles of different sets have no order.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Role {
    roles: Roles,
    rank: usize,
}

impl Roles {
    /// Creates the app's own roles from their names, the least privileged first. `admin` is the name of the least
    /// privileged role that administers the organization; all roles above it administer it too.
    ///
    /// # Errors
    ///
    /// Returns an error if a name is empty or occurs twice, or if `admin` is not among the names.
    pub fn new<N: Into<String>>(
        names: impl IntoIterator<Item = N>,
        admin: &str,
    ) -> Result<Self, ConfigError> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let mut seen = HashSet::new();
        if let Some(name) = names.iter().find(|name| name.is_empty() || !seen.insert(name.as_str())) {
            return Err(ConfigError::new("known_roles", format!("expected each name once, found {name:?}")));
        }
        let admin = names.iter().position(|name| name == admin).ok_or_else(|| {
            ConfigError::new("known_roles", format!("expected the admin role among them, found {admin:?}"))
        })?;
        Ok(Self(Arc::new(Ordered { names, admin })))
    }

    /// Returns the role of this name.
    #[must_use]
    pub fn role(&self, name: &str) -> Option<Role> {
        let rank = self.0.names.iter().position(|it| it == name)?;
        Some(Role { roles: self.clone(), rank })
    }

    /// Returns the names of the roles, the least privileged first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.names.iter().map(String::as_str)
    }

    /// Returns the role that a setting names.
    pub(crate) fn named(&self, field: impl FnOnce() -> String, name: &str) -> Result<Role, ConfigError> {
        self.role(name).ok_or_else(|| {
            let names: Vec<_> = self.names().collect();
            ConfigError::new(field(), format!("expected one of {}, found {name:?}", names.join(", ")))
        })
    }
}

/// Returns the roles `read`, `contributor`, `write` and `admin`.
impl Default for Roles {
    fn default() -> Self {
        let names = ["read", "contributor", "write", "admin"].map(str::to_owned).to_vec();
        Self(Arc::new(Ordered { names, admin: 3 }))
    }
}

impl fmt::Debug for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

impl Role {
    /// Returns the role's name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.roles.0.names.get(self.rank).map(String::as_str).unwrap_or_default()
    }

    /// Returns the least privileged role of the same set of roles.
    pub(crate) fn least(&self) -> Option<Self> {
        (!self.roles.0.names.is_empty()).then(|| Self { roles: self.roles.clone(), rank: 0 })
    }

    /// Returns whether the role administers the organization. The last account with such a role keeps it.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.rank >= self.roles.0.admin
    }
}

impl PartialOrd for Role {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self.roles == other.roles).then(|| self.rank.cmp(&other.rank))
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Role({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_roles_are_ordered() {
        let roles = Roles::default();
        let all: Vec<_> =
            ["read", "contributor", "write", "admin"].map(|name| roles.role(name).unwrap()).into();
        assert!(all.is_sorted_by(|less, more| less < more));
        assert_eq!(all.iter().map(Role::is_admin).collect::<Vec<_>>(), [false, false, false, true]);
        assert_eq!(roles, Roles::new(roles.names(), "admin").unwrap());
    }

    #[test]
    fn roles_above_the_admin_role_are_admin_roles_too() {
        let roles = Roles::new(["guest", "manager", "owner"], "manager").unwrap();
        let administers: Vec<_> = roles.names().filter(|name| roles.role(name).unwrap().is_admin()).collect();
        assert_eq!(administers, ["manager", "owner"]);
        assert_eq!(roles.role("guest").partial_cmp(&Roles::default().role("read")), None);
    }

    #[test]
    fn roles_without_a_name_an_order_or_an_admin_are_refused() {
        for (names, admin) in [(&["a", "b"][..], "c"), (&["a", ""], "a"), (&["a", "b", "a"], "a"), (&[], "")]
        {
            assert_eq!(
                Roles::new(names.iter().copied(), admin).unwrap_err().field(),
                "known_roles",
                "{names:?}"
            );
        }
    }
}
