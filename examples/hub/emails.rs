//! An account's email addresses.

use std::sync::{PoisonError, RwLock};

/// All verified, as far as the hub goes. They can be removed, and none is added: an app that lets them be added sends a
/// message to each first.
pub(crate) struct Emails(RwLock<Vec<String>>);

impl Emails {
    pub(crate) fn new(emails: Vec<String>) -> Self {
        Self(RwLock::new(emails))
    }

    pub(crate) fn all(&self) -> Vec<String> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn first(&self) -> String {
        self.all().into_iter().next().unwrap_or_default()
    }

    pub(crate) fn has(&self, email: &str) -> bool {
        let emails = self.0.read().unwrap_or_else(PoisonError::into_inner);
        emails.iter().any(|it| it.eq_ignore_ascii_case(email))
    }

    /// Removes an address; the last one stays.
    pub(crate) fn remove(&self, email: &str) {
        let mut emails = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if emails.len() > 1 {
            emails.retain(|it| it != email);
        }
    }
}
