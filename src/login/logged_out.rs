//! Tells the host about logouts that the host did not begin itself.

use std::collections::HashSet;

use crate::{
    audit::{AuditEvent, action::Action, reference::Reference},
    directory::{
        CredentialKind,
        logout::{Logout, LogoutOutcome},
    },
    id::OrgId,
    lookup::LookupError,
    session::store::RevocationScope,
    sso::Sso,
};

impl Sso {
    /// Tells the host which SSO sessions ended. If the host then signs out the app sessions, ends everything else
    /// that belongs to them. Returns whether all of this succeeded. A failure is recorded, and the sessions stay
    /// ended.
    pub(crate) async fn tell_host(&self, logout: &Logout) -> bool {
        if logout.ended.is_empty() {
            return true;
        }
        match self.within(self.core().directory.logged_out(logout), "logged_out").await {
            Ok(LogoutOutcome::Kept) => true,
            Ok(LogoutOutcome::SignedOut) => self.end_logins(logout).await,
            Err(error) => {
                self.note_failed(&logout.organization, "logged_out", &error);
                false
            }
        }
    }

    /// Ends the other SSO sessions of the app sessions that the host has signed out.
    async fn end_logins(&self, logout: &Logout) -> bool {
        let credentials = logout.ended.iter().map(|session| &session.credential);
        let logins: HashSet<_> = credentials.filter(|it| it.kind == CredentialKind::Session).collect();
        let mut all = true;
        for login in logins {
            if let Err(error) = self.end(RevocationScope::Credential(login.clone())).await {
                self.note_failed(&logout.organization, "session.revoke", &error);
                all = false;
            }
        }
        all
    }

    /// Records a failed lookup after which the visitor's request continues.
    pub(super) fn note_failed(&self, organization: &OrgId, verb: &'static str, error: &LookupError) {
        let action = Action::LookupFailed { verb, detail: error.to_string() };
        let reference = Reference::new().unwrap_or_else(|_| Reference::none());
        let event = AuditEvent::new(self.core().now(), reference, action);
        self.core().record(event.organization(organization));
    }
}
