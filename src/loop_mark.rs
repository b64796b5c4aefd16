//! The mark that detects loops: an account that has just logged in with SSO is sent to the start page again.

use serde::{Deserialize, Serialize};
use tower_sso_core::{AccountId, Credential, Digest, OrgId, ReturnPath, session::SsoSession};

use crate::step_up::StepUp;

/// The mark that detects loops: it says that an account has just logged in with SSO.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct LoopMark {
    /// The page to which the person returned: see [`loop_page`].
    #[serde(rename = "page")]
    pub(crate) page: String,
    /// The session that the account has now, in the form in which a revocation of the account, the membership or the
    /// organization covers it.
    #[serde(rename = "session")]
    pub(crate) session: SsoSession,
}

impl LoopMark {
    pub(crate) fn new(page: String, session: &SsoSession) -> Self {
        // The credential is left empty, so that a revocation of the credential does not clear the mark. Some hosts
        // sign the credential out after every SSO login, and that is a loop.
        let mut session = session.clone();
        session.credential = Credential::session("");
        Self { page, session }
    }
}

/// The page to which the person returned, with what was demanded there. If a handler demands more than the previous
/// SSO login gave, that is not a loop.
pub(crate) fn loop_page(back: &ReturnPath, asked: &StepUp) -> String {
    format!("{back}\n{}", asked.query())
}

/// The key of the mark that says that this account has just logged in with SSO to this organization.
pub(crate) fn loop_key(organization: &OrgId, account: &AccountId) -> Digest {
    Digest::of("tower-sso loop", &[organization.as_str(), account.as_str()])
}
