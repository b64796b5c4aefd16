//! SAML single logout (SAML profiles §4.4): logouts that the provider requests, and logouts that begin here.
//!
//! The SSO session here always ends first. What the provider or the app does after that brings no session back: a
//! failure is recorded, and the provider is told that not everything ended.

pub(crate) mod begun_here;
pub(crate) mod ending;
pub(crate) mod from_provider;
pub(crate) mod tell_app;
