//! Ends the SSO sessions that depend on an email address which no longer belongs to the account.

use tower_sso_core::{AccountId, LookupError, session::RevocationScope};

use crate::{login::email::normalize, revoke, state::Core};

/// Ends the account's SSO sessions that depend on an email address which no longer belongs to the account, and its
/// SSO logins in progress that do. Call this when the account's email addresses have changed and
/// [`Directory::verified_emails`](crate::Directory::verified_emails) returns the new ones. Returns how many sessions
/// ended.
pub(crate) async fn emails_changed(core: &Core, account: &AccountId) -> Result<usize, LookupError> {
    let emails = core.with_timeout(core.directory.verified_emails(account), "emails").await?;
    let mut emails: Vec<_> = emails.iter().filter_map(|email| normalize(email)).collect();
    // Sorted, because the same addresses in another order would leave a second mark.
    emails.sort_unstable();
    emails.dedup();
    revoke::revoke(core, RevocationScope::OtherEmails { account: account.clone(), emails }).await
}
