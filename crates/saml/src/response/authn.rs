//! Checks the authentication statements (SAML core §2.7.2): when and how the user authenticated at the provider.
//!
//! 1. There is at least one statement, and every statement must pass (SAML profiles §4.1.4.2).
//! 2. `AuthnInstant` is required, and not in the future.
//! 3. `SessionNotOnOrAfter` is in the future. No leeway applies: when the provider has ended its session, ours must not
//!    begin.
//! 4. If context classes were asked for, `AuthnContextClassRef` is one of them (SAML core §3.3.2.2.1, `exact`).
//! 5. If a maximum age was asked for, the user authenticated at most that long before the login began.
//!
//! If there are several statements, the strictest end and the latest authentication count.

use std::time::SystemTime;

use tower_sso_core::internal::later;

use crate::{
    error::{
        Error,
        ErrorKind::{AuthTimeTooOld, ContextClassWrong, SamlAuthnStatementInvalid, SamlSessionOver},
    },
    instant,
    response::rules::Rules,
    signature::verified::VerifiedElement,
    xml::namespace::SAML,
};

/// The maximum length of a SessionIndex.
const MAX_SESSION_INDEX_BYTES: usize = 255;

/// The combined content of all authentication statements.
pub(crate) struct Authn {
    /// The latest `AuthnInstant`.
    pub(crate) logged_in_at: SystemTime,
    /// The only `SessionIndex`. Two different ones are refused, because a logout with the second one would end
    /// nothing.
    pub(crate) session_index: Option<String>,
    /// The class of the statement with the latest `AuthnInstant`.
    pub(crate) context_class: Option<String>,
    /// The earliest `SessionNotOnOrAfter`.
    pub(crate) session_until: Option<SystemTime>,
}

/// Checks every statement. There must be at least one.
///
/// # Errors
///
/// Returns `SamlAuthnStatementInvalid`, `SamlSessionOver`, `ContextClassWrong` or `AuthTimeTooOld`.
pub(crate) fn check(assertion: VerifiedElement<'_>, rules: &Rules<'_>) -> Result<Authn, Error> {
    let mut whole: Option<Authn> = None;
    for statement in assertion.children().filter(|child| child.is(SAML, "AuthnStatement")) {
        let one = read(statement, rules)?;
        whole = Some(match whole {
            None => one,
            Some(before) => Authn {
                context_class: if one.logged_in_at >= before.logged_in_at {
                    one.context_class
                } else {
                    before.context_class
                },
                logged_in_at: before.logged_in_at.max(one.logged_in_at),
                session_index: same_index(before.session_index, one.session_index)?,
                session_until: [before.session_until, one.session_until].into_iter().flatten().min(),
            },
        });
    }
    let whole = whole.ok_or_else(|| invalid("there is none"))?;
    // No leeway: once the provider has ended the session, it is over.
    if whole.session_until.is_some_and(|until| until <= rules.now) {
        return Err(SamlSessionOver.into());
    }
    let (age, asked_at) = match rules.login {
        Some(login) => (login.max_age.map(std::time::Duration::from_secs), login.begun_at),
        None => (rules.max_age, rules.now),
    };
    if age.is_some_and(|age| later(later(whole.logged_in_at, age), rules.leeway) < asked_at) {
        return Err(AuthTimeTooOld.into());
    }
    Ok(whole)
}

/// Reads and checks one statement.
fn read(statement: VerifiedElement<'_>, rules: &Rules<'_>) -> Result<Authn, Error> {
    let logged_in_at = statement.attribute("AuthnInstant").and_then(instant::parse);
    let logged_in_at = logged_in_at.ok_or_else(|| invalid("AuthnInstant is missing or no time"))?;
    if rules.is_ahead(logged_in_at) {
        return Err(invalid("AuthnInstant is ahead"));
    }
    let session_until = match statement.attribute("SessionNotOnOrAfter") {
        None => None,
        Some(text) => Some(instant::parse(text).ok_or_else(|| invalid("SessionNotOnOrAfter is no time"))?),
    };
    let session_index = match statement.attribute("SessionIndex") {
        None | Some("") => None,
        Some(index) if index.len() <= MAX_SESSION_INDEX_BYTES => Some(index.to_owned()),
        Some(_) => return Err(invalid("SessionIndex is longer than 255 bytes")),
    };
    let context = statement.required(SAML, "AuthnContext", SamlAuthnStatementInvalid)?;
    let class = context.child(SAML, "AuthnContextClassRef")?.map(VerifiedElement::text).transpose()?;
    let fits = |class: &str| rules.contexts.is_empty() || rules.contexts.iter().any(|wanted| wanted == class);
    if !class.map_or(rules.contexts.is_empty(), fits) {
        return Err(Error::with(ContextClassWrong, format!("found {class:?}")));
    }
    let context_class = class.map(str::to_owned);
    Ok(Authn { logged_in_at, session_index, context_class, session_until })
}

fn same_index(one: Option<String>, other: Option<String>) -> Result<Option<String>, Error> {
    match (one, other) {
        (Some(one), Some(other)) if one != other => Err(invalid("two values of SessionIndex")),
        (one, other) => Ok(one.or(other)),
    }
}

fn invalid(problem: &str) -> Error {
    Error::with(SamlAuthnStatementInvalid, problem)
}
