//! Checks the conditions (SAML core §2.5.1): when the assertion is valid, and for whom.
//!
//! 1. `NotBefore` and `NotOnOrAfter` may be absent. If both are there, the first is before the second.
//! 2. The leeway of the settings applies to both.
//! 3. There is at least one `AudienceRestriction`, and every one of them must name our entity ID (§2.5.1.4, profiles
//!    §4.1.4.2).
//! 4. `OneTimeUse` and `ProxyRestriction` are always fulfilled. An unknown condition is refused (§2.5.1.1).

use std::time::SystemTime;

use crate::{
    error::{
        Error,
        ErrorKind::{SamlAudienceWrong, SamlConditionInvalid, SamlExpired, SamlNotYetValid},
    },
    instant,
    response::{envelope, rules::Rules},
    signature::verified::VerifiedElement,
    xml::namespace::SAML,
};

/// The time bounds of a valid assertion.
pub(crate) struct Bounds {
    pub(crate) issued_at: SystemTime,
    pub(crate) not_on_or_after: Option<SystemTime>,
}

/// Checks the conditions, and returns when the assertion was issued and until when it is valid.
///
/// # Errors
///
/// Returns `SamlIssueInstantWrong`, `SamlConditionInvalid`, `SamlNotYetValid`, `SamlExpired` or `SamlAudienceWrong`.
pub(crate) fn check(assertion: VerifiedElement<'_>, rules: &Rules<'_>) -> Result<Bounds, Error> {
    let issued_at = envelope::issued_at(assertion, rules)?;
    // Without conditions the assertion has no audience.
    let conditions = assertion.required(SAML, "Conditions", SamlAudienceWrong)?;
    let bound = |name: &str| match conditions.attribute(name) {
        None => Ok(None),
        Some(text) => instant::parse(text)
            .map(Some)
            .ok_or_else(|| Error::with(SamlConditionInvalid, format!("{name} is no time: {text:?}"))),
    };
    let (not_before, not_on_or_after) = (bound("NotBefore")?, bound("NotOnOrAfter")?);
    if let (Some(from), Some(to)) = (not_before, not_on_or_after)
        && from >= to
    {
        return Err(Error::with(SamlConditionInvalid, "NotBefore is not before NotOnOrAfter"));
    }
    if not_before.is_some_and(|from| rules.is_ahead(from)) {
        return Err(SamlNotYetValid.into());
    }
    if not_on_or_after.is_some_and(|to| rules.is_over(to)) {
        return Err(SamlExpired.into());
    }
    let mut restrictions = 0;
    for condition in conditions.children() {
        if condition.is(SAML, "AudienceRestriction") {
            check_audience(condition, rules)?;
            restrictions += 1;
        } else if !condition.is(SAML, "OneTimeUse") && !condition.is(SAML, "ProxyRestriction") {
            // §2.5.1.1 (3): a condition that is not understood is not fulfilled. `OneTimeUse` and `ProxyRestriction`
            // are always fulfilled: each assertion is used once, and never proxied.
            let problem = format!("an unknown condition: {}", condition.local());
            return Err(Error::with(SamlConditionInvalid, problem));
        }
    }
    if restrictions == 0 {
        return Err(Error::with(SamlAudienceWrong, "no AudienceRestriction"));
    }
    Ok(Bounds { issued_at, not_on_or_after })
}

/// §2.5.1.4: one of the audiences must be this app.
fn check_audience(restriction: VerifiedElement<'_>, rules: &Rules<'_>) -> Result<(), Error> {
    let mut others = Vec::new();
    for audience in restriction.children().filter(|child| child.is(SAML, "Audience")) {
        match audience.text()? {
            text if text == rules.sp_entity_id => return Ok(()),
            text => others.push(text),
        }
    }
    let problem = format!("found {others:?}, expected {:?}", rules.sp_entity_id);
    Err(Error::with(SamlAudienceWrong, problem))
}
