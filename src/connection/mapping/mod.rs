//! Maps the profile that a provider sends to roles: paths, values, and the role and group mappings.

mod attribute;
mod groups;
mod overage;
mod path;
mod query;
mod required;
mod role;
mod role_decision;
mod role_settings;
mod roles;
mod values;

pub use self::{
    groups::{GroupMapping, GroupRole, GroupSettings, Groups, GroupsUnknown, OtherGroups},
    required::{ClaimProblem, RequiredClaims},
    role::{Role, Roles},
    role_decision::{Fallback, RoleDecision, RoleOutcome, RoleReason},
    role_settings::{DangerousRoleSettings, RoleSettings},
    roles::RoleMapping,
    values::ProfileProblem,
};
