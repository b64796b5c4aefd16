//! Claims what is accepted only once: SAML assertions and logout requests. The claim is a mark in the one-time store.

use std::time::SystemTime;

use tower_sso_core::{
    Digest, OrgId,
    store::{Claim, ClaimOutcome},
};

use crate::{
    error::{kind::LoginErrorKind, login_error::LoginError},
    state::Core,
};

/// Claims a value in the store, across all nodes. Returns `SamlReplayed` if it was claimed before.
pub(crate) async fn claim_once(
    core: &Core,
    organization: &OrgId,
    key: Digest,
    until: SystemTime,
) -> Result<(), LoginError> {
    let claim = Claim::new(key, organization.clone(), core.now(), until);
    match core.with_timeout(core.one_time.claim(&claim), "one_time.claim").await? {
        ClaimOutcome::First => Ok(()),
        ClaimOutcome::Again => Err(LoginErrorKind::SamlReplayed.into()),
        ClaimOutcome::Full => Err(LoginErrorKind::StoreFull.into()),
    }
}
