//! Checks the subject: the NameID, and a bearer confirmation that fulfills every rule (SAML profiles §4.1.4.2,
//! §4.1.4.3).
//!
//! At least one confirmation by `bearer` must fulfill all of these; confirmations by other methods are ignored.
//!
//! 1. `Recipient` is our assertion consumer service.
//! 2. `NotOnOrAfter` is in the future, and there is no `NotBefore`.
//! 3. `InResponseTo` is the ID of our request, or absent if the response is unsolicited.
//! 4. It names nobody else who may use the assertion (SAML core §2.4.1.1).
//!
//! `BaseID` and `EncryptedID` are not read. A subject that has one is refused, even beside a NameID.

use std::time::SystemTime;

use crate::{
    error::{
        Error,
        ErrorKind::{SamlConfirmationWrong, SamlNameIdInvalid},
    },
    instant,
    response::{name_id::NameId, rules::Rules},
    signature::verified::VerifiedElement,
    xml::namespace::SAML,
};

const BEARER: &str = "urn:oasis:names:tc:SAML:2.0:cm:bearer";

/// The subject of an assertion that has a valid bearer confirmation.
pub(crate) struct Subject<'d> {
    pub(crate) name_id: Option<NameId<'d>>,
    /// The latest `NotOnOrAfter` of its bearer confirmations.
    pub(crate) until: SystemTime,
}

/// Checks the subject, and returns its NameID and until when it is confirmed.
///
/// # Errors
///
/// Returns `SamlNameIdInvalid`, or `SamlConfirmationWrong` with the reason why the last confirmation does not fit.
pub(crate) fn check<'d>(assertion: VerifiedElement<'d>, rules: &Rules<'_>) -> Result<Subject<'d>, Error> {
    let subject = assertion.required(SAML, "Subject", SamlNameIdInvalid)?;
    for other in ["EncryptedID", "BaseID"] {
        if subject.child(SAML, other)?.is_some() {
            return Err(Error::with(SamlNameIdInvalid, format!("{other} is not read: send a NameID")));
        }
    }
    let name_id = subject.child(SAML, "NameID")?.map(NameId::read).transpose()?;
    let (mut fits, mut until, mut problem) = (false, None, "there is none");
    let confirmations = subject.children().filter(|child| child.is(SAML, "SubjectConfirmation"));
    for confirmation in confirmations.filter(|one| one.attribute("Method") == Some(BEARER)) {
        let bound = match confirmation.child(SAML, "SubjectConfirmationData")? {
            Some(data) => data.attribute("NotOnOrAfter").and_then(instant::parse),
            None => None,
        };
        until = until.max(bound);
        match misfit(confirmation, rules)? {
            None => fits = true,
            Some(misfit) => problem = misfit,
        }
    }
    match (fits, until) {
        (true, Some(until)) => Ok(Subject { name_id, until }),
        (true, None) | (false, _) => {
            Err(Error::with(SamlConfirmationWrong, format!("no bearer confirmation fits: {problem}")))
        }
    }
}

/// Returns what is wrong with a bearer confirmation. Its `Address` is ignored: browsers often connect through another
/// address.
fn misfit(confirmation: VerifiedElement<'_>, rules: &Rules<'_>) -> Result<Option<&'static str>, Error> {
    let identifies = |child: VerifiedElement<'_>| {
        ["NameID", "BaseID", "EncryptedID"].iter().any(|name| child.is(SAML, name))
    };
    if confirmation.children().any(identifies) {
        return Ok(Some("it is another's to use"));
    }
    let Some(data) = confirmation.child(SAML, "SubjectConfirmationData")? else {
        return Ok(Some("it has no data"));
    };
    if data.attribute("Recipient") != Some(rules.acs) {
        return Ok(Some("the Recipient is missing or another address"));
    }
    if data.attribute("NotBefore").is_some() {
        return Ok(Some("it has a NotBefore"));
    }
    let Some(bound) = data.attribute("NotOnOrAfter").and_then(instant::parse) else {
        return Ok(Some("NotOnOrAfter is missing or no time"));
    };
    if rules.is_over(bound) {
        return Ok(Some("its NotOnOrAfter is past"));
    }
    if data.attribute("InResponseTo") != rules.request_id() {
        return Ok(Some("its InResponseTo is missing, or answers another request"));
    }
    Ok(None)
}
