//! API tokens, which their owner authorizes for an organization. See [the handbook](crate::handbook::tokens).

pub use crate::directory::{ApiToken, CredentialKind};
