//! The same provider by SAML 2.0: metadata, sign-on by the Redirect and POST bindings, sign-on that starts here.
//!
//! | what | where |
//! |---|---|
//! | who may ask, and the lies | `service_provider`, `lie` |
//! | what is asked and answered | `sso`, `request`, `response`, `answer`, `metadata` |
//! | XML, signatures and encryption of its own | `tree`, `sign`, `verify`, `encrypt`, `public_key` |

mod answer;
mod encrypt;
mod lie;
mod metadata;
mod public_key;
mod request;
mod response;
mod service_provider;
mod sign;
mod sso;
#[cfg(test)]
mod tests;
mod tree;
mod verify;

pub use self::{
    lie::{SamlForgery, SamlLie},
    service_provider::{SamlCipher, SamlSigned, TestServiceProvider},
};
pub(super) use self::{
    metadata::{metadata, start_url},
    request::SamlRequest,
    service_provider::check,
    sso::{by_form, by_query, finish, start},
};
