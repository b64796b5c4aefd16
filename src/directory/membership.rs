//! How an account belongs to an organization, and the rules for one member that override those of the connection.

/// An account's membership in an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Membership {
    /// A member. The organization's SSO rules apply.
    Member(Member),
    /// Works with the organization without being a member. SSO is not required.
    ExternalCollaborator,
    /// An account for machines that the organization runs, such as a deploy bot. SSO is not required.
    ServiceAccount,
    /// Not a member.
    NonMember,
}

impl Membership {
    /// Returns a member without an individual rule.
    #[must_use]
    pub fn member() -> Self {
        Self::Member(Member::default())
    }
}

/// What the app knows about a member that affects enforcement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Member {
    /// The enforcement rule for this member.
    pub binding: EnforcementOverride,
    /// Whether the member takes part in the pilot of a connection that enforces SSO only for pilot members.
    pub pilot: bool,
}

/// An enforcement rule for one member, which overrides the connection's rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum EnforcementOverride {
    /// The connection's rule applies.
    #[default]
    Default,
    /// SSO is never required of this member.
    Exempt,
    /// SSO is required of this member wherever the organization has a connection that is not off.
    Required,
}
