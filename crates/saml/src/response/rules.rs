//! The rules by which a response is checked: the two parties, the pending login, the settings and the time.
//!
//! The clocks may differ by the leeway, which the comparisons here apply.

use std::time::{Duration, SystemTime};

use tower_sso_core::internal::later;

use crate::{choices::NameIdPolicy, login::SamlLogin};

/// How long ago an assertion may have been issued. The browser forwards it immediately.
pub(crate) const MAX_ASSERTION_AGE: Duration = Duration::from_secs(15 * 60);

/// The facts that a response is checked against.
pub(crate) struct Rules<'a> {
    pub(crate) idp_entity_id: &'a str,
    pub(crate) sp_entity_id: &'a str,
    pub(crate) acs: &'a str,
    /// The login whose request the response answers, or `None` if it is unsolicited.
    pub(crate) login: Option<&'a SamlLogin>,
    pub(crate) contexts: &'a [String],
    /// How long ago the user may have authenticated at the provider.
    pub(crate) max_age: Option<Duration>,
    pub(crate) leeway: Duration,
    pub(crate) name_id: NameIdPolicy,
    pub(crate) subject_attribute: Option<&'a str>,
    pub(crate) email_attributes: &'a [String],
    pub(crate) now: SystemTime,
}

impl Rules<'_> {
    /// Returns whether the time is in the future by more than the leeway.
    pub(crate) fn is_ahead(&self, at: SystemTime) -> bool {
        at > later(self.now, self.leeway)
    }

    /// Returns whether an exclusive upper bound (`NotOnOrAfter`) was reached more than the leeway ago.
    pub(crate) fn is_over(&self, bound: SystemTime) -> bool {
        later(bound, self.leeway) <= self.now
    }

    /// Returns the ID of the request that is answered.
    pub(crate) fn request_id(&self) -> Option<&str> {
        self.login.map(|login| login.request_id.as_str())
    }
}
