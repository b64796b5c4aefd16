//! Single logout (SAML profiles §4.4), both ways, by redirect and by form: messages made, read and verified. Whose
//! sessions end is for the caller to do.

pub(crate) mod exchange;
pub(crate) mod message;
mod read;
