//! Acts on a decision, which itself changes nothing: a pass is inserted into the request, and everything else becomes a
//! response. The service and its future share this code.

use std::ops::ControlFlow;

use bytes::Bytes;
use http::{Request, Response, StatusCode};

use crate::{
    enforce::{
        challenge::{Challenge, ChallengeTarget},
        decide::{Decision, NotRequired, SsoPass},
        evaluation::{Evaluation, LookupFailure},
        grpc::{self, GrpcCode},
        refusal,
    },
    request_head::RequestHead,
    state::Core,
};
use tower_sso_core::OrgId;

/// Acts on the result of an evaluation. Continues if the request continues to the inner service; if somebody is
/// signed in, the pass and the organization's id are then in its extensions. Otherwise breaks with the response.
pub(crate) fn apply_decision<B>(
    core: &Core,
    evaluation: &Evaluation,
    request: &mut Request<B>,
    concluded: Result<Decision, LookupFailure>,
) -> ControlFlow<Response<Bytes>> {
    let head = RequestHead::from(&*request);
    match concluded {
        Ok(Decision::PassUntouched) => ControlFlow::Continue(()),
        Ok(Decision::Pass(SsoPass::NotRequired(NotRequired::UnknownOrganization))) if core.hides_unknown => {
            ControlFlow::Break(not_found(head, GrpcCode::NotFound))
        }
        Ok(Decision::Pass(pass)) => {
            let extensions = request.extensions_mut();
            extensions.insert(pass);
            // An `OrgId` that another layer inserted must not remain with this pass: the handler would take it for the
            // organization that was checked.
            match evaluation.organization() {
                Some(organization) => drop(extensions.insert(organization.clone())),
                None => drop(extensions.remove::<OrgId>()),
            }
            ControlFlow::Continue(())
        }
        Ok(Decision::NotEstablished) => {
            ControlFlow::Break(refusal::refuse_not_established(core, head).into_response())
        }
        Ok(Decision::Challenge(why)) => match (evaluation.slug(), evaluation.connection()) {
            (Some(slug), Some(connection)) => {
                let to = ChallengeTarget { connection, credential: evaluation.credential_kind() };
                ControlFlow::Break(Challenge::new(core, head, slug, to, why).into_response())
            }
            (_, _) => ControlFlow::Break(
                refusal::refuse_namespace(core, head, "a challenge without an organization").into_response(),
            ),
        },
        Err(LookupFailure { fact, error }) => ControlFlow::Break(
            refusal::refuse_lookup(core, head, evaluation.audit_context(), fact.as_str(), &error)
                .into_response(),
        ),
    }
}

/// Returns the response to a request for an address that does not exist. A gRPC client gets the code.
pub(crate) fn not_found(head: RequestHead<'_>, code: GrpcCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    if grpc::is_call(head) {
        *response.headers_mut() = grpc::headers(head, code, "");
    } else {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}
