//! Acts on a decision: the request continues, with its pass, or gets a response.

use bytes::Bytes;
use http::{Request, Response, StatusCode};

use crate::{
    enforce::{
        challenge::{Challenge, ChallengeTarget},
        decide::{Decision, NotRequired, Pass, SsoPass},
        evaluation::{Evaluation, LookupFailure},
        refusal,
    },
    request_head::RequestHead,
    state::Core,
};
use tower_sso_core::OrgId;

/// Acts on the result of an evaluation: inserts the pass so that the request continues, or returns the response.
pub(crate) fn apply_decision<B, ResBody: From<Bytes>>(
    core: &Core,
    evaluation: &Evaluation,
    request: &mut Request<B>,
    concluded: Result<Decision, LookupFailure>,
) -> Result<(), Response<ResBody>> {
    let head = RequestHead::from(&*request);
    match concluded {
        Ok(Decision::Pass(Pass::Untouched)) => Ok(()),
        Ok(Decision::Pass(Pass::With(SsoPass::NotRequired(NotRequired::UnknownOrganization))))
            if core.hides_unknown =>
        {
            Err(not_found())
        }
        Ok(Decision::Pass(Pass::With(pass))) => {
            let extensions = request.extensions_mut();
            extensions.insert(pass);
            // An `OrgId` that another layer inserted must not remain beside this pass.
            match evaluation.organization() {
                Some(organization) => drop(extensions.insert(organization.clone())),
                None => drop(extensions.remove::<OrgId>()),
            }
            Ok(())
        }
        Ok(Decision::NotEstablished) => Err(refusal::refuse_not_established(core, head).into_response()),
        Ok(Decision::Challenge(why)) => {
            match (evaluation.slug(), evaluation.connection()) {
                (Some(slug), Some(connection)) => {
                    let to = ChallengeTarget { connection, credential: evaluation.credential() };
                    Err(Challenge::new(core, head, slug, to, why).into_response())
                }
                (_, _) => Err(refusal::refuse_namespace(core, head, "a challenge without an organization")
                    .into_response()),
            }
        }
        Err(LookupFailure { verb, error }) => {
            Err(refusal::refuse_lookup(core, head, evaluation.about(), verb.as_str(), &error).into_response())
        }
    }
}

/// Returns the response to a request for an address that does not exist.
pub(crate) fn not_found<ResBody: From<Bytes>>() -> Response<ResBody> {
    let mut response = Response::new(ResBody::from(Bytes::new()));
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}
