//! API tokens, which their owners authorize for an organization. See [the handbook](crate::handbook::tokens).

pub use crate::{
    credential::CredentialKind,
    directory::tokens::{ApiToken, TokenDirectory},
};
