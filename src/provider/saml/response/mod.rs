//! What a response has to say (SAML profiles §4.1.4), judged from verified elements alone.
//!
//! What an unsigned response says around its signed assertion may refuse, and is never believed.

mod attributes;
mod authn;
mod conditions;
mod email;
mod envelope;
mod name_id;
mod subject;

use std::time::{Duration, SystemTime};

use crate::{
    identity::{IdentityFields, Profile, Protocol, VerifiedIdentity},
    login::LoginError,
    provider::saml::{
        NameIdPolicy, Opened, Received, Replay, SamlLogin, VerifiedElement, instant,
        namespace::{SAML, SAMLP},
    },
    store::LinkScope,
    time::later,
};

pub(super) use self::{
    envelope::refused,
    name_id::{NameId, attribute_scope},
};

/// How long ago an assertion may have been issued: it travels at once, by a browser that has nothing else to do.
const ISSUED: Duration = Duration::from_secs(15 * 60);

/// What a response is judged by.
pub(super) struct Rules<'a> {
    pub(super) idp_entity_id: &'a str,
    pub(super) sp_entity_id: &'a str,
    pub(super) acs: &'a str,
    /// The request that it answers; none: nobody asked.
    pub(super) login: Option<&'a SamlLogin>,
    pub(super) contexts: &'a [String],
    /// How old the SSO login at the provider may be.
    pub(super) max_age: Option<Duration>,
    pub(super) leeway: Duration,
    pub(super) name_id: NameIdPolicy,
    pub(super) subject_attribute: Option<&'a str>,
    pub(super) email_attributes: &'a [String],
    pub(super) now: SystemTime,
}

impl Rules<'_> {
    /// Whether the time is ahead, as far as clocks can be trusted.
    fn is_ahead(&self, at: SystemTime) -> bool {
        at > later(self.now, self.leeway)
    }

    /// Whether a bound that is no longer part of its span (`NotOnOrAfter`) has been reached.
    fn is_over(&self, bound: SystemTime) -> bool {
        later(bound, self.leeway) <= self.now
    }

    /// The ID of the request that is answered.
    fn request_id(&self) -> Option<&str> {
        self.login.map(|login| login.request_id.as_str())
    }
}

/// Makes an identity of a response, or names the one thing that is wrong with it.
///
/// # Errors
///
/// One kind for each check of the profile.
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
    // From the assertion alone, the same each time: until when the checks above would let it pass.
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
