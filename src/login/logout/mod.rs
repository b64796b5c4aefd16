//! SAML single logout (SAML profiles §4.4): logouts that the provider requests, and logouts that begin here.
//!
//! The SSO session here always ends first. Nothing that the provider or the app does later brings it back: a failure is
//! recorded, and the provider is told that not everything ended.
//!
//! | what | where |
//! |---|---|
//! | a viewer logs out here, and the provider's answer to our request | `begun_here` |
//! | messages from the provider; its logout requests | `from_provider` |
//! | which sessions a request names, and whether all of them ended | `ending` |
//! | the app is told, and may end its app sessions | `tell_app` |

pub(crate) mod begun_here;
pub(crate) mod ending;
pub(crate) mod from_provider;
pub(crate) mod tell_app;
