//! Checks the response around the assertion, and the beginning of the assertion: status, issuers, destination, and
//! the request that is answered.
//!
//! | value | of the response | of the assertion | section |
//! |---|---|---|---|
//! | `Status` | success | | core §3.2.2 |
//! | `Issuer` | the provider's entity ID; required if the response is signed or the assertion encrypted | required | profiles §4.1.4.2 |
//! | `Destination` | our assertion consumer service; required in the same cases | | bindings §3.5.5.2 |
//! | `InResponseTo` | the ID of our request; absent if the response is unsolicited | in its confirmation | core §3.2.2 |
//! | `IssueInstant` | at most 15 minutes ago, and not before our request | the same | core §1.3.3 |
//!
//! An unsigned response may omit what it need not say, but nothing in it may be wrong. No identity is read from it.

use std::time::SystemTime;

use tower_sso_core::internal::later;

use crate::{
    error::{
        Error,
        ErrorKind::{
            SamlDestinationWrong, SamlInResponseToWrong, SamlIssueInstantWrong, SamlIssuerWrong,
            SamlStatusFailed,
        },
    },
    instant,
    open::Opened,
    response::rules::{MAX_ASSERTION_AGE, Rules},
    signature::verified::VerifiedElement,
    tree::Tree,
    xml::namespace::{SAML, SAMLP},
};

const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
const ENTITY: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity";

/// Checks the response element.
///
/// # Errors
///
/// Returns `SamlStatusFailed` with the provider's words, `SamlIssuerWrong`, `SamlDestinationWrong`,
/// `SamlInResponseToWrong` or `SamlIssueInstantWrong`.
pub(crate) fn check(opened: &Opened<'_>, rules: &Rules<'_>) -> Result<(), Error> {
    let response = opened.response;
    if let Some(error) = refused(response)? {
        return Err(error);
    }
    // SAML profiles §4.1.4.2, bindings §3.5.5.2. Only the issuer and the destination bind an encrypted assertion to its
    // response.
    let required = opened.signed_response.is_some() || opened.was_encrypted;
    match response.child(SAML, "Issuer")? {
        Some(issuer) => check_issuer(issuer.text()?, issuer.attribute("Format"), rules)?,
        None if required => return Err(Error::with(SamlIssuerWrong, "the response has no Issuer")),
        None => {}
    }
    match response.attribute("Destination") {
        Some(destination) if destination == rules.acs => {}
        Some(destination) => {
            let problem = format!("the response's Destination is {destination:?}, expected {:?}", rules.acs);
            return Err(Error::with(SamlDestinationWrong, problem));
        }
        None if required => return Err(Error::with(SamlDestinationWrong, "the response has none")),
        None => {}
    }
    // SAML core §3.2.2, profiles §4.1.5: an unsolicited response has no `InResponseTo`.
    if response.attribute("InResponseTo") != rules.request_id() {
        return Err(Error::with(SamlInResponseToWrong, "the response's InResponseTo"));
    }
    check_issue_instant("the response", response.attribute("IssueInstant"), rules).map(|_| ())
}

/// Checks the assertion's issuer (SAML core §2.3.3).
///
/// # Errors
///
/// Returns `SamlIssuerWrong`.
pub(crate) fn check_assertion(assertion: VerifiedElement<'_>, rules: &Rules<'_>) -> Result<(), Error> {
    let issuer = assertion.required(SAML, "Issuer", SamlIssuerWrong)?;
    check_issuer(issuer.text()?, issuer.attribute("Format"), rules)
}

/// Returns when the assertion was issued.
///
/// # Errors
///
/// Returns `SamlIssueInstantWrong`.
pub(crate) fn issued_at(assertion: VerifiedElement<'_>, rules: &Rules<'_>) -> Result<SystemTime, Error> {
    check_issue_instant("the assertion", assertion.attribute("IssueInstant"), rules)
}

/// Returns the error for a response whose status is not success, or `None` for success (SAML core §3.2.2). The
/// provider's text is for the operator.
///
/// # Errors
///
/// Returns `SamlStatusFailed` if the status cannot be read.
pub(crate) fn refused<'d>(response: impl Tree<'d>) -> Result<Option<Error>, Error> {
    let status = response.required(SAMLP, "Status", SamlStatusFailed)?;
    let code = status.required(SAMLP, "StatusCode", SamlStatusFailed)?;
    let value = code.attribute("Value").unwrap_or_default();
    if value == SUCCESS {
        return Ok(None);
    }
    let mut detail = value.to_owned();
    if let Some(second) = code.child(SAMLP, "StatusCode")? {
        detail = format!("{detail} / {}", second.attribute("Value").unwrap_or_default());
    }
    if let Some(message) = status.child(SAMLP, "StatusMessage")? {
        detail = format!("{detail}: {}", message.text()?);
    }
    let printable: String = detail.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
    Ok(Some(Error::with(SamlStatusFailed, printable)))
}

/// Compares an issuer with the provider's entity ID, character by character. A format other than `entity` is refused
/// (SAML profiles §4.1.4.2).
fn check_issuer(text: &str, format: Option<&str>, rules: &Rules<'_>) -> Result<(), Error> {
    if text != rules.idp_entity_id || format.is_some_and(|format| format != ENTITY) {
        let problem = format!("found {text:?}, expected {:?}", rules.idp_entity_id);
        return Err(Error::with(SamlIssuerWrong, problem));
    }
    Ok(())
}

/// Checks that a message was made in the last 15 minutes, and not before the request that it answers.
fn check_issue_instant(what: &str, text: Option<&str>, rules: &Rules<'_>) -> Result<SystemTime, Error> {
    let wrong = |problem: &str| {
        let found = text.unwrap_or_default();
        Error::with(SamlIssueInstantWrong, format!("{what}'s IssueInstant {problem}: {found:?}"))
    };
    let at = text.and_then(instant::parse).ok_or_else(|| wrong("is missing or no time"))?;
    if rules.is_ahead(at) {
        return Err(wrong("is ahead"));
    }
    if rules.is_over(later(at, MAX_ASSERTION_AGE)) {
        return Err(wrong("is too far back"));
    }
    if rules.login.is_some_and(|login| later(at, rules.leeway) < login.begun_at) {
        return Err(wrong("is before the request"));
    }
    Ok(at)
}
