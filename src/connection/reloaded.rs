//! The result of a reload of a file of connections: which connections are new, changed, adjusted or removed.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

#[cfg(any(feature = "oidc", feature = "saml"))]
use crate::connection::DeprecatedSetting;
use crate::{
    connection::{
        checked::Connection, fixed::FixedConnections, join_rules::JoinRules, mapping::roles::RoleMapping,
    },
    fingerprint::Fingerprint,
};

/// The connections that a reload of a file changed, ordered by the organizations' ids. Pass it to
/// [`Sso::connections_reloaded`](crate::Sso::connections_reloaded) to record it in the audit log.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Reloaded {
    /// Connections of organizations that had no connection before.
    pub added: Vec<Arc<Connection>>,
    /// Connections whose version changed. Their SSO sessions ended.
    pub changed: Vec<Arc<Connection>>,
    /// Connections with the same version but other settings changed, such as their enforcement, their mappings or a
    /// certificate of the provider. Their SSO sessions continue. The rotation of one of our secrets or keys is not
    /// detected.
    pub adjusted: Vec<Arc<Connection>>,
    /// Connections of organizations that no longer have a connection.
    pub removed: Vec<Arc<Connection>>,
    /// Settings that the file has under deprecated names. They were read; the next version may refuse them.
    #[cfg(any(feature = "oidc", feature = "saml"))]
    pub deprecated: Vec<DeprecatedSetting>,
}

impl Reloaded {
    /// Compares the connection of one organization before and after a change.
    #[cfg(any(feature = "oidc", feature = "saml"))]
    pub(crate) fn of_one(old: Option<&Arc<Connection>>, new: Option<&Arc<Connection>>) -> Self {
        let list = |connection: Option<&Arc<Connection>>| FixedConnections::of(connection.cloned());
        Self::between(&list(old), &list(new))
    }

    /// Compares two lists of connections.
    #[cfg_attr(not(any(feature = "oidc", feature = "saml")), allow(dead_code))]
    pub(crate) fn between(old: &FixedConnections, new: &FixedConnections) -> Self {
        let before: HashMap<_, _> = old.iter().map(|it| (it.organization(), it)).collect();
        let mut reloaded = Self::default();
        for connection in new.iter() {
            let to = match before.get(connection.organization()) {
                None => &mut reloaded.added,
                Some(old) if old.versions.fingerprint() != connection.versions.fingerprint() => {
                    &mut reloaded.changed
                }
                Some(old) if other_settings(old) != other_settings(connection) => &mut reloaded.adjusted,
                Some(_) => continue,
            };
            to.push(Arc::clone(connection));
        }
        let is_gone = |it: &&Arc<Connection>| new.get(it.organization()).is_none();
        reloaded.removed = old.iter().filter(is_gone).cloned().collect();
        let Self { added, changed, adjusted, removed, .. } = &mut reloaded;
        for list in [added, changed, adjusted, removed] {
            list.sort_by(|one, other| one.organization().cmp(other.organization()));
        }
        reloaded
    }
}

/// Returns a fingerprint of the settings that are not part of the connection's version.
fn other_settings(connection: &Connection) -> Fingerprint {
    let Connection {
        organization: _,
        name,
        enforcement,
        enforce_from,
        scope,
        public_content,
        tokens,
        timeout,
        email: _,
        required_claims: _,
        join: JoinRules { lifetime, admin, any_domain },
        known_roles,
        roles,
        groups,
        provider,
        versions: _,
    } = connection;
    Fingerprint::default()
        .with("name", [name])
        .with("enforcement", [enforcement.as_str()])
        .with("enforce_from", enforce_from.map(since_1970))
        .with("enforcement_scope", [scope.as_str()])
        .with("public_content", [public_content.as_str()])
        .with("tokens", [tokens.as_str()])
        .with("timeout", [timeout.as_nanos()])
        .with("join_lifetime", [lifetime.as_nanos()])
        .with("join_admin", [admin])
        .with("join_any_domain", [any_domain])
        .with("known_roles", known_roles.names())
        .and(roles.as_ref().map(RoleMapping::fingerprint).unwrap_or_default())
        .and(groups.fingerprint())
        .and(provider.settings_fingerprint())
}

/// Returns the time in nanoseconds since 1970, with a minus sign if it is before 1970.
fn since_1970(at: SystemTime) -> String {
    match at.duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_nanos().to_string(),
        Err(before) => format!("-{}", before.duration().as_nanos()),
    }
}

#[cfg(test)]
#[cfg(feature = "oidc")]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        ConnectionSettings,
        connection::{
            UnverifiedEmail,
            policy::{Enforcement, EnforcementScope, PublicContent, TokenPolicy},
        },
        oidc::{ClientAuthentication, ClientId, OidcSettings},
        roles::{GroupSettings, OtherGroups, RoleSettings},
    };

    fn settings() -> ConnectionSettings {
        let provider =
            OidcSettings::new("https://idp.example", ClientId::new("hub"), ClientAuthentication::None);
        ConnectionSettings::oidc("1", Enforcement::Enforced, provider)
    }

    /// Returns what a reload reports about the connection of organization 1.
    fn told(old: ConnectionSettings, new: ConnectionSettings) -> &'static str {
        let [old, new] = [old, new].map(|settings| FixedConnections::build([settings]).unwrap());
        let Reloaded { added, changed, adjusted, removed, .. } = Reloaded::between(&old, &new);
        match [added, changed, adjusted, removed].map(|list| list.len()) {
            [0, 0, 0, 0] => "nothing",
            [0, 1, 0, 0] => "changed",
            [0, 0, 1, 0] => "adjusted",
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_reload_reports_every_changed_setting() {
        let roles = || RoleSettings::new("groups").default_role("read").role("admin", ["admins"]);
        let group = |attribute: &str, value: &str, group: &str, role: &str| {
            let [attribute, value, group, role] = [attribute, value, group, role].map(str::to_owned);
            settings().groups([GroupSettings { attribute, value, group, role }])
        };
        let (hour, at) = (Duration::from_secs(3600), |seconds| UNIX_EPOCH + Duration::from_secs(seconds));
        let mapped = || settings().roles(roles());
        let optional = || {
            let provider =
                OidcSettings::new("https://idp.example", ClientId::new("hub"), ClientAuthentication::None);
            ConnectionSettings::oidc("1", Enforcement::Optional, provider)
        };
        for (old, new) in [
            (settings(), settings().name("Acme")),
            (settings(), optional()),
            (settings(), settings().enforce_from(at(5))),
            (settings().enforce_from(at(5)), settings().enforce_from(at(6))),
            (settings().enforce_from(at(5)), settings().enforce_from(UNIX_EPOCH - Duration::from_secs(5))),
            (settings(), settings().enforcement_scope(EnforcementScope::Pilot)),
            (settings(), settings().public_content(PublicContent::Open)),
            (settings(), settings().tokens(TokenPolicy::Exempt)),
            (settings(), settings().timeout(hour)),
            (settings(), settings().join_lifetime(hour)),
            (settings(), settings().dangerous().join_admin()),
            (settings(), settings().dangerous().join_any_domain()),
            (settings(), settings().other_groups(OtherGroups::Remove)),
            (settings(), mapped()),
            (
                mapped(),
                settings().roles(RoleSettings::new("roles").default_role("read").role("admin", ["admins"])),
            ),
            (
                mapped(),
                settings().roles(RoleSettings::new("groups").default_role("write").role("admin", ["admins"])),
            ),
            (mapped(), settings().roles(roles().role("write", ["devs"]))),
            (settings(), group("groups", "devs", "rockets", "write")),
            (group("groups", "devs", "rockets", "write"), group("teams", "devs", "rockets", "write")),
            (group("groups", "devs", "rockets", "write"), group("groups", "ops", "rockets", "write")),
            (group("groups", "devs", "rockets", "write"), group("groups", "devs", "wiki", "write")),
            (group("groups", "devs", "rockets", "write"), group("groups", "devs", "rockets", "read")),
        ] {
            let shown = format!("{old:?} {new:?}");
            assert_eq!(told(old, new), "adjusted", "{shown}");
        }
        for new in [
            settings().unverified_email(UnverifiedEmail::Accept),
            settings().domains(["acme.example"]),
            settings().required_claim("hd", ["acme.example"]),
        ] {
            assert_eq!(told(settings(), new), "changed");
        }
        let same = || group("groups", "devs", "rockets", "write").roles(roles()).enforce_from(at(5));
        assert_eq!(told(same(), same()), "nothing");
    }
}
