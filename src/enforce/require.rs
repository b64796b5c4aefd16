//! The layer's decision for handlers that call it themselves: [`Sso::require`] and [`Sso::step_up`].

use tower_sso_core::{CredentialKind, LookupError, OrgId};

use crate::{
    challenge_reason::ChallengeReason,
    connection::checked::Connection,
    directory::viewer::Viewer,
    enforce::{
        challenge::{Challenge, ChallengeTarget},
        decide::{Decision, NotRequired, Pass, SsoPass},
        effective::by_tokens_page,
        evaluation::{AuditContext, Evaluation, LookupFailure, Target},
        refusal::{self, Refusal},
    },
    request_head::RequestHead,
    state::Core,
    step_up::StepUp,
};

const NOT_SEEN: &str = "someone is signed in, and the layer has not seen the request: its route stands outside the layer or outside every organization's namespace";

/// Checks a request whose organization only the handler knows (`/api/repos/{id}`, GraphQL). It makes the same
/// decision as the layer and gives the same responses.
pub(crate) async fn require(
    core: &Core,
    head: RequestHead<'_>,
    organization: &OrgId,
) -> Result<SsoPass, RequireError> {
    let mut evaluation = Evaluation::new(Target::Organization(organization.clone()));
    match conclude(core, &mut evaluation, head).await? {
        Ok(pass) => Ok(pass),
        Err(why) => Err(challenge(core, &evaluation, head, organization, why, &StepUp::new()).await),
    }
}

/// Checks that the viewer logged in with SSO recently, or in a certain way, before a sensitive action: deleting,
/// paying, reading a secret. A member gets either a pass with a fresh SSO session that meets the request, or a
/// challenge that leads to an SSO login that will meet it. This also applies where SSO is optional. A viewer who
/// needs no SSO session there passes as with [`Sso::require`], and the pass says so.
pub(crate) async fn step_up(
    core: &Core,
    head: RequestHead<'_>,
    organization: &OrgId,
    asked: &StepUp,
) -> Result<SsoPass, RequireError> {
    let mut evaluation = Evaluation::new(Target::Organization(organization.clone()));
    let why = match conclude(core, &mut evaluation, head).await? {
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
    if by_tokens_page(connection, credential) {
        addresses.tokens(organization, &StepUp::new())
    } else {
        addresses.start(organization, None)
    }
}

/// Passes a request without the layer's pass only if nobody is signed in.
pub(crate) async fn require_unseen(core: &Core, head: RequestHead<'_>) -> Result<(), Refusal> {
    match core.with_timeout(core.directory.viewer(head), "viewer").await {
        Ok(Viewer::Anonymous) => Ok(()),
        Ok(Viewer::SignedIn(_)) => Err(refusal::refuse_namespace(core, head, NOT_SEEN)),
        Ok(Viewer::NotEstablished) => Err(refusal::refuse_not_established(core, head)),
        Err(error) => Err(refusal::refuse_lookup(core, head, AuditContext::default(), "viewer", &error)),
    }
}

/// Runs the decision and returns a pass, or the reason for a challenge.
async fn conclude(
    core: &Core,
    evaluation: &mut Evaluation,
    head: RequestHead<'_>,
) -> Result<Result<SsoPass, ChallengeReason>, RequireError> {
    match evaluation.conclude(core, head).await {
        Ok(Decision::Pass(Pass::With(pass))) => Ok(Ok(pass)),
        Ok(Decision::Pass(Pass::Untouched)) => Ok(Ok(SsoPass::NotRequired(NotRequired::Anonymous))),
        Ok(Decision::Challenge(why)) => Ok(Err(why)),
        Ok(Decision::NotEstablished) => Err(refusal::refuse_not_established(core, head).into()),
        Err(LookupFailure { verb, error }) => {
            Err(refusal::refuse_lookup(core, head, evaluation.about(), verb.as_str(), &error).into())
        }
    }
}

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
        Err(error) => return refusal::refuse_lookup(core, head, evaluation.about(), "slug", &error).into(),
    };
    match evaluation.connection() {
        Some(connection) => {
            let to = ChallengeTarget { connection, credential: evaluation.credential() };
            RequireError::Challenge(Challenge::asking(core, head, &slug, to, why, asked))
        }
        None => refusal::refuse_lookup(core, head, evaluation.about(), "connection", &gone()).into(),
    }
}

/// Why [`Sso::require`](crate::Sso::require) did not pass the request. Return it from the handler as its response.
#[derive(Debug)]
pub enum RequireError {
    /// The viewer must log in with SSO first.
    Challenge(Challenge),
    /// No decision was possible: 503, or 500 if the app's authentication has not run.
    Unavailable(Refusal),
}

impl RequireError {
    /// Returns the response.
    #[must_use]
    pub fn into_response<B: From<bytes::Bytes>>(self) -> http::Response<B> {
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

fn gone() -> LookupError {
    LookupError::new("the connection that asked for a challenge is not known")
}
