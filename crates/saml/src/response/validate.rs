//! Runs every check of a response, and collects the content of its assertion.
//!
//! Only this module makes a `VerifiedAssertion`, and only after every check except the one for replay.

use std::time::SystemTime;

use serde_json::{Map, Value};
use tower_sso_core::{EmailVerified, internal::later};

use crate::{
    error::Error,
    login::Replay,
    open::Opened,
    response::{
        attributes, authn, conditions, email, envelope, name_id,
        rules::{MAX_ASSERTION_AGE, Rules},
        subject,
    },
    scope::SubjectScope,
};

/// The content of an assertion that passed every check except one: that the assertion was not used before. Only
/// `validate_response` creates it.
#[derive(Clone, Debug)]
pub struct VerifiedAssertion(AssertionParts);

/// The parts of an assertion. They do not prove that anything was verified.
#[derive(Clone, Debug)]
pub struct AssertionParts {
    /// The scope in which the subject is unique.
    pub scope: SubjectScope,
    /// What identifies the user within the scope: the NameID, or the value of an attribute if the settings say so.
    pub subject: String,
    /// The scope and the subject by which an account is linked. The response can't change this scope.
    pub link: (SubjectScope, String),
    /// The email address, if the assertion contains one.
    pub email: Option<String>,
    /// Whether the provider vouches for the email address.
    pub email_verified: EmailVerified,
    /// Every attribute, and the NameID.
    pub attributes: Map<String, Value>,
    /// `AuthnInstant`.
    pub logged_in_at: SystemTime,
    /// `AuthnContextClassRef`.
    pub context_class: Option<String>,
    /// `SessionIndex`.
    pub session_index: Option<String>,
    /// `SessionNotOnOrAfter`.
    pub session_until: Option<SystemTime>,
    /// What must be marked as used before the assertion counts.
    pub replay: Replay,
    /// When the provider made the assertion.
    pub issued_at: SystemTime,
}

impl VerifiedAssertion {
    /// Returns the parts.
    pub fn into_parts(self) -> AssertionParts {
        self.0
    }
}

/// Checks a response and returns the identity that it vouches for.
///
/// # Errors
///
/// Returns a specific kind for each check of the profile.
pub(crate) fn validate_response(opened: &Opened<'_>, rules: &Rules<'_>) -> Result<VerifiedAssertion, Error> {
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
    // The time until which the checks above would accept the assertion. It depends only on the assertion, and is
    // therefore the same each time.
    let until = [
        Some(later(conditions.issued_at, MAX_ASSERTION_AGE)),
        conditions.not_on_or_after,
        Some(subject.until),
    ];
    let until = until.into_iter().flatten().min().unwrap_or(rules.now);
    let replay = Replay {
        id: format!("{} {}", rules.idp_entity_id, assertion.attribute("ID").unwrap_or_default()),
        until: later(until, rules.leeway),
    };
    Ok(VerifiedAssertion(AssertionParts {
        scope,
        subject: subject_id,
        link,
        email,
        email_verified,
        attributes: name_id::with_profile(attributes, name_id.as_ref()),
        logged_in_at: authn.logged_in_at,
        context_class: authn.context_class,
        session_index: authn.session_index,
        session_until: authn.session_until,
        replay,
        issued_at: conditions.issued_at,
    }))
}
