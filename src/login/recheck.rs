//! An account's email addresses changed: SSO logins that stood on another one end.

use super::email::normalize;
use crate::{AccountId, Sso, session::RevocationScope};

impl Sso {
    /// The account's email addresses changed: its SSO sessions whose SSO login stood on an address that is none of them
    /// any more end, and so do such SSO logins that are under way. Call it once [`Directory::emails`] answers with the
    /// new ones. Answers how many sessions were ended.
    ///
    /// [`Directory::emails`]: crate::Directory::emails
    ///
    /// # Errors
    ///
    /// When the host or the store can't tell. The sessions may then still stand: try again.
    pub async fn emails_changed(&self, account: &AccountId) -> Result<usize, crate::Error> {
        let emails = self.within(self.core().directory.emails(account), "emails").await?;
        let mut emails: Vec<_> = emails.iter().filter_map(|email| normalize(email)).collect();
        // In one order: the same addresses again leave no mark of their own.
        emails.sort_unstable();
        emails.dedup();
        self.revoke(RevocationScope::OtherEmails { account: account.clone(), emails }).await
    }
}
