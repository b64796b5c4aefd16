//! The responses of the SSO routes to what they refuse.

use std::time::Duration;

use axum::{body::Body, response::Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;
use tower_sso_core::{Digest, OrgId};

use crate::{
    audit::{action::Action, event::AuditEvent, reference::Reference},
    error::kind::LoginErrorKind,
    limits::Rate,
    login::failure::{LoginFailure, NextStep},
    state::Core,
};

/// Returns a response without a body that is not stored and names no page to the next.
pub(crate) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    let fixed = [(header::CACHE_CONTROL, "no-store"), (header::REFERRER_POLICY, "no-referrer")];
    for (name, value) in fixed {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// How many messages that belong to no SSO login are recorded, in each of 256 groups of organizations.
const UNMATCHED: Rate = Rate { burst: 60, interval: Duration::from_secs(1) };
/// How many other refusals without a known account are recorded, in each group.
const ANONYMOUS: Rate = Rate { burst: 120, interval: Duration::from_secs(1) };
/// How often it is recorded that there are more of them.
const FLOOD: Rate = Rate { burst: 1, interval: Duration::from_secs(10) };

/// Refuses a message that belongs to no SSO login, at an address to which anyone may send a browser. The sender
/// need not be signed in. That is why a flood of such messages is answered with 429 and recorded only
/// occasionally. A person with an SSO login in progress is never limited, because the caller has already found
/// that their state is known.
pub(crate) fn refuse_unmatched(
    core: &Core,
    organization: &OrgId,
    failure: impl Into<LoginFailure>,
) -> Response {
    use LoginErrorKind::{RateLimited, StateExpired};
    let failure = failure.into();
    // An SSO login that took too long does not count as a flood.
    let counts = counts(failure.kind()) && failure.kind() != StateExpired;
    if !counts || allows(core, organization, "tower-sso unmatched", UNMATCHED) {
        return refuse_login(core, organization, failure);
    }
    if allows(core, organization, "tower-sso flood", FLOOD) {
        return refuse_login(core, organization, RateLimited);
    }
    error_page(core, &RateLimited.into(), None, &Reference::none())
}

/// Refuses an answer of the provider: as part of an SSO login if its return path is known, otherwise as a message
/// that belongs to none.
pub(crate) fn refuse_answer(core: &Core, organization: &OrgId, failure: LoginFailure) -> Response {
    match failure.context.return_to {
        Some(_) => refuse_login(core, organization, failure),
        None => refuse_unmatched(core, organization, failure),
    }
}

/// Returns the page of a refusal: a sentence, a reference by which the operator finds the audit event, and a link
/// to try again.
pub(crate) fn refuse_login(core: &Core, organization: &OrgId, failure: impl Into<LoginFailure>) -> Response {
    let failure = failure.into();
    let reference = record_refusal(core, organization, &failure);
    let back = failure.context.return_to.as_ref();
    let link = match failure.context.next {
        NextStep::Start if failure.kind() != LoginErrorKind::NoConnection => {
            Some(core.addresses.start(organization, back))
        }
        NextStep::Start | NextStep::Nothing => None,
        NextStep::AfterLogout => back.map(|back| core.addresses.of_path(back)),
    };
    error_page(core, &failure, link.as_deref(), &reference)
}

/// Returns the same refusal for a script, as a problem document (RFC 9457).
pub(crate) fn refuse_script(core: &Core, organization: &OrgId, failure: impl Into<LoginFailure>) -> Response {
    let failure = failure.into();
    let kind = failure.kind();
    let status = kind.status();
    let problem = json!({
        "type": format!("urn:tower-sso:{}", kind.as_str()),
        "title": status.canonical_reason(),
        "status": status.as_u16(),
        "reference": record_refusal(core, organization, &failure).as_str(),
    });
    let mut response = Response::new(Body::from(problem.to_string()));
    *response.status_mut() = status;
    let fixed = [(header::CONTENT_TYPE, "application/problem+json"), (header::CACHE_CONTROL, "no-store")];
    for (name, value) in fixed {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    retry_later(&mut response, kind);
    response
}

/// Records a refusal and returns the reference of the audit event. If no account is known, anyone can cause any
/// number of refusals. Of such a flood only a few are recorded, and that there are more.
pub(crate) fn record_refusal(core: &Core, organization: &OrgId, failure: &LoginFailure) -> Reference {
    // A refusal with the kind `RateLimited` is itself limited already.
    let kind = failure.kind();
    let anonymous = failure.context.account.is_none() && counts(kind) && kind != LoginErrorKind::RateLimited;
    if !anonymous || allows(core, organization, "tower-sso anonymous", ANONYMOUS) {
        return record_one(core, organization, failure);
    }
    if allows(core, organization, "tower-sso anonymous flood", FLOOD) {
        record_one(core, organization, &LoginErrorKind::RateLimited.into());
    }
    Reference::none()
}

fn allows(core: &Core, organization: &OrgId, what: &str, rate: Rate) -> bool {
    // Anyone can invent organizations. They are put into groups, so that they can't fill the limiter.
    let group = Digest::of("tower-sso callback", &[organization.as_str()]).as_bytes()[0].to_string();
    core.limits.allows(Digest::of(what, &[&group]), rate, core.now())
}

fn record_one(core: &Core, organization: &OrgId, failure: &LoginFailure) -> Reference {
    let reference = Reference::new().unwrap_or_else(|_| Reference::none());
    let (kind, detail) = (failure.kind(), failure.error.detail().map(Into::into));
    let action = Action::LoginRefused { kind, detail };
    let mut event = AuditEvent::new(core.now(), reference.clone(), action).organization(organization);
    event.account = failure.context.account.clone();
    core.record(event);
    reference
}

fn error_page(core: &Core, failure: &LoginFailure, link: Option<&str>, reference: &Reference) -> Response {
    let kind = failure.kind();
    let page =
        core.pages.error(failure.context.organization_name.as_deref(), failure.advice(), reference, link);
    let mut response: Response = page.into_response(kind.status());
    retry_later(&mut response, kind);
    response
}

/// Whether anyone can cause a refusal of this kind, which means that it is not a failure on our side.
fn counts(kind: LoginErrorKind) -> bool {
    ![LoginErrorKind::LookupFailed, LoginErrorKind::StoreFull].contains(&kind)
}

fn retry_later(response: &mut Response, kind: LoginErrorKind) {
    if kind.status() == StatusCode::SERVICE_UNAVAILABLE || kind == LoginErrorKind::RateLimited {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
}
