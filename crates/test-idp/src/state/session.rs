//! A user's sign-in at the provider with one browser.

use std::time::SystemTime;

/// A user's sign-in with one browser.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// The index of the user in the settings.
    pub(crate) user: usize,
    pub(crate) auth_time: SystemTime,
    pub(crate) sid: String,
}
