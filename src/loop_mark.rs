//! The mark that detects loops. Finish leaves it; the start page takes it.
//!
//! A loop: an account has just logged in with SSO, and the app or the layer sends it to the start page again, without
//! the session or with a session that is not found. Signing out of SSO removes the mark ([`crate::sessions`]).

use serde::{Deserialize, Serialize};
use tower_sso_core::{AccountId, Credential, Digest, OrgId, session::SsoSession};

use crate::{return_to::ReturnTo, step_up::StepUp};

/// The mark: this account has just logged in with SSO.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct LoopMark {
    /// The page to which the person returned, as [`loop_page`] writes it.
    #[serde(rename = "page")]
    pub(crate) page: String,
    /// The SSO session that was stored, without its credential. If it was revoked since, a new SSO login is not a loop.
    #[serde(rename = "session")]
    pub(crate) session: SsoSession,
}

impl LoopMark {
    pub(crate) fn new(page: String, session: &SsoSession) -> Self {
        // Without the credential, only a revocation of the account, the membership or the organization covers the
        // session. An app that signs the credential out after every SSO login causes a loop, and that must be detected.
        let mut session = session.clone();
        session.credential = Credential::session("");
        Self { page, session }
    }
}

/// Returns the page to which the person returned, with what a handler demanded there. Another demand for the same page
/// is not a loop.
pub(crate) fn loop_page(back: &ReturnTo, step_up: &StepUp) -> String {
    format!("{back}\n{}", step_up.query())
}

/// The key of the mark of an account in an organization.
pub(crate) fn loop_key(organization: &OrgId, account: &AccountId) -> Digest {
    Digest::of("tower-sso loop", &[organization.as_str(), account.as_str()])
}
