//! An organization's SSO settings.

mod build;
#[cfg(any(feature = "oidc", feature = "saml"))]
mod document;
mod email_rules;
#[cfg(any(feature = "oidc", feature = "saml"))]
mod file;
mod fixed;
mod join;
#[cfg(feature = "saml")]
pub(crate) mod judge;
pub(crate) mod mapping;
mod reloaded;
mod settings;

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

pub(crate) use self::join::JoinRules;
#[cfg(any(feature = "oidc", feature = "saml"))]
pub use self::{
    document::{ConnectionDocument, DeprecatedSetting},
    file::FileConnections,
};
pub(crate) use self::{
    email_rules::EmailRules,
    mapping::{GroupMapping, GroupSettings, OtherGroups, RoleMapping, RoleSettings, Roles},
};
pub use self::{
    email_rules::UnverifiedEmail,
    fixed::FixedConnections,
    join::DangerousConnectionSettings,
    mapping::{ClaimProblem, RequiredClaims},
    reloaded::Reloaded,
    settings::ConnectionSettings,
};
use serde::Deserialize;

use crate::{Lookup, OrgId, fingerprint::Fingerprint, identity::Protocol, session::ConnectionVersion};

/// How an organization's connection binds its members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
pub enum Enforcement {
    /// Not at all.
    #[serde(rename = "off")]
    Off,
    /// Members are offered to log in with SSO, and may skip it.
    #[serde(rename = "optional")]
    Optional,
    /// Members need a fresh SSO session.
    #[serde(rename = "enforced")]
    Enforced,
}

impl Enforcement {
    /// The stable name: `off`, `optional` or `enforced`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Optional => "optional",
            Self::Enforced => "enforced",
        }
    }
}

/// Whether public content of an enforced organization stays open to members without an SSO session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[non_exhaustive]
pub enum PublicContent {
    /// Members are challenged on public content too. The default.
    #[serde(rename = "strict")]
    Strict,
    /// Members see public content, and are offered to log in with SSO.
    #[serde(rename = "open")]
    Open,
}

impl PublicContent {
    /// The stable name: `strict` or `open`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Open => "open",
        }
    }
}

/// Who of an enforced organization's members is bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[non_exhaustive]
pub enum EnforcementScope {
    /// Every member. The default.
    #[serde(rename = "all_members")]
    Everybody,
    /// Members that the host marks as taking part in the pilot; to the others it is optional.
    #[serde(rename = "pilot")]
    Pilot,
}

impl EnforcementScope {
    /// The stable name: `all_members` or `pilot`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Everybody => "all_members",
            Self::Pilot => "pilot",
        }
    }
}

/// What an API token of a member needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
pub enum TokenPolicy {
    /// To be authorized for the organization, like any credential. The default.
    #[serde(rename = "authorized")]
    Authorized,
    /// That its owner has a fresh SSO session of a login session of theirs: it is let in for as long.
    #[serde(rename = "owner_session")]
    OwnerSession,
    /// Nothing.
    #[serde(rename = "exempt")]
    Exempt,
}

impl TokenPolicy {
    /// The stable name: `authorized`, `owner_session` or `exempt`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Authorized => "authorized",
            Self::OwnerSession => "owner_session",
            Self::Exempt => "exempt",
        }
    }
}

/// An organization's SSO settings, checked: the protocol, the provider, and the rules.
///
/// Made from [`ConnectionSettings`]. Immutable; a changed connection is another one, of another version.
// In this order in memory too: what every request reads stands together, so that it comes from memory together.
#[repr(C)]
#[derive(Debug)]
pub struct Connection {
    pub(crate) version: ConnectionVersion,
    pub(crate) enforce_from: Option<SystemTime>,
    pub(crate) enforcement: Enforcement,
    pub(crate) bound: EnforcementScope,
    pub(crate) public_content: PublicContent,
    pub(crate) tokens: TokenPolicy,
    pub(crate) organization: OrgId,
    pub(crate) name: String,
    pub(crate) timeout: Duration,
    pub(crate) email: EmailRules,
    pub(crate) join: JoinRules,
    pub(crate) required_claims: RequiredClaims,
    pub(crate) known_roles: Roles,
    pub(crate) roles: Option<RoleMapping>,
    pub(crate) groups: GroupMapping,
    pub(crate) provider: Provider,
}

/// The provider of a connection.
#[derive(Debug)]
pub(crate) enum Provider {
    #[cfg(feature = "oidc")]
    Oidc(crate::provider::oidc::OidcProvider),
    #[cfg(feature = "saml")]
    Saml(crate::provider::saml::SamlProvider),
    /// Never signs anybody on: what decisions are tested with.
    #[cfg(test)]
    None,
}

impl Provider {
    /// Its settings, without secrets and keys of ours.
    pub(super) fn fingerprint(&self) -> Fingerprint {
        match *self {
            #[cfg(feature = "oidc")]
            Self::Oidc(ref provider) => provider.fingerprint(),
            #[cfg(feature = "saml")]
            Self::Saml(ref provider) => provider.fingerprint(),
            #[cfg(test)]
            Self::None => Fingerprint::default(),
        }
    }
}

impl Connection {
    /// Takes over what an earlier version of it has learned of its provider.
    #[cfg(feature = "saml")]
    pub(crate) fn adopt(&self, old: &Self) {
        if let (Some(provider), Some(old)) = (self.saml(), old.saml()) {
            provider.adopt(old);
        }
    }

    /// The other protocol learns again.
    #[cfg(all(feature = "oidc", not(feature = "saml")))]
    pub(crate) fn adopt(&self, _: &Self) {}

    /// Its SAML provider, if that is what it logs in with SSO by.
    #[cfg(feature = "saml")]
    pub(crate) fn saml(&self) -> Option<&crate::provider::saml::SamlProvider> {
        match &self.provider {
            Provider::Saml(provider) => Some(provider),
            #[cfg(feature = "oidc")]
            Provider::Oidc(_) => None,
            #[cfg(test)]
            Provider::None => None,
        }
    }

    /// The organization.
    #[must_use]
    pub fn organization(&self) -> &OrgId {
        &self.organization
    }

    /// The organization's name, as pages show it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the provider is known by, as pages show it: the host of its issuer, of its entity ID or of its metadata.
    #[must_use]
    pub fn provider_name(&self) -> String {
        let id = self.provider_id();
        let host = url::Url::parse(id).ok().and_then(|url| url.host_str().map(str::to_owned));
        host.unwrap_or_else(|| id.to_owned())
    }

    fn provider_id(&self) -> &str {
        match self.provider {
            #[cfg(feature = "oidc")]
            Provider::Oidc(ref provider) => provider.issuer(),
            #[cfg(feature = "saml")]
            Provider::Saml(ref provider) => provider.known_by(),
            #[cfg(test)]
            Provider::None => "",
        }
    }

    /// The protocol.
    #[must_use]
    pub fn protocol(&self) -> Protocol {
        match self.provider {
            #[cfg(feature = "oidc")]
            Provider::Oidc(_) => Protocol::Oidc,
            #[cfg(feature = "saml")]
            Provider::Saml(_) => Protocol::Saml,
            #[cfg(test)]
            Provider::None => Protocol::Oidc,
        }
    }

    /// What ends within 30 days, or has ended, and when: `provider_certificate`, `provider_metadata`,
    /// `signing_certificate`, `decryption_certificate`. Nobody is kept from logging in with SSO by a certificate's end; metadata
    /// that has ended stops every SSO login.
    #[must_use]
    pub fn expiring(&self, now: SystemTime) -> Vec<(&'static str, SystemTime)> {
        let _ = now; // Without SAML nothing has an end.
        match self.provider {
            #[cfg(feature = "oidc")]
            Provider::Oidc(_) => Vec::new(),
            #[cfg(feature = "saml")]
            Provider::Saml(ref provider) => provider.expiring(now),
            #[cfg(test)]
            Provider::None => Vec::new(),
        }
    }

    /// How it binds, before any rule about the member.
    #[must_use]
    pub fn enforcement(&self) -> Enforcement {
        self.enforcement
    }

    /// The date from which it is enforced, if it has one; before that it is optional.
    #[must_use]
    pub fn enforce_from(&self) -> Option<SystemTime> {
        self.enforce_from
    }

    /// How long an SSO login lasts.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// What the provider must say about whoever logs in with SSO.
    #[must_use]
    pub fn required_claims(&self) -> &RequiredClaims {
        &self.required_claims
    }

    /// The roles that there are.
    #[must_use]
    pub fn known_roles(&self) -> &Roles {
        &self.known_roles
    }

    /// How a profile becomes a role in the organization; none where the app gives roles itself.
    #[must_use]
    pub fn roles(&self) -> Option<&RoleMapping> {
        self.roles.as_ref()
    }

    /// How a profile becomes roles in resource groups.
    #[must_use]
    pub fn groups(&self) -> &GroupMapping {
        &self.groups
    }

    /// Its version: a digest of the organization and of those settings that say whom an SSO login proves: the provider,
    /// the client, the email rules and the required claims. A change of one of these ends every SSO session of the version before.
    ///
    /// Equal on every node and after a restart. Nothing else changes it: a secret's rotation, another name, timeout or
    /// enforcement, nor roles and groups, which say what somebody may and not who they are: another mapping takes
    /// effect at each member's next SSO login. To have it at once, end the organization's sessions by
    /// [`Sso::revoke`](crate::Sso::revoke).
    #[must_use]
    pub fn version(&self) -> &ConnectionVersion {
        &self.version
    }
}

/// Where connections are found: always by [`OrgId`], never by slug.
pub trait Connections: Send + Sync + 'static {
    /// The organization's connection, if it has one. `Err` is never "none".
    fn find(&self, organization: &OrgId) -> Lookup<Option<Arc<Connection>>>;
}

impl<C: Connections + ?Sized> Connections for Arc<C> {
    fn find(&self, organization: &OrgId) -> Lookup<Option<Arc<Connection>>> {
        (**self).find(organization)
    }
}
