//! Claims what is accepted only once: SAML's assertions and logout requests.

use std::time::SystemTime;

use tower_sso_core::{Digest, store::ClaimOutcome};

use crate::{
    error::{kind::LoginErrorKind, login_error::LoginError},
    state::Core,
};

/// Claims a value that is accepted only once, across all nodes.
pub(crate) async fn claim_once(core: &Core, key: &Digest, until: SystemTime) -> Result<(), LoginError> {
    match core.with_timeout(core.one_time.claim(key, until, core.now()), "one_time.claim").await? {
        ClaimOutcome::First => Ok(()),
        ClaimOutcome::Again => Err(LoginErrorKind::SamlReplayed.into()),
        ClaimOutcome::Full => Err(LoginErrorKind::StoreFull.into()),
    }
}
