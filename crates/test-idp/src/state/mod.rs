//! What the provider remembers between requests. These modules contain only records: they read no request and write no
//! response.

pub(crate) mod authorization;
pub(crate) mod code;
pub(crate) mod logout;
pub(crate) mod pending;
pub(crate) mod saml_request;
pub(crate) mod session;
