//! Maps the provider's profile to a role in the organization and to roles in its resource groups. See the
//! [handbook](crate::handbook), *Roles*.
//!
//! - A mapping names an attribute of the profile, and which of its values gives which role ([`RoleSettings`],
//!   [`GroupSettings`]). If several values match, the most privileged role wins.
//! - If the profile cannot be read, or the provider left the attribute out because of its length, the role is
//!   *unknown*, and the account keeps its current role.
//! - The roles are `read`, `contributor`, `write` and `admin`, or the app's own ([`Roles::new`]).
//! - Each SSO login evaluates the mapping anew. [`RoleMapping::evaluate`] makes the same decision for a profile to try.
//!
//! ```
//! use tower_sso::{ConnectionSettings, connection::Enforcement, identity::Profile, roles::RoleSettings};
//! # use tower_sso::oidc::{ClientAuthentication, ClientId, OidcSettings};
//! # let provider = OidcSettings::new("https://login.acme.example", ClientId::new("hub"), ClientAuthentication::None);
//!
//! let roles = RoleSettings::new("groups").default_role("read").role("admin", ["hub-admins"]).role("write", ["hub-developers"]);
//! let acme = ConnectionSettings::oidc("1", Enforcement::Enforced, provider).roles(roles).build()?;
//!
//! let profile: Profile = serde_json::from_str(r#"{"groups": ["everybody", "hub-developers"]}"#)?;
//! let decision = acme.roles().ok_or("no mapping")?.evaluate(&profile, None);
//! assert_eq!(decision.role().map(|role| role.name()), Some("write"));
//! assert_eq!(decision.to_string(), r#"write, by the value "hub-developers" of groups"#);
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

pub use crate::connection::mapping::{
    groups::{GroupMapping, GroupRole, GroupSettings, Groups, GroupsUnknown, OtherGroups},
    role::{Role, Roles},
    role_decision::{Fallback, RoleDecision, RoleOutcome, RoleReason},
    role_settings::{DangerousRoleSettings, RoleSettings},
    roles::RoleMapping,
    values::ProfileProblem,
};
pub use tower_sso_core::GroupId;
