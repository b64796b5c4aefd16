//! Maps the provider's profile to a role in the organization and to roles in its resource groups. See [the
//! handbook](crate::handbook::roles).

pub use crate::{
    connection::mapping::{
        DangerousRoleSettings, Fallback, GroupMapping, GroupRole, GroupSettings, Groups, GroupsUnknown,
        OtherGroups, ProfileProblem, Role, RoleDecision, RoleMapping, RoleOutcome, RoleReason, RoleSettings,
        Roles,
    },
    id::GroupId,
};
