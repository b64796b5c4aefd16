//! The settings from which a [`Connection`](super::Connection) is built: one setter for each optional setting. They are
//! checked all at once by [`ConnectionSettings::build`].

use std::time::{Duration, SystemTime};

use tower_sso_core::OrgId;

#[cfg(feature = "saml")]
use crate::connection::saml::settings::SamlSettings;
use crate::connection::{
    email_rules::UnverifiedEmail,
    join_rules::JoinRules,
    mapping::{
        groups::{GroupSettings, OtherGroups},
        role::Roles,
        role_settings::RoleSettings,
    },
    policy::{Enforcement, EnforcementScope, PublicContent, TokenPolicy},
};
#[cfg(feature = "oidc")]
use tower_sso_oidc::OidcSettings;

pub(crate) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The settings of one organization's connection. Required settings are arguments; optional settings have setters.
#[derive(Debug)]
pub struct ConnectionSettings {
    pub(crate) organization: OrgId,
    pub(crate) name: Option<String>,
    pub(crate) enforcement: Enforcement,
    pub(crate) enforce_from: Option<SystemTime>,
    pub(crate) bound: EnforcementScope,
    pub(crate) public_content: PublicContent,
    pub(crate) tokens: TokenPolicy,
    pub(crate) timeout: Duration,
    pub(crate) absent_verification: UnverifiedEmail,
    pub(crate) domains: Option<Vec<String>>,
    pub(crate) join: JoinRules,
    pub(crate) required_claims: Vec<(String, Vec<String>)>,
    pub(crate) known_roles: Roles,
    pub(crate) roles: Option<RoleSettings>,
    pub(crate) groups: Vec<GroupSettings>,
    pub(crate) other_groups: OtherGroups,
    pub(crate) provider: ProviderSettings,
}

/// The settings of the provider, of either protocol.
#[derive(Debug)]
pub(crate) enum ProviderSettings {
    #[cfg(feature = "oidc")]
    Oidc(Box<OidcSettings>),
    #[cfg(feature = "saml")]
    Saml(Box<SamlSettings>),
}

impl ConnectionSettings {
    /// Creates the settings of a connection to an OpenID provider.
    #[cfg(feature = "oidc")]
    pub fn oidc(organization: impl Into<OrgId>, enforcement: Enforcement, provider: OidcSettings) -> Self {
        Self::new(organization.into(), enforcement, ProviderSettings::Oidc(Box::new(provider)))
    }

    /// Creates the settings of a connection to a SAML provider.
    ///
    /// SAML cannot express whether an email address is verified. An assertion comes from the organization's own
    /// provider, and therefore [`absent_verification`](Self::unverified_email) is [`UnverifiedEmail::Accept`]
    /// here.
    #[cfg(feature = "saml")]
    pub fn saml(organization: impl Into<OrgId>, enforcement: Enforcement, provider: SamlSettings) -> Self {
        Self::new(organization.into(), enforcement, ProviderSettings::Saml(Box::new(provider)))
            .unverified_email(UnverifiedEmail::Accept)
    }

    /// Creates a connection for tests of rules that do not depend on the provider.
    #[cfg(all(test, feature = "oidc"))]
    pub(crate) fn example(organization: impl Into<OrgId>, enforcement: Enforcement) -> Self {
        let secret = tower_sso_core::Secret::new("secret".to_owned());
        let client = tower_sso_oidc::ClientAuthentication::SecretBasic(secret);
        Self::oidc(
            organization,
            enforcement,
            OidcSettings::new("https://idp.example", tower_sso_oidc::ClientId::new("client"), client),
        )
    }

    fn new(organization: OrgId, enforcement: Enforcement, provider: ProviderSettings) -> Self {
        Self {
            organization,
            name: None,
            enforcement,
            enforce_from: None,
            bound: EnforcementScope::AllMembers,
            public_content: PublicContent::Strict,
            tokens: TokenPolicy::Authorized,
            timeout: 7 * DAY,
            absent_verification: UnverifiedEmail::Refuse,
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

    /// Sets the organization's name, as pages show it. The default is the organization's id.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the date from which an enforced connection is enforced. Before that date it is optional.
    #[must_use]
    pub fn enforce_from(mut self, date: SystemTime) -> Self {
        self.enforce_from = Some(date);
        self
    }

    /// Sets which members must log in with SSO. The default is all members.
    #[must_use]
    pub fn enforcement_scope(mut self, bound: EnforcementScope) -> Self {
        self.bound = bound;
        self
    }

    /// Sets whether members without an SSO session can see public content. The default is [`PublicContent::Strict`].
    #[must_use]
    pub fn public_content(mut self, public_content: PublicContent) -> Self {
        self.public_content = public_content;
        self
    }

    /// Sets what a member's API token needs. By default it must be authorized for the organization.
    #[must_use]
    pub fn tokens(mut self, tokens: TokenPolicy) -> Self {
        self.tokens = tokens;
        self
    }

    /// Sets how long an SSO session lasts, measured from the end of the SSO login. Activity does not prolong it. The
    /// default is 7 days, the minimum 1 minute, the maximum 400 days.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets what happens if the provider does not say whether an email address is verified. By default, the SSO login
    /// is refused with OpenID Connect and accepted with SAML.
    #[must_use]
    pub fn unverified_email(mut self, absent: UnverifiedEmail) -> Self {
        self.absent_verification = absent;
        self
    }

    /// Sets the domains that a user's email address may have, such as `acme.example`. By default any domain is
    /// accepted.
    #[must_use]
    pub fn domains<D: Into<String>>(mut self, domains: impl IntoIterator<Item = D>) -> Self {
        self.domains = Some(domains.into_iter().map(Into::into).collect());
        self
    }

    /// Sets how long a join link is valid. The default is 30 days, the minimum 1 minute, the maximum 400 days. See
    /// the [handbook](crate::handbook), *Join links*.
    #[must_use]
    pub fn join_lifetime(mut self, lifetime: Duration) -> Self {
        self.join.lifetime = lifetime;
        self
    }

    /// Returns the settings that weaken the connection. Each one documents what its user must ensure.
    #[must_use]
    pub fn dangerous(self) -> DangerousConnectionSettings {
        DangerousConnectionSettings(self)
    }

    /// Requires a claim about every user who logs in with SSO, such as Google's `hd`. `path` is the path of an
    /// attribute (see the [handbook](crate::handbook), *Roles*); `allowed` lists the values that are accepted.
    ///
    /// If the claim has several values, one accepted value is enough. If several claims are required, the profile
    /// must satisfy all of them. By default no claim is required.
    #[must_use]
    pub fn required_claim<V: Into<String>>(
        mut self,
        path: impl Into<String>,
        allowed: impl IntoIterator<Item = V>,
    ) -> Self {
        self.required_claims.push((path.into(), allowed.into_iter().map(Into::into).collect()));
        self
    }

    /// Sets the app's own roles, which the role and group mappings name. The default is `read`, `contributor`,
    /// `write` and `admin`.
    #[must_use]
    pub fn known_roles(mut self, roles: Roles) -> Self {
        self.known_roles = roles;
        self
    }

    /// Sets how a profile is mapped to a role in the organization. By default the app assigns roles itself. See
    /// the [handbook](crate::handbook), *Roles*.
    #[must_use]
    pub fn roles(mut self, roles: RoleSettings) -> Self {
        self.roles = Some(roles);
        self
    }

    /// Sets how a profile is mapped to roles in resource groups. By default there are no such mappings. Mappings are
    /// additive: every mapping that matches counts.
    #[must_use]
    pub fn groups(mut self, groups: impl IntoIterator<Item = GroupSettings>) -> Self {
        self.groups = groups.into_iter().collect();
        self
    }

    /// Sets what happens to roles that an earlier SSO login assigned in groups that no longer match. By default they
    /// are kept.
    #[must_use]
    pub fn other_groups(mut self, others: OtherGroups) -> Self {
        self.other_groups = others;
        self
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
