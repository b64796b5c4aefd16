//! [`Refusal`]: the response to a request about which no decision was possible. The handler is not called.
//!
//! A browser gets an error page, a gRPC client gets the status of the call, and every other client gets JSON. All show a
//! reference, and the cause is only in the audit event with that reference. There is one function for each cause:
//!
//! | cause | function | status |
//! |---|---|---|
//! | a lookup failed or was late | `refuse_lookup` | 503 |
//! | the app's authentication has not run | `refuse_not_established` | 500 |
//! | the layer can't see the organization from its place in the app | `refuse_namespace` | 500 |
//! | the request's organization can't be read for certain | `refuse_unresolved` | 400 or 500 |
//! | a handler requires a fresh SSO session | `refuse_not_fresh` | 403 |

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
        client_kind::ClientKind,
        evaluation::{AuditContext, Evaluation, Target},
        grpc::{self, GrpcCode},
        response_body::ResponseBody,
    },
    error::kind::Advice,
    namespace::{matching::NamespaceMatch, placement::Recording},
    request_head::RequestHead,
    state::Core,
};

/// The response to a request about which no decision was possible: 503 with `Retry-After` if a lookup failed or took
/// too long, 400 if the organization is ambiguous, 500 if the layer is at a place in the app where it can't work. The
/// response contains one sentence and a reference. The cause is in the audit event. A gRPC client gets the code
/// `UNAVAILABLE`, `INVALID_ARGUMENT` or `INTERNAL`, with HTTP status 200.
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
    pub fn into_response<B: ResponseBody>(self) -> Response<B> {
        let mut response = Response::new(B::from_bytes(self.body));
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

/// Refuses because a lookup failed or took too long. A failed lookup never counts as a "no".
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
    refuse_misplaced_layer(
        core,
        head,
        "viewer_not_established",
        "the host's authentication has not run before this layer",
    )
}

/// Refuses because the layer can't see the organization from its place in the app.
pub(crate) fn refuse_namespace(core: &Core, head: RequestHead<'_>, why: &'static str) -> Refusal {
    refuse_misplaced_layer(core, head, "namespace_unknown", why)
}

/// Refuses because the organization can't be read for certain: 400 if the request is ambiguous, 500 if the layer is in
/// the wrong place.
pub(crate) fn refuse_unresolved(core: &Core, head: RequestHead<'_>, found: &NamespaceMatch) -> Refusal {
    match found {
        NamespaceMatch::Unclear(why) => {
            let (status, kind) = (StatusCode::BAD_REQUEST, "namespace_unclear");
            refuse_and_record_once(core, head, status, kind, Advice::NotFound, why)
        }
        NamespaceMatch::Misplaced(why) => refuse_namespace(core, head, why),
        NamespaceMatch::Outside | NamespaceMatch::Organization(_) => {
            refuse_namespace(core, head, "the namespace was read twice, with different results")
        }
    }
}

/// Refuses because of a mistake in how the app adds the layer.
fn refuse_misplaced_layer(
    core: &Core,
    head: RequestHead<'_>,
    kind: &'static str,
    why: &'static str,
) -> Refusal {
    refuse_and_record_once(core, head, StatusCode::INTERNAL_SERVER_ERROR, kind, Advice::AskAdministrator, why)
}

/// Refuses, and records the audit event only once for each kind and matched path. Later refusals are only counted,
/// because anonymous visitors can cause them and must not be able to fill the log.
#[cold]
fn refuse_and_record_once(
    core: &Core,
    head: RequestHead<'_>,
    status: StatusCode,
    kind: &'static str,
    advice: Advice,
    why: &'static str,
) -> Refusal {
    let matched = matched_path(head);
    crate::metrics::measures::misplaced(kind);
    match core.placement.register_refusal(kind, matched) {
        Recording::Again(reference) => answer(core, head, status, kind, advice, &reference),
        Recording::First(reference) => {
            tracing::error!(target: "tower_sso", kind, matched_path = matched, "{why}. Said once for this matched path");
            let action = Action::Misplaced { kind };
            record_refusal(core, head, AuditContext::default(), reference.clone(), action);
            answer(core, head, status, kind, advice, &reference)
        }
    }
}

/// Refuses because a handler requires a fresh SSO session and this viewer does not have one for the organization.
pub(crate) async fn refuse_not_fresh(core: &Core, head: RequestHead<'_>) -> Refusal {
    let organization = head.extensions.get::<OrgId>().cloned();
    let mut evaluation = organization.map(|organization| Evaluation::new(Target::Organization(organization)));
    if let Some(evaluation) = &mut evaluation {
        // The result is only for the audit event. The request is refused in any case.
        let _ = evaluation.conclude(core, head).await;
    }
    let about = evaluation.as_ref().map_or_else(AuditContext::default, Evaluation::audit_context);
    let (advice, action) = (Advice::StartAgain, Action::FreshRequired);
    refusal(core, head, about, StatusCode::FORBIDDEN, "fresh_session_required", advice, action)
}

/// Records the audit event and builds the response.
fn refusal(
    core: &Core,
    head: RequestHead<'_>,
    about: AuditContext<'_>,
    status: StatusCode,
    kind: &'static str,
    advice: Advice,
    action: Action,
) -> Refusal {
    // If no randomness is available, there is no reference, but the request must still be refused.
    let reference = Reference::new().unwrap_or_else(|_| Reference::none());
    record_refusal(core, head, about, reference.clone(), action);
    answer(core, head, status, kind, advice, &reference)
}

fn record_refusal(
    core: &Core,
    head: RequestHead<'_>,
    about: AuditContext<'_>,
    reference: Reference,
    action: Action,
) {
    let mut event = AuditEvent::new(core.now(), reference, action);
    event.organization = about.organization.or_else(|| head.extensions.get::<OrgId>()).cloned();
    event.account = about.account.cloned();
    event.connection = about.connection.map(|connection| AuditedConnection::of(connection, &core.keys));
    let address = head.extensions.get::<ClientAddress>();
    event.network = address.map(|ClientAddress(address)| Network::of(*address));
    core.record(event);
}

/// Builds the response in the shape that suits the client.
fn answer(
    core: &Core,
    head: RequestHead<'_>,
    status: StatusCode,
    kind: &'static str,
    advice: Advice,
    reference: &Reference,
) -> Refusal {
    let (status, mut headers, body) = match ClientKind::of(head) {
        ClientKind::Grpc => {
            let message = format!("{kind}, reference {}", reference.as_str());
            (StatusCode::OK, grpc::headers(head, GrpcCode::of_refusal(status), &message), Bytes::new())
        }
        ClientKind::Navigation | ClientKind::Frame => {
            let page = core.pages.error(None, advice, reference, None);
            (status, page.headers, page.body)
        }
        ClientKind::Htmx | ClientKind::Basic | ClientKind::Bearer | ClientKind::Other => {
            let problem = json!({
                "type": format!("urn:tower-sso:{kind}"),
                "title": status.canonical_reason(),
                "status": status.as_u16(),
                "reference": reference.as_str(),
            });
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
            (status, headers, Bytes::from(problem.to_string()))
        }
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
