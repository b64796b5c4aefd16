//! The responses of the SSO routes to what they refuse: the error page, the problem document for scripts, and the audit
//! event.
//!
//! Anyone can cause refusals without being signed in. Those are limited: of a flood only a few are recorded. A failure
//! on our side (a lookup, a full store) and the refusal of a known account are always recorded. The words of the page
//! are in `pages`; the status of a kind is in `error::kind`.

use std::time::Duration;

use axum::{body::Body, response::Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;
use tower_sso_core::{
    Digest, OrgId,
    internal::{Split, one_line},
};

use crate::{
    audit::{action::Action, event::AuditEvent, reference::Reference, request::current_request},
    error::kind::LoginErrorKind,
    limits::Rate,
    login::failure::{LoginFailure, NextStep},
    state::Core,
};

/// Returns a response without a body. Browsers do not cache it and send no `Referer` after it.
pub(crate) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    let fixed = [(header::CACHE_CONTROL, "no-store"), (header::REFERRER_POLICY, "no-referrer")];
    for (name, value) in fixed {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// How many messages that belong to no SSO login are answered and recorded, for each of 256 groups of organizations.
const UNMATCHED_RATE: Rate = Rate { burst: 60, interval: Duration::from_secs(1) };
/// How many other refusals without a known account are recorded, for each group.
const ANONYMOUS_RATE: Rate = Rate { burst: 120, interval: Duration::from_secs(1) };
/// How often it is recorded that there are more than these.
const FLOOD_NOTICE_RATE: Rate = Rate { burst: 1, interval: Duration::from_secs(10) };

/// Refuses a message that belongs to no SSO login, at an address to which anyone can send a browser. A flood of such
/// messages is answered with 429, and recorded only occasionally. A person with an SSO login in progress is never
/// limited: the caller has found their pending login.
pub(crate) fn refuse_unmatched(
    core: &Core,
    organization: &OrgId,
    failure: impl Into<LoginFailure>,
) -> Response {
    use LoginErrorKind::{RateLimited, StateExpired};
    let failure = failure.into();
    // An SSO login that took too long is not part of a flood.
    let limited = anyone_can_cause(failure.kind()) && failure.kind() != StateExpired;
    let known = has_connection(core, organization, failure.kind());
    if !limited || allows(core, (organization, known), "tower-sso unmatched", UNMATCHED_RATE) {
        return refuse_login(core, organization, failure);
    }
    if allows(core, (organization, known), "tower-sso flood", FLOOD_NOTICE_RATE) {
        return refuse_login(core, organization, RateLimited);
    }
    error_page(core, &RateLimited.into(), None, &Reference::none())
}

/// Refuses an answer of the provider. It belongs to an SSO login if the failure has a return path; see
/// [`BegunLogin::ended_by`](super::record::BegunLogin::ended_by).
pub(crate) fn refuse_answer(core: &Core, organization: &OrgId, failure: LoginFailure) -> Response {
    match failure.context.return_to {
        Some(_) => refuse_login(core, organization, failure),
        None => refuse_unmatched(core, organization, failure),
    }
}

/// Returns the page of a refusal: what happened, a reference by which the operator finds the audit event, and a link to
/// try again.
pub(crate) fn refuse_login(core: &Core, organization: &OrgId, failure: impl Into<LoginFailure>) -> Response {
    let failure = failure.into();
    let reference = record_refusal(core, organization, &failure);
    let back = failure.context.return_to.as_ref();
    let link = match failure.context.next {
        NextStep::Start if failure.kind() != LoginErrorKind::NoConnection => {
            Some(core.addresses.start(organization, back))
        }
        NextStep::Start | NextStep::Nothing => None,
        NextStep::AfterLogout => back.map(|back| core.addresses.of_page(back)),
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

/// Records a refusal and returns the reference of the audit event. If no account is known, anyone can cause any number
/// of refusals. Of such a flood only a few are recorded, and from time to time that there are more.
pub(crate) fn record_refusal(core: &Core, organization: &OrgId, failure: &LoginFailure) -> Reference {
    // Refusals with the kind `RateLimited` are already limited.
    let kind = failure.kind();
    let anonymous =
        failure.context.account.is_none() && anyone_can_cause(kind) && kind != LoginErrorKind::RateLimited;
    let about = (organization, has_connection(core, organization, kind));
    if !anonymous || allows(core, about, "tower-sso anonymous", ANONYMOUS_RATE) {
        return record_one(core, about, failure);
    }
    if allows(core, about, "tower-sso anonymous flood", FLOOD_NOTICE_RATE) {
        record_one(core, about, &LoginErrorKind::RateLimited.into());
    }
    Reference::none()
}

/// Returns whether the group of this organization has not reached the limit yet.
fn allows(core: &Core, (organization, known): About<'_>, what: &str, rate: Rate) -> bool {
    // Anyone can invent organizations. All that are not known to have a connection are one group, and the others share
    // 256.
    let group = match known {
        Some(true) => Digest::of("tower-sso callback", &[organization.as_str()]).as_bytes()[0].to_string(),
        Some(false) | None => "unknown".to_owned(),
    };
    core.limits.allows(Digest::of(what, &[&group]), rate, core.now())
}

/// An organization that an address names, and whether it has a connection, if that is known.
type About<'a> = (&'a OrgId, Option<bool>);

/// Returns whether the organization has a connection. If the answer fails or takes time, nobody waits for it: then it is
/// not known.
fn has_connection(core: &Core, organization: &OrgId, kind: LoginErrorKind) -> Option<bool> {
    if current_request().connection.is_some() {
        // This request has looked it up.
        return Some(true);
    }
    match core.connections.find(organization).split() {
        Split::Now(Ok(found)) => Some(found.is_some()),
        Split::Now(Err(_)) | Split::Later(_) => (kind == LoginErrorKind::NoConnection).then_some(false),
    }
}

fn record_one(core: &Core, (organization, known): About<'_>, failure: &LoginFailure) -> Reference {
    let reference = Reference::new().unwrap_or_else(|_| Reference::none());
    let (kind, mut detail) = (failure.kind(), failure.error.detail().map(String::from));
    let account = failure.context.account.clone();
    // Anyone can invent organizations: each would have a log of its own.
    let named = known.unwrap_or(account.is_some());
    if !named {
        let invented: String = one_line(organization.as_str()).chars().take(100).collect();
        let told = detail.map(|detail| format!("; {detail}")).unwrap_or_default();
        detail = Some(format!("organization {invented:?}{told}"));
    }
    let action = Action::LoginRefused { kind, detail };
    let mut event = AuditEvent::new(core.now(), reference.clone(), action);
    event.organization = named.then(|| organization.clone());
    event.account = account;
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

/// Returns whether anyone can cause a refusal of this kind. Otherwise it is a failure on our side.
fn anyone_can_cause(kind: LoginErrorKind) -> bool {
    ![LoginErrorKind::LookupFailed, LoginErrorKind::StoreFull].contains(&kind)
}

fn retry_later(response: &mut Response, kind: LoginErrorKind) {
    if kind.status() == StatusCode::SERVICE_UNAVAILABLE || kind == LoginErrorKind::RateLimited {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
    }
}
