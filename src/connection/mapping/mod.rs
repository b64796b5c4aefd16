//! Maps the profile that a provider sends to roles: paths, values, and the role and group mappings.

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
