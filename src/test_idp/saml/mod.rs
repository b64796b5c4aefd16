//! The same provider by SAML 2.0: metadata, SSO login by the Redirect and POST bindings, SSO login that starts here, single
//! logout both ways.
//!
//! | what | where |
//! |---|---|
//! | who may ask, and the lies | `service_provider`, `lie` |
//! | what is asked and answered | `sso`, `request`, `response`, `answer`, `metadata` |
//! | logout | `slo`, `logout` |
//! | messages by the bindings | `incoming`, `outgoing` |
//! | XML, signatures and encryption of its own | `tree`, `sign`, `verify`, `encrypt`, `public_key` |

mod answer;
mod encrypt;
mod incoming;
pub(crate) mod lie;
pub(crate) mod logout;
#[cfg(test)]
mod logout_tests;
pub(crate) mod metadata;
mod outgoing;
mod public_key;
pub(crate) mod request;
mod response;
pub(crate) mod service_provider;
mod sign;
mod slo;
mod sso;
#[cfg(test)]
mod tests;
mod tree;
mod verify;

pub(super) use self::{
    metadata::metadata,
    service_provider::check,
    slo::{sign_out_everywhere, slo_by_form, slo_by_query},
    sso::{by_form, by_query, finish, start},
};
