//! Checks a response (SAML profiles §4.1.4). Only verified elements can make it valid.
//!
//! If the response is unsigned and only its assertion is signed, the content around the assertion is never trusted.
//! It can only cause a refusal.

mod attributes;
mod authn;
mod conditions;
mod email;
pub(crate) mod envelope;
pub(crate) mod name_id;
pub(crate) mod rules;
mod subject;
pub(crate) mod validate;
