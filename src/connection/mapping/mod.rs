//! Maps the profile that a provider sends to a role in the organization and to roles in resource groups, and checks the
//! claims that a connection requires. Everything here is pure: a profile and settings in, a decision with its reason
//! out.
//!
//! Attributes are read by a path and compared exactly. If the provider left an attribute out because of its length, or
//! if the profile cannot be read, the decision is "unknown" and nothing changes: incomplete data must not take a role
//! away.
//!
//! | what | where |
//! |---|---|
//! | the app's roles and their order | `role` |
//! | the role in the organization | `role_settings`, checked into `roles`; its result `role_decision` |
//! | roles in resource groups | `groups` |
//! | required claims | `required` |
//! | reading an attribute | `attribute`: `path` (and `query`, a JSONPath), then `values`; `overage` detects what was left out |

mod attribute;
pub(crate) mod groups;
mod overage;
mod path;
mod query;
pub(crate) mod required;
pub(crate) mod role;
pub(crate) mod role_decision;
pub(crate) mod role_settings;
pub(crate) mod roles;
pub(crate) mod values;
