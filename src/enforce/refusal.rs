//! Responses to requests about which no decision was possible. The handler is not called.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use serde_json::json;
use tower_sso_core::{LookupError, OrgId};

use crate::{
    audit::{
        action::Action,
        event::AuditEvent,
        reference::Reference,
        request::{AuditedConnection, ClientAddress, Network},
    },
    enforce::{
        evaluation::{AuditContext, Evaluation, Target},
        form::{ClientKind, form},
    },
    error::kind::Advice,
    namespace::{matching::NamespaceMatch, placement::Recording},
    request_head::RequestHead,
    state::Core,
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

/// Refuses because a lookup failed or took too long. A failure never counts as "no".
pub(crate) fn refuse_lookup(
    core: &Core,
    head: RequestHead<'_>,
    about: AuditContext<'_>,
    verb: &'static str,
    error: &LookupError,
) -> Refusal {
    let action = Action::LookupFailed { verb, detail: error.to_string() };
    let advice = Advice::TryLater;
    let mut refusal =
        refusal(core, head, about, StatusCode::SERVICE_UNAVAILABLE, "lookup_failed", advice, action);
    refusal.headers.insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER));
    refusal
}

/// Refuses because the app's authentication runs inside this layer, or does not run at all.
pub(crate) fn refuse_not_established(core: &Core, head: RequestHead<'_>) -> Refusal {
    refuse_misplaced(
        core,
        head,
        "viewer_not_established",
        "the host's authentication has not run before this layer",
    )
}

/// Refuses because the layer is at a place in the app where it can't tell the organization.
pub(crate) fn refuse_namespace(core: &Core, head: RequestHead<'_>, why: &'static str) -> Refusal {
    refuse_misplaced(core, head, "namespace_unknown", why)
}

/// Refuses because the organization is ambiguous.
pub(crate) fn refuse_namespace_match(core: &Core, head: RequestHead<'_>, found: &NamespaceMatch) -> Refusal {
    match found {
        NamespaceMatch::Unclear(why) => {
            let (status, kind) = (StatusCode::BAD_REQUEST, "namespace_unclear");
            refuse_placement(core, head, status, kind, Advice::NotFound, why)
        }
        NamespaceMatch::Misplaced(why) => refuse_namespace(core, head, why),
        NamespaceMatch::Outside | NamespaceMatch::Organization(_) => {
            refuse_namespace(core, head, "the namespace was read twice, with different results")
        }
    }
}

fn refuse_misplaced(core: &Core, head: RequestHead<'_>, kind: &'static str, why: &'static str) -> Refusal {
    refuse_placement(core, head, StatusCode::INTERNAL_SERVER_ERROR, kind, Advice::AskAdministrator, why)
}

/// Recorded once for each matched path and counted after that, because anonymous visitors can trigger it.
#[cold]
fn refuse_placement(
    core: &Core,
    head: RequestHead<'_>,
    status: StatusCode,
    kind: &'static str,
    advice: Advice,
    why: &'static str,
) -> Refusal {
    let matched = matched_path(head);
    crate::metrics::measures::misplaced(kind);
    match core.placement.telling(kind, matched) {
        Recording::Again(reference) => answer(core, head, status, kind, advice, &reference),
        Recording::First(reference) => {
            tracing::error!(target: "tower_sso", kind, matched_path = matched, "{why}. Said once for this matched path");
            let action = Action::Misplaced { kind };
            note_refusal(core, head, AuditContext::default(), reference.clone(), action);
            answer(core, head, status, kind, advice, &reference)
        }
    }
}

/// Refuses because a handler requires a fresh SSO session and this viewer has no fresh session here.
pub(crate) async fn refuse_not_fresh(core: &Core, head: RequestHead<'_>) -> Refusal {
    let organization = head.extensions.get::<OrgId>().cloned();
    let mut evaluation = organization.map(|organization| Evaluation::new(Target::Organization(organization)));
    if let Some(evaluation) = &mut evaluation {
        // Only for the audit event: the request is refused whatever the result is.
        let _ = evaluation.conclude(core, head).await;
    }
    let about = evaluation.as_ref().map_or_else(AuditContext::default, Evaluation::about);
    let (advice, action) = (Advice::StartAgain, Action::FreshRequired);
    refusal(core, head, about, StatusCode::FORBIDDEN, "fresh_session_required", advice, action)
}

fn refusal(
    core: &Core,
    head: RequestHead<'_>,
    about: AuditContext<'_>,
    status: StatusCode,
    kind: &'static str,
    advice: Advice,
    action: Action,
) -> Refusal {
    // Without randomness there is no reference, but the request must still be refused.
    let reference = Reference::new().unwrap_or_else(|_| Reference::none());
    note_refusal(core, head, about, reference.clone(), action);
    answer(core, head, status, kind, advice, &reference)
}

fn note_refusal(
    core: &Core,
    head: RequestHead<'_>,
    about: AuditContext<'_>,
    reference: Reference,
    action: Action,
) {
    let mut event = AuditEvent::new(core.now(), reference, action);
    event.organization = about.organization.or_else(|| head.extensions.get::<OrgId>()).cloned();
    event.account = about.account.cloned();
    event.connection = about.connection.map(AuditedConnection::from);
    let address = head.extensions.get::<ClientAddress>();
    event.network = address.map(|ClientAddress(address)| Network::of(*address));
    core.record(event);
}

fn answer(
    core: &Core,
    head: RequestHead<'_>,
    status: StatusCode,
    kind: &'static str,
    advice: Advice,
    reference: &Reference,
) -> Refusal {
    let page = matches!(form(head), ClientKind::Navigation | ClientKind::Frame);
    let (mut headers, body) = if page {
        let page = core.pages.error(None, advice, reference, None);
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

/// Returns the path of the matched route, or an empty string if no router recorded one.
fn matched_path(head: RequestHead<'_>) -> &str {
    if let Some(matched) = head.extensions.get::<axum::extract::MatchedPath>() {
        return matched.as_str();
    }
    ""
}
