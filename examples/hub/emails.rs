//! An account's email addresses.

use std::sync::{PoisonError, RwLock};

/// All addresses count as verified. A user can remove an address but not add one: an app that lets users add an address
/// sends a message to it first.
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

    /// Returns the addresses without this one, or all of them if it is the last one.
    pub(crate) fn without(&self, email: &str) -> Vec<String> {
        let mut emails = self.all();
        if emails.len() > 1 {
            emails.retain(|it| it != email);
        }
        emails
    }

    pub(crate) fn set(&self, emails: Vec<String>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = emails;
    }
}
