//! Maps the provider's profile to a role in the organization and to roles in its resource groups. See the
//! [handbook](crate::handbook), *Roles*.

pub use crate::connection::mapping::{
    groups::{GroupMapping, GroupRole, GroupSettings, Groups, GroupsUnknown, OtherGroups},
    role::{Role, Roles},
    role_decision::{Fallback, RoleDecision, RoleOutcome, RoleReason},
    role_settings::{DangerousRoleSettings, RoleSettings},
    roles::RoleMapping,
    values::ProfileProblem,
};
pub use tower_sso_core::GroupId;
