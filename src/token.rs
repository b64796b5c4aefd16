//! API tokens, which their owners authorize for an organization. See the [handbook](crate::handbook), *API tokens*.

pub use crate::directory::tokens::{ApiToken, TokenDirectory};
pub use tower_sso_core::CredentialKind;
