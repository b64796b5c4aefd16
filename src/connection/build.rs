//! Checks the settings and builds the connection: which settings are refused, and which are part of the version. The
//! labels of the version are frozen: other labels would end every SSO session.

use std::time::Duration;

use tower_sso_core::ConfigError;

use crate::{
    connection::{
        checked::Connection,
        email_rules::{self, EmailRules},
        mapping::{groups::GroupMapping, required::RequiredClaims},
        policy::{Enforcement, EnforcementScope},
        provider::Provider,
        settings::{ConnectionSettings, DAY, ProviderSettings},
        version::Versions,
    },
    fingerprint::Fingerprint,
};

impl ConnectionSettings {
    /// Checks the settings and returns the connection.
    ///
    /// # Errors
    ///
    /// Returns an error if a setting is invalid. The error names the organization, the field, and what was expected.
    pub fn build(self) -> Result<Connection, ConfigError> {
        let organization = self.organization.clone();
        self.checked().map_err(|error| error.of(organization.as_str()))
    }

    /// Checks everything. The caller adds the organization to the error.
    fn checked(self) -> Result<Connection, ConfigError> {
        if matches!(self.organization.as_str(), "" | "." | "..") {
            return Err(ConfigError::new("organization", "expected an id that can be part of a URL"));
        }
        if self.timeout < Duration::from_secs(60) || self.timeout > 400 * DAY {
            return Err(ConfigError::new("timeout", "expected from 1 minute to 400 days, such as \"7d\""));
        }
        if self.enforcement == Enforcement::Optional && self.enforce_from.is_some() {
            let problem =
                "expected enforcement = \"enforced\": the date has no effect on an optional connection";
            return Err(ConfigError::new("enforce_from", problem));
        }
        if self.enforcement == Enforcement::Optional && self.bound == EnforcementScope::Pilot {
            let problem =
                "expected enforcement = \"enforced\": a pilot has no effect on an optional connection";
            return Err(ConfigError::new("enforcement_scope", problem));
        }
        let domains = self.domains.as_deref().map_or_else(|| Ok(Vec::new()), email_rules::domains)?;
        let join = self.join.checked()?;
        let required_claims = RequiredClaims::build(self.required_claims)?;
        let roles = self.roles.map(|roles| roles.build(&self.known_roles)).transpose()?;
        let groups = GroupMapping::build(self.groups, self.other_groups, &self.known_roles)?;
        let (provider, of_provider) = self.provider.build()?;
        let fingerprint = Fingerprint::default()
            .with("organization", [&self.organization])
            .with("missing_email_verified", [self.absent_verification.as_str()])
            .with("domains", &domains)
            .and(of_provider)
            .and(required_claims.fingerprint())
            .digest("tower-sso connection version 1");
        Ok(Connection {
            name: self.name.unwrap_or_else(|| self.organization.as_str().to_owned()),
            enforcement: self.enforcement,
            enforce_from: self.enforce_from,
            scope: self.bound,
            public_content: self.public_content,
            tokens: self.tokens,
            timeout: self.timeout,
            email: EmailRules { absent_verification: self.absent_verification, domains },
            join,
            required_claims,
            known_roles: self.known_roles,
            roles,
            groups,
            provider,
            versions: Versions::new(fingerprint),
            organization: self.organization,
        })
    }
}

impl ProviderSettings {
    /// Returns the provider, and a fingerprint of the provider settings that are part of the version.
    fn build(self) -> Result<(Provider, Fingerprint), ConfigError> {
        match self {
            #[cfg(feature = "oidc")]
            Self::Oidc(settings) => {
                let provider = settings.build()?;
                let of_provider = crate::connection::oidc::fingerprint::version(provider.settings());
                let version = Fingerprint::default().with("protocol", ["oidc"]).and(of_provider);
                Ok((Provider::Oidc(provider), version))
            }
            #[cfg(feature = "saml")]
            Self::Saml(settings) => {
                let provider = settings.build()?;
                let version = Fingerprint::default().with("protocol", ["saml"]).and(provider.version());
                Ok((Provider::Saml(provider), version))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use crate::connection::build::*;
    use crate::connection::{
        email_rules::UnverifiedEmail,
        join_rules::JoinRules,
        mapping::{
            groups::{GroupSettings, OtherGroups},
            role::Roles,
            role_settings::RoleSettings,
        },
        policy::{PublicContent, TokenPolicy},
    };

    fn settings() -> ConnectionSettings {
        ConnectionSettings::example("acme", Enforcement::Enforced)
    }

    #[test]
    fn defaults_are_the_strict_ones() {
        let connection = settings().build().unwrap();
        assert_eq!(connection.timeout(), 7 * DAY);
        assert_eq!(connection.public_content, PublicContent::Strict);
        assert_eq!(connection.tokens, TokenPolicy::Authorized);
        assert_eq!(connection.email.absent_verification, UnverifiedEmail::Refuse);
        let join = JoinRules { lifetime: 30 * DAY, admin: false, any_domain: false };
        assert_eq!(connection.join, join);
        assert_eq!(connection.name(), "acme");
    }

    #[test]
    fn bad_settings_name_the_organization_and_the_field() {
        for (settings, field) in [
            (ConnectionSettings::example("..", Enforcement::Off), "organization"),
            (ConnectionSettings::example("", Enforcement::Off), "organization"),
            (settings().timeout(Duration::from_secs(59)), "timeout"),
            (settings().timeout(Duration::MAX), "timeout"),
            (settings().domains(["acme.example", "@acme.example"]), "email.domains[1]"),
            (
                ConnectionSettings::example("a", Enforcement::Optional).enforce_from(UNIX_EPOCH),
                "enforce_from",
            ),
            (settings().join_lifetime(Duration::from_secs(59)), "join.lifetime"),
            (settings().join_lifetime(401 * DAY), "join.lifetime"),
            (settings().domains(["acme"]), "email.domains[0]"),
            (settings().domains(["a cme.example"]), "email.domains[0]"),
            (settings().domains([""]), "email.domains[0]"),
            (settings().domains([""; 0]), "email.domains"),
            (
                ConnectionSettings::example("a", Enforcement::Optional)
                    .enforcement_scope(EnforcementScope::Pilot),
                "enforcement_scope",
            ),
            (settings().required_claim("hd", [""; 0]), "required_claims.hd"),
        ] {
            let organization = settings.organization.clone();
            let error = settings.build().unwrap_err();
            assert_eq!((error.field(), error.organization()), (field, Some(organization.as_str())));
        }
    }

    #[test]
    fn the_version_changes_only_with_settings_that_matter_to_security() {
        let version = |settings: ConnectionSettings| *settings.build().unwrap().versions.fingerprint();
        let first = version(settings());
        assert_eq!(first, version(settings().name("Acme, Inc.").timeout(DAY)));
        assert_eq!(first, version(settings().public_content(PublicContent::Open)));
        assert_eq!(first, version(settings().join_lifetime(DAY).dangerous().join_admin()));
        let listed = |domains: &[&str]| version(settings().domains(domains.iter().copied()));
        assert_ne!(first, listed(&["acme.example"]));
        assert_eq!(listed(&["a.example", "b.example"]), listed(&["B.example", "a.example", "b.example"]));
        assert_ne!(listed(&["a.example", "b.example"]), listed(&["a.example"]));
        assert_ne!(first, version(settings().unverified_email(UnverifiedEmail::Accept)));
        assert_ne!(first, version(settings().required_claim("hd", ["acme.example"])));
        let both = || settings().required_claim("a", ["1", "2"]);
        assert_eq!(version(both()), version(settings().required_claim("a", ["2", "1"])));
        assert_ne!(version(both()), version(settings().required_claim("a", ["1"])));
        assert_ne!(first, version(ConnectionSettings::example("other", Enforcement::Enforced)));
    }

    #[test]
    fn changed_mappings_do_not_change_the_version() {
        let version = |settings: ConnectionSettings| *settings.build().unwrap().versions.fingerprint();
        let first = version(settings());
        let roles = || RoleSettings::new("groups").default_role("read").role("admin", ["admins"]);
        assert_eq!(first, version(settings().roles(roles())));
        assert_eq!(first, version(settings().roles(roles().role("write", ["devs"]))));
        assert_eq!(first, version(settings().groups([group()]).other_groups(OtherGroups::Remove)));
        let own = Roles::new(["user", "owner"], "owner").unwrap();
        assert_eq!(first, version(settings().known_roles(own)));
    }

    #[test]
    fn bad_mappings_name_the_organization_and_the_field() {
        let roles = || RoleSettings::new("groups").default_role("read").role("admin", ["admins"]);
        let own = || Roles::new(["user", "owner"], "owner").unwrap();
        for (settings, field) in [
            (settings().roles(RoleSettings::new("groups").default_role("read")), "roles.map"),
            (settings().roles(roles().role("boss", ["devs"])), "roles.map.devs"),
            (settings().roles(roles().role("admin", [""])), "roles.map."),
            (
                settings().roles(RoleSettings::new("groups").default_role("admin").role("admin", ["a"])),
                "roles.default",
            ),
            (settings().roles(roles()).known_roles(own()), "roles.default"),
            (settings().groups([group(), group()]), "groups[1].value"),
            (settings().groups([group()]).known_roles(own()), "groups[0].role"),
        ] {
            let error = settings.build().unwrap_err();
            assert_eq!((error.field(), error.organization()), (field, Some("acme")));
        }
        assert!(settings().groups([group()]).roles(roles()).build().is_ok());
    }

    fn group() -> GroupSettings {
        let [attribute, value, group, role] = ["groups", "devs", "rockets", "write"].map(str::to_owned);
        GroupSettings { attribute, value, group, role }
    }
}
