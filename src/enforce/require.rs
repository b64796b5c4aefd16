//! The layer's decision for handlers that call it themselves: [`Sso::require`](crate::Sso::require) and
//! [`Sso::step_up`](crate::Sso::step_up).
//!
//! The handler passes the organization's id, and the rest is as in the layer: the same facts, the same decision and the
//! same responses. A step-up additionally compares the fresh SSO session with what the handler asks for.

use tower_sso_core::{CredentialKind, LookupError, OrgId};

use crate::{
    challenge_reason::ChallengeReason,
    connection::checked::Connection,
    directory::viewer::Viewer,
    enforce::{
        challenge::{Challenge, ChallengeTarget},
        decide::{Decision, NotRequired, SsoPass},
        effective::uses_token_page,
        evaluation::{AuditContext, Evaluation, LookupFailure, Target},
        refusal::{self, Refusal},
        response_body::ResponseBody,
    },
    request_head::RequestHead,
    state::Core,
    step_up::StepUp,
};

const NOT_SEEN: &str = "someone is signed in, and the layer has not seen the request: its route is outside the layer or outside every organization's namespace";

/// Decides about a request whose organization only the handler knows, such as `/api/repos/{id}` or GraphQL.
pub(crate) async fn require(
    core: &Core,
    head: RequestHead<'_>,
    organization: &OrgId,
) -> Result<SsoPass, RequireError> {
    let mut evaluation = Evaluation::new(Target::Organization(organization.clone()));
    match pass_or_reason(core, &mut evaluation, head).await? {
        Ok(pass) => Ok(pass),
        Err(why) => Err(challenge(core, &evaluation, head, organization, why, &StepUp::new()).await),
    }
}

/// Checks that the viewer logged in with SSO recently, or in a certain way, before a sensitive action: deleting,
/// paying, reading a secret. If the member's fresh SSO session satisfies `asked`, it is the pass. Otherwise the member
/// is challenged, and the provider is asked for a login that satisfies `asked`. This also applies if SSO is optional. A
/// viewer who needs no SSO session for the organization passes with [`SsoPass::NotRequired`].
pub(crate) async fn step_up(
    core: &Core,
    head: RequestHead<'_>,
    organization: &OrgId,
    asked: &StepUp,
) -> Result<SsoPass, RequireError> {
    let mut evaluation = Evaluation::new(Target::Organization(organization.clone()));
    let why = match pass_or_reason(core, &mut evaluation, head).await? {
        Ok(SsoPass::Fresh(proof)) => match asked.met_by(proof.session(), core.now()) {
            Ok(()) => return Ok(SsoPass::Fresh(proof)),
            Err(why) => why,
        },
        Ok(SsoPass::Offered(_)) => ChallengeReason::NoSession,
        Ok(pass @ SsoPass::NotRequired(_)) => return Ok(pass),
        Err(why) => why,
    };
    Err(challenge(core, &evaluation, head, organization, why, asked).await)
}

/// Returns the URL where the user can satisfy the challenge: the token page for tokens that must be authorized,
/// otherwise the start page.
pub(crate) fn remediation_url(core: &Core, connection: &Connection, credential: CredentialKind) -> String {
    let (addresses, organization) = (&core.addresses, connection.organization());
    if uses_token_page(connection, credential) {
        addresses.tokens(organization, &StepUp::new())
    } else {
        addresses.start(organization, None)
    }
}

/// Checks a request that has no pass of the layer. It is accepted only if nobody is signed in. Otherwise the layer
/// should have inserted a pass, and therefore has not seen the request.
pub(crate) async fn refuse_unless_anonymous(core: &Core, head: RequestHead<'_>) -> Result<(), Refusal> {
    match core.with_timeout(core.directory.viewer(head), "viewer").await {
        Ok(Viewer::Anonymous) => Ok(()),
        Ok(Viewer::SignedIn(_) | Viewer::WithoutSessionId(_)) => {
            Err(refusal::refuse_namespace(core, head, NOT_SEEN))
        }
        Ok(Viewer::NotEstablished) => Err(refusal::refuse_not_established(core, head)),
        Err(error) => Err(refusal::refuse_lookup(core, head, AuditContext::default(), "viewer", &error)),
    }
}

/// Decides about the request. The outer error means that no decision was possible. The inner result is the pass, or the
/// reason for a challenge.
async fn pass_or_reason(
    core: &Core,
    evaluation: &mut Evaluation,
    head: RequestHead<'_>,
) -> Result<Result<SsoPass, ChallengeReason>, RequireError> {
    match evaluation.conclude(core, head).await {
        Ok(Decision::Pass(pass)) => Ok(Ok(pass)),
        Ok(Decision::PassUntouched) => Ok(Ok(SsoPass::NotRequired(NotRequired::Anonymous))),
        Ok(Decision::Challenge(why)) => Ok(Err(why)),
        Ok(Decision::NotEstablished) => Err(refusal::refuse_not_established(core, head).into()),
        Err(LookupFailure { fact, error }) => {
            Err(refusal::refuse_lookup(core, head, evaluation.audit_context(), fact.as_str(), &error).into())
        }
    }
}

/// Builds the challenge.
async fn challenge(
    core: &Core,
    evaluation: &Evaluation,
    head: RequestHead<'_>,
    organization: &OrgId,
    why: ChallengeReason,
    asked: &StepUp,
) -> RequireError {
    let slug = match core.with_timeout(core.directory.slug(organization), "slug").await {
        Ok(slug) => slug,
        Err(error) => {
            return refusal::refuse_lookup(core, head, evaluation.audit_context(), "slug", &error).into();
        }
    };
    match evaluation.connection() {
        Some(connection) => {
            let to = ChallengeTarget { connection, credential: evaluation.credential_kind() };
            RequireError::Challenge(Challenge::with_step_up(core, head, &slug, to, why, asked))
        }
        None => {
            refusal::refuse_lookup(core, head, evaluation.audit_context(), "connection", &no_connection())
                .into()
        }
    }
}

/// Why [`Sso::require`](crate::Sso::require) did not pass the request. The handler returns it as its response.
#[derive(Debug)]
#[non_exhaustive]
pub enum RequireError {
    /// The viewer must log in with SSO first.
    Challenge(Challenge),
    /// No decision was possible: 503, or 500 if the app's authentication has not run.
    Unavailable(Refusal),
}

impl RequireError {
    /// Returns the response.
    #[must_use]
    pub fn into_response<B: ResponseBody>(self) -> http::Response<B> {
        match self {
            Self::Challenge(challenge) => challenge.into_response(),
            Self::Unavailable(refusal) => refusal.into_response(),
        }
    }
}

impl From<Refusal> for RequireError {
    fn from(refusal: Refusal) -> Self {
        Self::Unavailable(refusal)
    }
}

impl axum::response::IntoResponse for RequireError {
    fn into_response(self) -> axum::response::Response {
        self.into_response()
    }
}

/// Returns the error for a challenge without a connection. `decide` never makes one.
fn no_connection() -> LookupError {
    LookupError::new("the connection that asked for a challenge is not known")
}
