//! The choices of a connection: whether SSO is required, of which members, for public content, and for API tokens.

use serde::Deserialize;

/// Whether an organization's members must log in with SSO.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
pub enum Enforcement {
    /// Members do not need to log in with SSO.
    #[serde(rename = "off")]
    Off,
    /// Members are offered an SSO login, and may skip it.
    #[serde(rename = "optional")]
    Optional,
    /// Members must have a fresh SSO session.
    #[serde(rename = "enforced")]
    Enforced,
}

impl Enforcement {
    /// Returns the stable name: `off`, `optional` or `enforced`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Optional => "optional",
            Self::Enforced => "enforced",
        }
    }
}

/// Whether members without an SSO session can see the public content of an organization that enforces SSO.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[non_exhaustive]
pub enum PublicContent {
    /// Members are challenged on public content too. This is the default.
    #[serde(rename = "strict")]
    Strict,
    /// Members see public content, and are offered an SSO login.
    #[serde(rename = "open")]
    Open,
}

impl PublicContent {
    /// Returns the stable name: `strict` or `open`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Open => "open",
        }
    }
}

/// Which members of an organization that enforces SSO must log in with SSO.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[non_exhaustive]
pub enum EnforcementScope {
    /// Every member. This is the default.
    #[serde(rename = "all_members")]
    AllMembers,
    /// Members that the app marks as part of the pilot ([`Member::pilot`](crate::directory::Member::pilot)). For all
    /// other members, SSO is optional.
    #[serde(rename = "pilot")]
    Pilot,
}

impl EnforcementScope {
    /// Returns the stable name: `all_members` or `pilot`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AllMembers => "all_members",
            Self::Pilot => "pilot",
        }
    }
}

/// What a member's API token needs before it can access the organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
pub enum TokenPolicy {
    /// The token must be authorized for the organization, like any credential. This is the default.
    #[serde(rename = "authorized")]
    Authorized,
    /// The token's owner must have a fresh SSO session in one of their app sessions. The token is accepted for as
    /// long as that SSO session is fresh.
    #[serde(rename = "owner_session")]
    OwnerSession,
    /// The token needs nothing.
    #[serde(rename = "exempt")]
    Exempt,
}

impl TokenPolicy {
    /// Returns the stable name: `authorized`, `owner_session` or `exempt`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Authorized => "authorized",
            Self::OwnerSession => "owner_session",
            Self::Exempt => "exempt",
        }
    }
}
