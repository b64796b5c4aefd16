//! Metrics. With the feature `metrics` they are recorded with the `metrics` facade, otherwise nothing is recorded.

#[cfg_attr(feature = "metrics", path = "by_facade.rs")]
#[cfg_attr(not(feature = "metrics"), path = "nothing.rs")]
pub(crate) mod measures;

#[cfg(any(feature = "oidc", feature = "saml"))]
pub(crate) use self::measures::called;
