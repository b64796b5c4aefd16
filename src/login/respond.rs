//! The responses of the SSO routes.

use std::time::Duration;

use axum::{body::Body, response::Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;
use url::Url;

use crate::{
    audit::{AuditEvent, action::Action, reference::Reference},
    digest::Digest,
    error::{
        LoginError,
        kind::{Advice, LoginErrorKind},
    },
    id::OrgId,
    limits::Rate,
    return_path::ReturnPath,
    state::Core,
};

/// Redirects the browser with a GET.
pub(crate) fn see_other(address: &str) -> Response {
    // An address that is not a valid header value comes from a provider. It was parsed as a URL before.
    let Ok(address) = HeaderValue::from_str(address) else { return without_address() };
    let mut response = empty(StatusCode::SEE_OTHER);
    response.headers_mut().insert(header::LOCATION, address);
    response
}

/// Returns the response for a provider's address to which no browser can be sent.
pub(crate) fn without_address() -> Response {
    empty(StatusCode::BAD_GATEWAY)
}

/// Whether an address of a provider's can be a link on a page of ours. It was parsed as a URL before, and of no other scheme.
pub(crate) fn can_be_linked(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| ["http", "https"].contains(&url.scheme()))
}

fn empty(status: StatusCode) -> Response {
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
pub(crate) fn refuse_unmatched(core: &Core, organization: &OrgId, error: &LoginError) -> Response {
    use LoginErrorKind::{RateLimited, StateExpired};
    // An SSO login that took too long does not count as a flood.
    let counts = counts(error.kind()) && error.kind() != StateExpired;
    if !counts || allows(core, organization, "tower-core unmatched", UNMATCHED) {
        return refuse_login(core, organization, error, None);
    }
    if allows(core, organization, "tower-core flood", FLOOD) {
        return refuse_login(core, organization, &RateLimited.into(), None);
    }
    error_page(core, (RateLimited, RateLimited.advice()), (None, None), &Reference::none())
}

/// Returns the page of a refusal: a sentence, a reference by which the operator finds the audit event, and a link
/// to try again.
pub(crate) fn refuse_login(
    core: &Core,
    organization: &OrgId,
    error: &LoginError,
    back: Option<&ReturnPath>,
) -> Response {
    let kind = error.kind();
    let reference = record_refusal(core, organization, error);
    // The page makes no lookups. What only members may read comes with the error.
    let again = if error.advice() == Advice::EndedHere {
        // The link leads to where the person wanted to go after the logout. That is not an SSO login.
        back.map(|back| core.addresses.of_path(back))
    } else {
        let leads = kind != LoginErrorKind::NoConnection && !error.is_dead_end();
        leads.then(|| core.addresses.start(organization, back))
    };
    let shown = (error.shown(), again.as_deref());
    error_page(core, (kind, error.advice()), shown, &reference)
}

/// Returns the same refusal for a script, as a problem document (RFC 9457).
pub(crate) fn refuse_script(core: &Core, organization: &OrgId, error: &LoginError) -> Response {
    let kind = error.kind();
    let status = kind.status();
    let problem = json!({
        "type": format!("urn:tower-sso:{}", kind.as_str()),
        "title": status.canonical_reason(),
        "status": status.as_u16(),
        "reference": record_refusal(core, organization, error).as_str(),
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
pub(crate) fn record_refusal(core: &Core, organization: &OrgId, error: &LoginError) -> Reference {
    // A refusal with the kind `RateLimited` is itself limited already.
    let kind = error.kind();
    let anonymous = error.account().is_none() && counts(kind) && kind != LoginErrorKind::RateLimited;
    if !anonymous || allows(core, organization, "tower-core anonymous", ANONYMOUS) {
        return record_one(core, organization, error);
    }
    if allows(core, organization, "tower-core anonymous flood", FLOOD) {
        record_one(core, organization, &LoginErrorKind::RateLimited.into());
    }
    Reference::none()
}

fn allows(core: &Core, organization: &OrgId, what: &str, rate: Rate) -> bool {
    // Anyone can invent organizations. They are put into groups, so that they can't fill the limiter.
    let group = Digest::of("tower-core callback", &[organization.as_str()]).as_bytes()[0].to_string();
    core.limits.allows(Digest::of(what, &[&group]), rate, core.now())
}

fn record_one(core: &Core, organization: &OrgId, error: &LoginError) -> Reference {
    let reference = Reference::new().unwrap_or_else(|_| Reference::none());
    let action = Action::LoginRefused { kind: error.kind(), detail: error.detail().map(Into::into) };
    let mut event = AuditEvent::new(core.now(), reference.clone(), action).organization(organization);
    event.account = error.account().cloned();
    core.record(event);
    reference
}

fn error_page(
    core: &Core,
    (kind, advice): (LoginErrorKind, Advice),
    (name, again): (Option<&str>, Option<&str>),
    reference: &Reference,
) -> Response {
    let page = core.pages.error(name, advice, reference, again);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_of_ours_is_not_stored_and_names_no_page_to_the_next() {
        let response = see_other("https://idp.example/authorize?state=x");
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        assert_eq!(response.headers()[header::REFERRER_POLICY], "no-referrer");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    }

    #[test]
    fn nothing_but_a_web_address_can_be_a_link_on_a_page_of_ours() {
        for (address, can_be) in [
            ("https://idp.example/sso?SAMLRequest=x", true),
            ("http://127.0.0.1:8000/", true),
            ("javascript:alert(1)", false),
            (" javascript:alert(1)", false),
            ("data:text/html,x", false),
            ("//idp.example/", false),
            ("/sso", false),
            ("", false),
        ] {
            assert_eq!(can_be_linked(address), can_be, "{address}");
        }
        assert_eq!(without_address().status(), StatusCode::BAD_GATEWAY);
    }

    #[test]
    fn a_location_with_control_bytes_is_502() {
        let response = see_other("https://idp.example/\r\nset-cookie: x");
        assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
        assert!(!response.headers().contains_key(header::LOCATION));
    }
}
