//! What a connection is made from.

use std::time::{Duration, SystemTime};

use super::{
    DangerousConnectionSettings, Enforcement, EnforcementScope, GroupSettings, JoinRules, OtherGroups,
    PublicContent, RoleSettings, Roles, TokenPolicy, UnverifiedEmail,
};
use crate::OrgId;
#[cfg(feature = "oidc")]
use crate::provider::oidc::OidcSettings;
#[cfg(feature = "saml")]
use crate::provider::saml::SamlSettings;

pub(super) const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The settings of one organization's connection. Required ones are arguments, optional ones setters.
#[derive(Debug)]
pub struct ConnectionSettings {
    pub(super) organization: OrgId,
    pub(super) name: Option<String>,
    pub(super) enforcement: Enforcement,
    pub(super) enforce_from: Option<SystemTime>,
    pub(super) bound: EnforcementScope,
    pub(super) public_content: PublicContent,
    pub(super) tokens: TokenPolicy,
    pub(super) timeout: Duration,
    pub(super) absent_verification: UnverifiedEmail,
    pub(super) domains: Option<Vec<String>>,
    pub(super) join: JoinRules,
    pub(super) required_claims: Vec<(String, Vec<String>)>,
    pub(super) known_roles: Roles,
    pub(super) roles: Option<RoleSettings>,
    pub(super) groups: Vec<GroupSettings>,
    pub(super) other_groups: OtherGroups,
    pub(super) provider: ProviderSettings,
}

#[derive(Debug)]
pub(super) enum ProviderSettings {
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
    /// provider, so [`absent_verification`](Self::absent_verification) is [`UnverifiedEmail::Accept`] here.
    #[cfg(feature = "saml")]
    pub fn saml(organization: impl Into<OrgId>, enforcement: Enforcement, provider: SamlSettings) -> Self {
        Self::new(organization.into(), enforcement, ProviderSettings::Saml(Box::new(provider)))
            .absent_verification(UnverifiedEmail::Accept)
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
            bound: EnforcementScope::Everybody,
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
    pub fn bound(mut self, bound: EnforcementScope) -> Self {
        self.bound = bound;
        self
    }

    /// Whether public content stays open to members; strict by default.
    #[must_use]
    pub fn public_content(mut self, public_content: PublicContent) -> Self {
        self.public_content = public_content;
        self
    }

    /// What a member's API token needs; to be authorized by default.
    #[must_use]
    pub fn tokens(mut self, tokens: TokenPolicy) -> Self {
        self.tokens = tokens;
        self
    }

    /// How long an SSO login lasts from when it is finished, whatever happens in between: 7 days by default, 1 minute at
    /// least, 400 days at most.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// What it means that the provider says nothing about whether an address is verified; refused by default with
    /// OpenID Connect, accepted with SAML.
    #[must_use]
    pub fn absent_verification(mut self, absent: UnverifiedEmail) -> Self {
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
    /// [`joining`](crate::handbook::joining).
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

    /// A claim that the provider must make about whoever logs in with SSO, such as Google's `hd`: the path of an attribute (see
    /// [`roles`](crate::handbook::roles)), and its values that are allowed. Of a claim with several values one is enough. Every
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
    /// [`roles`](crate::handbook::roles).
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

    /// What becomes of roles that an earlier SSO login gave in groups that match no more; they are kept by default.
    #[must_use]
    pub fn other_groups(mut self, others: OtherGroups) -> Self {
        self.other_groups = others;
        self
    }
}
