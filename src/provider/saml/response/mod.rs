//! Checks a response (SAML profiles §4.1.4). Only verified elements can make it valid.
//!
//! If the response is unsigned and only its assertion is signed, the content around the assertion is never trusted.
//! It can only cause a refusal.

mod attributes;
mod authn;
mod conditions;
mod email;
pub(crate) mod envelope;
pub(crate) mod name_id;
mod subject;

use std::time::{Duration, SystemTime};

use tower_sso_core::{Protocol, internal::later};

use crate::{
    error::login_error::LoginError,
    identity::{IdentityFields, Profile, VerifiedIdentity},
    provider::saml::{
        choices::NameIdPolicy,
        login::{Received, Replay, SamlLogin},
        open::Opened,
    },
};

pub(super) use self::envelope::refused;

/// How long ago an assertion may have been issued. The browser forwards it immediately.
const ISSUED: Duration = Duration::from_secs(15 * 60);

/// The rules by which a response is checked.
pub(super) struct Rules<'a> {
    pub(super) idp_entity_id: &'a str,
    pub(super) sp_entity_id: &'a str,
    pub(super) acs: &'a str,
    /// The login whose request the response answers, or `None` if it is unsolicited.
    pub(super) login: Option<&'a SamlLogin>,
    pub(super) contexts: &'a [String],
    /// How long ago the user may have authenticated at the provider.
    pub(super) max_age: Option<Duration>,
    pub(super) leeway: Duration,
    pub(super) name_id: NameIdPolicy,
    pub(super) subject_attribute: Option<&'a str>,
    pub(super) email_attributes: &'a [String],
    pub(super) now: SystemTime,
}

impl Rules<'_> {
    /// Returns whether the time is in the future by more than the leeway.
    fn is_ahead(&self, at: SystemTime) -> bool {
        at > later(self.now, self.leeway)
    }

    /// Returns whether an exclusive upper bound (`NotOnOrAfter`) was reached more than the leeway ago.
    fn is_over(&self, bound: SystemTime) -> bool {
        later(bound, self.leeway) <= self.now
    }

    /// Returns the ID of the request that is answered.
    fn request_id(&self) -> Option<&str> {
        self.login.map(|login| login.request_id.as_str())
    }
}

/// Checks a response and returns the identity that it vouches for.
///
/// # Errors
///
/// Returns a specific kind for each check of the profile.
pub(super) fn judge(opened: &Opened<'_>, rules: &Rules<'_>) -> Result<Received, LoginError> {
    envelope::check(opened, rules)?;
    let assertion = opened.assertion;
    envelope::check_assertion(assertion, rules)?;
    let subject = subject::check(assertion, rules)?;
    let conditions = conditions::check(assertion, rules)?;
    let authn = authn::check(assertion, rules)?;
    let attributes = attributes::read(assertion)?;
    let name_id = subject.name_id;
    let (scope, subject_id) = name_id::identify(name_id.as_ref(), &attributes, rules)?;
    let link = name_id::link(&scope, &subject_id, rules);
    let (email, email_verified) = email::find(&attributes, name_id.as_ref(), rules.email_attributes);
    // Until when the checks above would accept the assertion. This depends only on the assertion, and is therefore
    // the same each time.
    let until = [Some(later(conditions.issued_at, ISSUED)), conditions.not_on_or_after, Some(subject.until)];
    let until = until.into_iter().flatten().min().unwrap_or(rules.now);
    let replay = Replay {
        id: format!("{} {}", rules.idp_entity_id, assertion.attribute("ID").unwrap_or_default()),
        until: later(until, rules.leeway),
    };
    let identity = VerifiedIdentity(IdentityFields {
        protocol: Protocol::Saml,
        scope,
        subject: subject_id,
        link: Some(link),
        email,
        email_verified,
        profile: Profile::new(name_id::with_profile(attributes, name_id.as_ref())),
        logged_in_at: Some(authn.logged_in_at),
        context_class: authn.context_class,
        idp_session: authn.session_index,
        session_until: authn.session_until,
    });
    Ok(Received { identity, replay, issued_at: conditions.issued_at })
}
