//! Metrics: counts and durations.
//!
//! `measures` is one of two files with the same functions. With the feature `metrics` it is `by_facade.rs`, which
//! records with the `metrics` facade. Without the feature it is `disabled.rs`, which records nothing.

#[cfg_attr(feature = "metrics", path = "by_facade.rs")]
#[cfg_attr(not(feature = "metrics"), path = "disabled.rs")]
pub(crate) mod measures;

#[cfg(any(feature = "oidc", feature = "saml"))]
pub(crate) use self::measures::called;
