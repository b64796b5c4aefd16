//! From what a provider says about a user to roles: paths, values, and the two mappings.

mod attribute;
mod groups;
mod overage;
mod path;
mod query;
mod required;
mod role;
mod roles;
mod values;

pub use self::{
    groups::{GroupMapping, GroupRole, GroupSettings, Groups, GroupsUnknown, OtherGroups},
    required::{ClaimProblem, RequiredClaims},
    role::{Role, Roles},
    roles::{
        DangerousRoleSettings, Fallback, RoleDecision, RoleMapping, RoleOutcome, RoleReason, RoleSettings,
    },
    values::ProfileProblem,
};
