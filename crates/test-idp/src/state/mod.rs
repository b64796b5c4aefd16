//! What the provider remembers between requests. Records only: nothing here reads a request or writes an answer.

pub(crate) mod authorization;
pub(crate) mod code;
pub(crate) mod logout;
pub(crate) mod pending;
pub(crate) mod saml_request;
pub(crate) mod session;
