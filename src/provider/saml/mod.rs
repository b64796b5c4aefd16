//! SAML 2.0: the Web Browser SSO profile, as a service provider.
//!
//! | what | where |
//! |---|---|
//! | settings, given and parsed | `settings`, `document`, `build` |
//! | the two halves of a sign-on | `provider`, `login` |

#![cfg_attr(not(test), allow(dead_code))] // Until the sign-on calls it.

mod build;
mod document;
mod login;
mod provider;
mod settings;

pub use self::{
    document::SamlDocument,
    settings::{DangerousSamlSettings, IdpSource, NameIdPolicy, RequestBinding, SamlSettings},
};
pub(crate) use self::{
    login::{Asked, AuthnAsk, Outgoing, Received, Replay, SamlLogin, SpAddresses},
    provider::SamlProvider,
};
