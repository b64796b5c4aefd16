//! What a connection is made from.

use std::time::{Duration, SystemTime};

use super::{
    AbsentVerification, Bound, Connection, DangerousConnectionSettings, EmailRules, Enforcement,
    GroupMapping, GroupSettings, JoinRules, OtherGroups, Provider, PublicContent, RequiredClaims,
    RoleSettings, Roles, TokenPolicy, email_rules,
};
#[cfg(feature = "oidc")]
use crate::provider::oidc::OidcSettings;
#[cfg(feature = "saml")]
use crate::provider::saml::SamlSettings;
use crate::{ConfigError, Digest, OrgId};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The settings of one organization's connection. Required ones are arguments, optional ones setters.
#[derive(Debug)]
pub struct ConnectionSettings {
    organization: OrgId,
    name: Option<String>,
    enforcement: Enforcement,
    enforce_from: Option<SystemTime>,
    bound: Bound,
    public_content: PublicContent,
    tokens: TokenPolicy,
    timeout: Duration,
    absent_verification: AbsentVerification,
    domains: Option<Vec<String>>,
    pub(super) join: JoinRules,
    required_claims: Vec<(String, Vec<String>)>,
    known_roles: Roles,
    roles: Option<RoleSettings>,
    groups: Vec<GroupSettings>,
    other_groups: OtherGroups,
    provider: ProviderSettings,
}

#[derive(Debug)]
enum ProviderSettings {
    #[cfg(feature = "oidc")]
    Oidc(Box<OidcSettings>),
    #[cfg(feature = "saml")]
    Saml(Box<SamlSettings>),
    #[cfg(test)]
    None,
}

impl ConnectionSettings {
    /// A connection to an OpenID provider.
    #[cfg(feature = "oidc")]
    pub fn oidc(organization: impl Into<OrgId>, enforcement: Enforcement, provider: OidcSettings) -> Self {
        Self::new(organization.into(), enforcement, ProviderSettings::Oidc(Box::new(provider)))
    }

    /// A connection to a SAML provider.
    ///
    /// SAML has no word for whether an address is verified. An assertion is the word of the organization's own
    /// provider, so [`absent_verification`](Self::absent_verification) is [`AbsentVerification::Accept`] here.
    #[cfg(feature = "saml")]
    pub fn saml(organization: impl Into<OrgId>, enforcement: Enforcement, provider: SamlSettings) -> Self {
        Self::new(organization.into(), enforcement, ProviderSettings::Saml(Box::new(provider)))
            .absent_verification(AbsentVerification::Accept)
    }

    /// A connection that decisions can be tested with.
    #[cfg(test)]
    pub(crate) fn untied(organization: impl Into<OrgId>, enforcement: Enforcement) -> Self {
        Self::new(organization.into(), enforcement, ProviderSettings::None)
    }

    fn new(organization: OrgId, enforcement: Enforcement, provider: ProviderSettings) -> Self {
        Self {
            organization,
            name: None,
            enforcement,
            enforce_from: None,
            bound: Bound::Everybody,
            public_content: PublicContent::Strict,
            tokens: TokenPolicy::Authorised,
            timeout: 7 * DAY,
            absent_verification: AbsentVerification::Refuse,
            domains: None,
            join: JoinRules::default(),
            required_claims: Vec::new(),
            known_roles: Roles::default(),
            roles: None,
            groups: Vec::new(),
            other_groups: OtherGroups::Keep,
            provider,
        }
    }

    /// The organization's name, as pages show it; its id by default.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The date from which an enforced connection is enforced; before that it is optional.
    #[must_use]
    pub fn enforce_from(mut self, date: SystemTime) -> Self {
        self.enforce_from = Some(date);
        self
    }

    /// Who of the members is bound; everybody by default.
    #[must_use]
    pub fn bound(mut self, bound: Bound) -> Self {
        self.bound = bound;
        self
    }

    /// Whether public content stays open to members; strict by default.
    #[must_use]
    pub fn public_content(mut self, public_content: PublicContent) -> Self {
        self.public_content = public_content;
        self
    }

    /// What a member's API token needs; to be authorised by default.
    #[must_use]
    pub fn tokens(mut self, tokens: TokenPolicy) -> Self {
        self.tokens = tokens;
        self
    }

    /// How long a sign-on lasts from when it is finished, whatever happens in between: 7 days by default, 1 minute at
    /// least, 400 days at most.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// What it means that the provider says nothing about whether an address is verified; refused by default with
    /// OpenID Connect, accepted with SAML.
    #[must_use]
    pub fn absent_verification(mut self, absent: AbsentVerification) -> Self {
        self.absent_verification = absent;
        self
    }

    /// The domains that an address must be of, such as `acme.example`; any by default.
    #[must_use]
    pub fn domains<D: Into<String>>(mut self, domains: impl IntoIterator<Item = D>) -> Self {
        self.domains = Some(domains.into_iter().map(Into::into).collect());
        self
    }

    /// How long a join link lasts; 30 days by default, 1 minute at least, 400 days at most. See
    /// [`joining`](crate::joining).
    #[must_use]
    pub fn join_lifetime(mut self, lifetime: Duration) -> Self {
        self.join.lifetime = lifetime;
        self
    }

    /// Settings that weaken the connection, each with what whoever chooses it owes.
    #[must_use]
    pub fn dangerous(self) -> DangerousConnectionSettings {
        DangerousConnectionSettings(self)
    }

    /// A claim that the provider must make about whoever signs on, such as Google's `hd`: the path of an attribute (see
    /// [`roles`](crate::roles)), and its values that are allowed. Of a claim with several values one is enough. Every
    /// claim that is named so must be there; none by default.
    #[must_use]
    pub fn required_claim<V: Into<String>>(
        mut self,
        path: impl Into<String>,
        allowed: impl IntoIterator<Item = V>,
    ) -> Self {
        self.required_claims.push((path.into(), allowed.into_iter().map(Into::into).collect()));
        self
    }

    /// The app's own roles, which the mappings below name; `read`, `contributor`, `write` and `admin` by default.
    #[must_use]
    pub fn known_roles(mut self, roles: Roles) -> Self {
        self.known_roles = roles;
        self
    }

    /// How a profile becomes a role in the organization; by default the app gives roles itself. See
    /// [`roles`](crate::roles).
    #[must_use]
    pub fn roles(mut self, roles: RoleSettings) -> Self {
        self.roles = Some(roles);
        self
    }

    /// How a profile becomes roles in resource groups; none by default. Additive: every mapping that matches counts.
    #[must_use]
    pub fn groups(mut self, groups: impl IntoIterator<Item = GroupSettings>) -> Self {
        self.groups = groups.into_iter().collect();
        self
    }

    /// What becomes of roles that an earlier sign-on gave in groups that match no more; they are kept by default.
    #[must_use]
    pub fn other_groups(mut self, others: OtherGroups) -> Self {
        self.other_groups = others;
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// Names the organization, the field, and what was expected.
    pub fn build(self) -> Result<Connection, ConfigError> {
        let organization = self.organization.clone();
        self.checked().map_err(|error| error.of(organization.as_str()))
    }

    fn checked(self) -> Result<Connection, ConfigError> {
        if matches!(self.organization.as_str(), "" | "." | "..") {
            return Err(ConfigError::new("organization", "expected an id that can stand in an address"));
        }
        if self.timeout < Duration::from_secs(60) || self.timeout > 400 * DAY {
            return Err(ConfigError::new("timeout", "expected from 1 minute to 400 days, such as \"7d\""));
        }
        if self.enforcement == Enforcement::Optional && self.enforce_from.is_some() {
            let problem =
                "expected enforcement = \"enforced\": from this date an optional connection is as before";
            return Err(ConfigError::new("enforce_from", problem));
        }
        if self.enforcement == Enforcement::Optional && self.bound == Bound::Pilot {
            let problem =
                "expected enforcement = \"enforced\": nobody of a pilot is asked by an optional connection";
            return Err(ConfigError::new("bound", problem));
        }
        let domains = self.domains.as_deref().map_or_else(|| Ok(Vec::new()), email_rules::domains)?;
        let join = self.join.checked()?;
        let required_claims = RequiredClaims::build(self.required_claims)?;
        let roles = self.roles.map(|roles| roles.build(&self.known_roles)).transpose()?;
        let groups = GroupMapping::build(self.groups, self.other_groups, &self.known_roles)?;
        let (provider, provider_parts) = self.provider.build()?;
        let mut parts =
            vec![self.organization.as_str().to_owned(), format!("{:?}", self.absent_verification)];
        parts.push(domains.join(" "));
        parts.extend(provider_parts);
        parts.extend(required_claims.version_parts());
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        Ok(Connection {
            name: self.name.unwrap_or_else(|| self.organization.as_str().to_owned()),
            enforcement: self.enforcement,
            enforce_from: self.enforce_from,
            bound: self.bound,
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
            version: Digest::of("tower-sso connection version 1", &parts),
            organization: self.organization,
        })
    }
}

impl ProviderSettings {
    /// The provider, and what of its settings goes into the version.
    fn build(self) -> Result<(Provider, Vec<String>), ConfigError> {
        match self {
            #[cfg(feature = "oidc")]
            Self::Oidc(settings) => {
                let provider = settings.build()?;
                let mut parts = vec!["oidc".to_owned()];
                parts.extend(provider.version_parts());
                Ok((Provider::Oidc(provider), parts))
            }
            #[cfg(feature = "saml")]
            Self::Saml(settings) => {
                let provider = settings.build()?;
                let mut parts = vec!["saml".to_owned()];
                parts.extend(provider.version_parts());
                Ok((Provider::Saml(provider), parts))
            }
            #[cfg(test)]
            Self::None => Ok((Provider::None, Vec::new())),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn settings() -> ConnectionSettings {
        ConnectionSettings::untied("acme", Enforcement::Enforced)
    }

    #[test]
    fn defaults_are_the_strict_ones() {
        let connection = settings().build().unwrap();
        assert_eq!(connection.timeout(), 7 * DAY);
        assert_eq!(connection.public_content, PublicContent::Strict);
        assert_eq!(connection.tokens, TokenPolicy::Authorised);
        assert_eq!(connection.email.absent_verification, AbsentVerification::Refuse);
        let join = JoinRules { lifetime: 30 * DAY, admin: false, any_domain: false };
        assert_eq!(connection.join, join);
        assert_eq!(connection.name(), "acme");
    }

    #[test]
    fn bad_settings_name_the_organization_and_the_field() {
        for (settings, field) in [
            (ConnectionSettings::untied("..", Enforcement::Off), "organization"),
            (ConnectionSettings::untied("", Enforcement::Off), "organization"),
            (settings().timeout(Duration::from_secs(59)), "timeout"),
            (settings().timeout(Duration::MAX), "timeout"),
            (settings().domains(["acme.example", "@acme.example"]), "email.domains[1]"),
            (ConnectionSettings::untied("a", Enforcement::Optional).enforce_from(UNIX_EPOCH), "enforce_from"),
            (settings().join_lifetime(Duration::from_secs(59)), "join.lifetime"),
            (settings().join_lifetime(401 * DAY), "join.lifetime"),
            (settings().domains(["acme"]), "email.domains[0]"),
            (settings().domains(["a cme.example"]), "email.domains[0]"),
            (settings().domains([""]), "email.domains[0]"),
            (settings().domains([""; 0]), "email.domains"),
            (ConnectionSettings::untied("a", Enforcement::Optional).bound(Bound::Pilot), "bound"),
            (settings().required_claim("hd", [""; 0]), "required_claims.hd"),
        ] {
            let organization = settings.organization.clone();
            let error = settings.build().unwrap_err();
            assert_eq!((error.field(), error.organization()), (field, Some(organization.as_str())));
        }
    }

    #[test]
    fn the_version_follows_what_matters_to_security_and_nothing_else() {
        let version = |settings: ConnectionSettings| settings.build().unwrap().version;
        let first = version(settings());
        assert_eq!(first, version(settings().name("Acme, Inc.").timeout(DAY)));
        assert_eq!(first, version(settings().public_content(PublicContent::Open)));
        assert_eq!(first, version(settings().join_lifetime(DAY).dangerous().join_admin()));
        let listed = |domains: &[&str]| version(settings().domains(domains.iter().copied()));
        assert_ne!(first, listed(&["acme.example"]));
        assert_eq!(listed(&["a.example", "b.example"]), listed(&["B.example", "a.example", "b.example"]));
        assert_ne!(listed(&["a.example", "b.example"]), listed(&["a.example"]));
        assert_ne!(first, version(settings().absent_verification(AbsentVerification::Accept)));
        assert_ne!(first, version(settings().required_claim("hd", ["acme.example"])));
        let both = || settings().required_claim("a", ["1", "2"]);
        assert_eq!(version(both()), version(settings().required_claim("a", ["2", "1"])));
        assert_ne!(version(both()), version(settings().required_claim("a", ["1"])));
        assert_ne!(first, version(ConnectionSettings::untied("other", Enforcement::Enforced)));
    }

    #[test]
    fn mappings_say_what_somebody_may_and_end_no_session() {
        let version = |settings: ConnectionSettings| settings.build().unwrap().version;
        let first = version(settings());
        let roles = || RoleSettings::new("groups", "read").map("admins", "admin");
        assert_eq!(first, version(settings().roles(roles())));
        assert_eq!(first, version(settings().roles(roles().map("devs", "write"))));
        assert_eq!(first, version(settings().groups([group()]).other_groups(OtherGroups::Remove)));
        let own = Roles::new(["user", "owner"], "owner").unwrap();
        assert_eq!(first, version(settings().known_roles(own)));
    }

    #[test]
    fn bad_mappings_name_the_organization_and_the_field() {
        let roles = || RoleSettings::new("groups", "read").map("admins", "admin");
        let own = || Roles::new(["user", "owner"], "owner").unwrap();
        for (settings, field) in [
            (settings().roles(RoleSettings::new("groups", "read")), "roles.map"),
            (settings().roles(roles().map("devs", "boss")), "roles.map.devs"),
            (settings().roles(roles().map("", "admin")), "roles.map."),
            (settings().roles(RoleSettings::new("groups", "admin").map("a", "admin")), "roles.default"),
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
