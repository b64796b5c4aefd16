//! What is counted and timed. With the feature `metrics` by the facade of that name, otherwise not at all.

#[cfg_attr(feature = "metrics", path = "by_facade.rs")]
#[cfg_attr(not(feature = "metrics"), path = "nothing.rs")]
mod measures;

#[cfg(any(feature = "oidc", feature = "saml"))]
pub(crate) use self::measures::called;
pub(crate) use self::measures::{awaited, challenged, describe, looked_up, misplaced, sink};
