//! The responses of our routes.

use axum::{body::Body, response::Response};
use http::{HeaderValue, StatusCode, header};

use crate::{
    Action, AuditEvent, LoginError, LoginErrorKind, Lookup, OrgId, Reference, ReturnPath, Sso, lookup::Split,
};

/// Sends the browser on with a GET.
pub(super) fn see_other(address: &str) -> Response {
    let mut response = Response::new(Body::empty());
    // An address that can't stand in a header is a provider's: it was parsed as a URL before.
    match HeaderValue::from_str(address) {
        Ok(address) => {
            *response.status_mut() = StatusCode::SEE_OTHER;
            response.headers_mut().insert(header::LOCATION, address);
        }
        Err(_) => *response.status_mut() = StatusCode::BAD_GATEWAY,
    }
    let fixed = [(header::CACHE_CONTROL, "no-store"), (header::REFERRER_POLICY, "no-referrer")];
    for (name, value) in fixed {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

impl Sso {
    /// The page of a refusal: a sentence, a reference that leads to the audit event, and where to try again.
    pub(super) async fn refuse_login(
        &self,
        organization: &OrgId,
        error: &LoginError,
        back: Option<&ReturnPath>,
    ) -> Response {
        let core = self.core();
        let kind = error.kind();
        let reference = Reference::new().unwrap_or_else(|_| Reference::none());
        let action = Action::LoginRefused { kind, detail: error.detail().map(Into::into) };
        core.audit.record(&AuditEvent::new(core.now(), reference.clone(), action).organization(organization));
        // Only for the page's words: without it they do without the name. Where a lookup has failed, nobody waits for
        // another.
        let connection = match (kind, core.connections.find(organization).split()) {
            (_, Split::Now(found)) => found.ok().flatten(),
            (LoginErrorKind::LookupFailed, Split::Later(_)) => None,
            (_, Split::Later(later)) => self.within(Lookup::later(later), "connection").await.ok().flatten(),
        };
        let name = connection.as_ref().map(|connection| connection.name());
        let again = name.map(|_| core.addresses.start(organization, back));
        let page = core.pages.error(name, kind.advice(), &reference, again.as_deref());
        let mut response: Response = page.into_response(kind.status());
        if kind.status() == StatusCode::SERVICE_UNAVAILABLE || kind == LoginErrorKind::RateLimited {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}
