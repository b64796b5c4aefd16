//! Single logout in both directions (SAML profiles §4.4), by the HTTP Redirect and the HTTP POST binding.
//!
//! This module makes, reads and verifies the messages. The caller ends the sessions that a message names.

pub(crate) mod exchange;
pub(crate) mod message;
mod read;
