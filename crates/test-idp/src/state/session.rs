//! A sign-in at the provider, by one browser.

use std::time::SystemTime;

/// A browser's sign-in.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// The user's place in the settings.
    pub(crate) user: usize,
    pub(crate) auth_time: SystemTime,
    pub(crate) sid: String,
}
