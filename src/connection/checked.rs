//! [`Connection`]: an organization's SSO settings after all checks; and [`Connections`], which finds them.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use tower_sso_core::{Lookup, OrgId, Protocol, keys::KeyRing, session::ConnectionVersion};

use crate::connection::{
    email_rules::EmailRules,
    join_rules::JoinRules,
    mapping::{groups::GroupMapping, required::RequiredClaims, role::Roles, roles::RoleMapping},
    policy::{Enforcement, EnforcementScope, PublicContent, TokenPolicy},
    provider::Provider,
    version::Versions,
};

/// An organization's SSO settings after all checks: the protocol, the provider and the rules.
///
/// It is built from [`ConnectionSettings`](crate::ConnectionSettings) and is immutable: changed settings make a new
/// `Connection`. Which settings are part of its version is described at [`version`](Self::version).
// `repr(C)` keeps this order in memory: the fields that every request reads are adjacent, and are loaded together.
#[repr(C)]
#[derive(Debug)]
pub struct Connection {
    /// See [`version`](Self::version).
    pub(crate) versions: Versions,
    pub(crate) enforce_from: Option<SystemTime>,
    pub(crate) enforcement: Enforcement,
    /// Which members must log in with SSO.
    pub(crate) scope: EnforcementScope,
    pub(crate) public_content: PublicContent,
    /// What a member's API token needs.
    pub(crate) tokens: TokenPolicy,
    pub(crate) organization: OrgId,
    /// The organization's name, as pages show it.
    pub(crate) name: String,
    /// How long an SSO session lasts.
    pub(crate) timeout: Duration,
    pub(crate) email: EmailRules,
    pub(crate) join: JoinRules,
    pub(crate) required_claims: RequiredClaims,
    /// The app's roles, which the mappings name.
    pub(crate) known_roles: Roles,
    pub(crate) roles: Option<RoleMapping>,
    pub(crate) groups: GroupMapping,
    pub(crate) provider: Provider,
}

impl Connection {
    /// Takes over the metadata that an earlier version of this connection fetched from its provider.
    #[cfg(feature = "saml")]
    pub(crate) fn adopt(&self, old: &Self) {
        if let (Some(provider), Some(old)) = (self.saml(), old.saml()) {
            provider.adopt(old);
        }
    }

    /// Takes nothing over: an OpenID provider's documents are fetched again.
    #[cfg(all(feature = "oidc", not(feature = "saml")))]
    pub(crate) fn adopt(&self, _: &Self) {}

    /// Returns the SAML provider, or `None` if the connection uses another protocol.
    #[cfg(feature = "saml")]
    pub(crate) fn saml(&self) -> Option<&crate::connection::saml::provider::SamlProvider> {
        match &self.provider {
            Provider::Saml(provider) => Some(provider),
            #[cfg(feature = "oidc")]
            Provider::Oidc(_) => None,
        }
    }

    /// Returns the organization's id.
    #[must_use]
    pub fn organization(&self) -> &OrgId {
        &self.organization
    }

    /// Returns the organization's name, as pages show it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the provider's name, as pages show it: the host of its issuer, of its entity ID or of its metadata
    /// address.
    #[must_use]
    pub fn provider_name(&self) -> String {
        let id = self.provider_id();
        let host = url::Url::parse(id).ok().and_then(|url| url.host_str().map(str::to_owned));
        host.unwrap_or_else(|| id.to_owned())
    }

    /// Returns the issuer, or what an operator knows a SAML provider by.
    fn provider_id(&self) -> &str {
        match self.provider {
            #[cfg(feature = "oidc")]
            Provider::Oidc(ref provider) => provider.issuer(),
            #[cfg(feature = "saml")]
            Provider::Saml(ref provider) => provider.display_id(),
        }
    }

    /// Returns the protocol.
    #[must_use]
    pub fn protocol(&self) -> Protocol {
        match self.provider {
            #[cfg(feature = "oidc")]
            Provider::Oidc(_) => Protocol::Oidc,
            #[cfg(feature = "saml")]
            Provider::Saml(_) => Protocol::Saml,
        }
    }

    /// Returns what has expired or expires within 30 days, and when: `provider_certificate`, `provider_metadata`,
    /// `signing_certificate`, `decryption_certificate`.
    ///
    /// An expired certificate does not prevent SSO logins. Expired metadata prevents all of them.
    #[must_use]
    pub fn expiring(&self, now: SystemTime) -> Vec<(&'static str, SystemTime)> {
        let _ = now; // Only SAML has certificates and metadata that expire.
        match self.provider {
            #[cfg(feature = "oidc")]
            Provider::Oidc(_) => Vec::new(),
            #[cfg(feature = "saml")]
            Provider::Saml(ref provider) => provider.expiring(now),
        }
    }

    /// Returns the enforcement as configured, before any rule about the member is applied.
    #[must_use]
    pub fn enforcement(&self) -> Enforcement {
        self.enforcement
    }

    /// Returns the date from which the connection is enforced, if it has one. Before that date it is optional.
    #[must_use]
    pub fn enforce_from(&self) -> Option<SystemTime> {
        self.enforce_from
    }

    /// Returns how long an SSO session lasts.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Returns the claims that the provider must make about a user who logs in with SSO.
    #[must_use]
    pub fn required_claims(&self) -> &RequiredClaims {
        &self.required_claims
    }

    /// Returns the app's roles.
    #[must_use]
    pub fn known_roles(&self) -> &Roles {
        &self.known_roles
    }

    /// Returns the mapping from a profile to a role in the organization, or `None` if the app assigns roles itself.
    #[must_use]
    pub fn roles(&self) -> Option<&RoleMapping> {
        self.roles.as_ref()
    }

    /// Returns the mapping from a profile to roles in resource groups.
    #[must_use]
    pub fn groups(&self) -> &GroupMapping {
        &self.groups
    }

    /// Returns the connection's version: a digest of the organization and of the settings that decide whose identity
    /// an SSO login proves. These are the provider, the client, the email rules and the required claims. If one of
    /// them changes, every SSO session of the earlier version ends.
    ///
    /// The digest is computed with the current key of the ring, which every node of an app has (see
    /// [`SsoBuilder::keys`](crate::SsoBuilder::keys)). It is therefore equal on every node and after a restart, and a
    /// reader of the store can't find out the settings from it. While a former key is in the ring, sessions with the
    /// version under that key continue. No other setting changes it: not the rotation of a
    /// secret, and not another name, timeout or enforcement. Role and group mappings do not change it either, because
    /// they decide what a user may do and not who the user is. A changed mapping takes effect at each member's next
    /// SSO login. To apply it at once, end the organization's sessions with [`Sso::revoke`](crate::Sso::revoke).
    #[must_use]
    pub fn version(&self, keys: &KeyRing) -> ConnectionVersion {
        self.versions.current(keys)
    }

    /// Returns whether this is the connection's version, under the current key of the ring or a former one.
    pub(crate) fn has_version(&self, keys: &KeyRing, version: &ConnectionVersion) -> bool {
        self.versions.contain(keys, version)
    }
}

/// Finds connections, always by [`OrgId`] and never by slug.
pub trait Connections: Send + Sync + 'static {
    /// Returns the organization's connection, or `None` if it has no connection. A failed lookup is an `Err`, never
    /// `None`.
    fn find(&self, organization: &OrgId) -> Lookup<Option<Arc<Connection>>>;
}

impl<C: Connections + ?Sized> Connections for Arc<C> {
    fn find(&self, organization: &OrgId) -> Lookup<Option<Arc<Connection>>> {
        (**self).find(organization)
    }
}
