//! Responses to requests about which no decision was possible. The handler is not called.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use serde_json::json;

use crate::{
    audit::{
        AuditEvent,
        action::Action,
        reference::Reference,
        request::{AuditedConnection, ClientAddress, Network},
    },
    enforce::{
        evaluation::{AuditContext, Evaluation, Target},
        form::{ClientKind, form},
        namespace::NamespaceMatch,
        placement::Recording,
    },
    error::kind::Advice,
    head::RequestHead,
    id::OrgId,
    lookup::{Lookup, LookupError},
    measure::measures::looked_up,
    sso::Sso,
};

/// The response to a request about which no decision was possible: 503 with `Retry-After` if a lookup failed or took
/// too long, 400 if the organization is ambiguous, 500 if the layer is at a place in the app where it can't work. The
/// response contains one sentence and a reference. The cause is in the audit event.
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

/// How many seconds a client should wait before it tries again.
const RETRY_AFTER: &str = "5";

impl Refusal {
    /// Returns the status of the response.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the response.
    #[must_use]
    pub fn into_response<B: From<Bytes>>(self) -> Response<B> {
        let mut response = Response::new(B::from(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

impl axum::response::IntoResponse for Refusal {
    fn into_response(self) -> axum::response::Response {
        self.into_response()
    }
}

impl Sso {
    /// Refuses because a lookup failed or took too long. A failure never counts as "no".
    pub(crate) fn refuse_lookup(
        &self,
        head: RequestHead<'_>,
        about: AuditContext<'_>,
        verb: &'static str,
        error: &LookupError,
    ) -> Refusal {
        let action = Action::LookupFailed { verb, detail: error.to_string() };
        let advice = Advice::TryLater;
        let mut refusal =
            self.refusal(head, about, StatusCode::SERVICE_UNAVAILABLE, "lookup_failed", advice, action);
        refusal.headers.insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER));
        refusal
    }

    /// Refuses because the app's authentication runs inside this layer, or does not run at all.
    pub(crate) fn refuse_not_established(&self, head: RequestHead<'_>) -> Refusal {
        self.refuse_misplaced(
            head,
            "viewer_not_established",
            "the host's authentication has not run before this layer",
        )
    }

    /// Refuses because the layer is at a place in the app where it can't tell the organization.
    pub(crate) fn refuse_namespace(&self, head: RequestHead<'_>, why: &'static str) -> Refusal {
        self.refuse_misplaced(head, "namespace_unknown", why)
    }

    /// Refuses because the organization is ambiguous.
    pub(crate) fn refuse_namespace_match(&self, head: RequestHead<'_>, found: &NamespaceMatch) -> Refusal {
        match found {
            NamespaceMatch::Unclear(why) => {
                let (status, kind) = (StatusCode::BAD_REQUEST, "namespace_unclear");
                self.refuse_placement(head, status, kind, Advice::NotFound, why)
            }
            NamespaceMatch::Misplaced(why) => self.refuse_namespace(head, why),
            NamespaceMatch::Outside | NamespaceMatch::Organization(_) => {
                self.refuse_namespace(head, "the namespace was read twice, with different results")
            }
        }
    }

    fn refuse_misplaced(&self, head: RequestHead<'_>, kind: &'static str, why: &'static str) -> Refusal {
        self.refuse_placement(head, StatusCode::INTERNAL_SERVER_ERROR, kind, Advice::AskAdministrator, why)
    }

    /// Recorded once for each matched path and counted after that, because anonymous visitors can trigger it.
    #[cold]
    fn refuse_placement(
        &self,
        head: RequestHead<'_>,
        status: StatusCode,
        kind: &'static str,
        advice: Advice,
        why: &'static str,
    ) -> Refusal {
        let matched = matched_path(head);
        crate::measure::measures::misplaced(kind);
        match self.core().placement.telling(kind, matched) {
            Recording::Again(reference) => self.answer(head, status, kind, advice, &reference),
            Recording::First(reference) => {
                tracing::error!(target: "tower_sso", kind, matched_path = matched, "{why}. Said once for this matched path");
                let action = Action::Misplaced { kind };
                self.note_refusal(head, AuditContext::default(), reference.clone(), action);
                self.answer(head, status, kind, advice, &reference)
            }
        }
    }

    /// Refuses because a handler requires a fresh SSO session and this viewer has no fresh session here.
    pub(crate) async fn refuse_not_fresh(&self, head: RequestHead<'_>) -> Refusal {
        let organization = head.extensions.get::<OrgId>().cloned();
        let mut evaluation =
            organization.map(|organization| Evaluation::new(Target::Organization(organization)));
        if let Some(evaluation) = &mut evaluation {
            // Only for the audit event: the request is refused whatever the result is.
            let _ = evaluation.conclude(self.core(), head).await;
        }
        let about = evaluation.as_ref().map_or_else(AuditContext::default, Evaluation::about);
        let (advice, action) = (Advice::StartAgain, Action::FreshRequired);
        self.refusal(head, about, StatusCode::FORBIDDEN, "fresh_session_required", advice, action)
    }

    fn refusal(
        &self,
        head: RequestHead<'_>,
        about: AuditContext<'_>,
        status: StatusCode,
        kind: &'static str,
        advice: Advice,
        action: Action,
    ) -> Refusal {
        // Without randomness there is no reference, but the request must still be refused.
        let reference = Reference::new().unwrap_or_else(|_| Reference::none());
        self.note_refusal(head, about, reference.clone(), action);
        self.answer(head, status, kind, advice, &reference)
    }

    fn note_refusal(
        &self,
        head: RequestHead<'_>,
        about: AuditContext<'_>,
        reference: Reference,
        action: Action,
    ) {
        let core = self.core();
        let mut event = AuditEvent::new(core.now(), reference, action);
        event.organization = about.organization.or_else(|| head.extensions.get::<OrgId>()).cloned();
        event.account = about.account.cloned();
        event.connection = about.connection.map(AuditedConnection::from);
        let address = head.extensions.get::<ClientAddress>();
        event.network = address.map(|ClientAddress(address)| Network::of(*address));
        core.record(event);
    }

    fn answer(
        &self,
        head: RequestHead<'_>,
        status: StatusCode,
        kind: &'static str,
        advice: Advice,
        reference: &Reference,
    ) -> Refusal {
        let page = matches!(form(head), ClientKind::Navigation | ClientKind::Frame);
        let (mut headers, body) = if page {
            let page = self.core().pages.error(None, advice, reference, None);
            (page.headers, page.body)
        } else {
            let problem = json!({
                "type": format!("urn:tower-sso:{kind}"),
                "title": status.canonical_reason(),
                "status": status.as_u16(),
                "reference": reference.as_str(),
            });
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
            (headers, Bytes::from(problem.to_string()))
        };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Refusal { status, headers, body }
    }

    /// Awaits one lookup, at most for the lookup timeout.
    pub(crate) async fn within<T: 'static>(
        &self,
        lookup: Lookup<T>,
        verb: &'static str,
    ) -> Result<T, LookupError> {
        match tokio::time::timeout(self.core().lookup_timeout, looked_up(verb, lookup)).await {
            Ok(answer) => answer,
            Err(_) => Err(LookupError::new(format!("{verb}: no answer in time"))),
        }
    }
}

/// Returns the path of the matched route, or an empty string if no router recorded one.
fn matched_path(head: RequestHead<'_>) -> &str {
    if let Some(matched) = head.extensions.get::<axum::extract::MatchedPath>() {
        return matched.as_str();
    }
    ""
}
