//! Ends SSO sessions whose email address no longer belongs to the account.

use crate::{id::AccountId, login::email::normalize, session::store::RevocationScope, sso::Sso};

impl Sso {
    /// Ends the account's SSO sessions that depend on an email address which no longer belongs to the account, and
    /// such SSO logins in progress. Call this when the account's email addresses have changed and
    /// [`Directory::emails`] returns the new ones. Returns how many sessions ended.
    ///
    /// [`Directory::emails`]: crate::Directory::emails
    ///
    /// # Errors
    ///
    /// Returns an error if the host or the store fails. The sessions may then still be active: try again.
    pub async fn emails_changed(&self, account: &AccountId) -> Result<usize, crate::lookup::Error> {
        let emails = self.within(self.core().directory.emails(account), "emails").await?;
        let mut emails: Vec<_> = emails.iter().filter_map(|email| normalize(email)).collect();
        // Sort the addresses, so that the same addresses in another order do not leave another mark.
        emails.sort_unstable();
        emails.dedup();
        self.revoke(RevocationScope::OtherEmails { account: account.clone(), emails }).await
    }
}
