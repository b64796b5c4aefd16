//! The layer's decision, for a handler that asks for it.

use super::{
    AuditContext, Challenge, ChallengeReason, Decision, Evaluation, LookupFailure, NotRequired, Pass,
    SsoPass, StepUp, Target, challenge::ChallengeTarget, effective::by_tokens_page,
};
use crate::{
    Connection, LookupError, OrgId, RequestHead, Sso, Viewer, middleware::Refusal, token::CredentialKind,
};

const NOT_SEEN: &str = "someone is signed in, and the layer has not seen the request: its route stands outside the layer or outside every organization's namespace";

impl Sso {
    /// Checks a request whose organization only the handler knows (`/api/repos/{id}`, GraphQL). The same decision as
    /// the layer's, and the same answers.
    ///
    /// # Errors
    ///
    /// [`RequireError::Challenge`] when the viewer has to log in with SSO first; [`RequireError::Unavailable`] when a lookup
    /// failed, which is never a pass. Both are responses to return as they are.
    pub async fn require(
        &self,
        request: impl Into<RequestHead<'_>>,
        organization: &OrgId,
    ) -> Result<SsoPass, RequireError> {
        let head = request.into();
        let mut evaluation = Evaluation::new(Target::Organization(organization.clone()));
        match self.conclude(&mut evaluation, head).await? {
            Ok(pass) => Ok(pass),
            Err(why) => Err(self.challenge(&evaluation, head, organization, why, &StepUp::new()).await),
        }
    }

    /// Checks that the viewer logged in with SSO recently, or in a certain way, before something that matters: deleting,
    /// paying, reading a secret. A member gets a pass with a fresh session that meets it, or a challenge that leads to
    /// an SSO login that will; where logging in with SSO is optional too. Who needs no SSO session there at all passes as with
    /// [`Sso::require`], and the pass says so.
    ///
    /// What comes back from the provider is checked against the same wish before it becomes a session.
    ///
    /// # Errors
    ///
    /// As [`Sso::require`]. To a bearer token the challenge says `max_age` and `acr_values` (RFC 9470 §3).
    pub async fn step_up(
        &self,
        request: impl Into<RequestHead<'_>>,
        organization: &OrgId,
        asked: &StepUp,
    ) -> Result<SsoPass, RequireError> {
        let head = request.into();
        let mut evaluation = Evaluation::new(Target::Organization(organization.clone()));
        let why = match self.conclude(&mut evaluation, head).await? {
            Ok(SsoPass::Fresh(proof)) => match asked.met_by(proof.session(), self.core().now()) {
                Ok(()) => return Ok(SsoPass::Fresh(proof)),
                Err(why) => why,
            },
            Ok(SsoPass::Offered(_)) => ChallengeReason::NoSession,
            Ok(pass @ SsoPass::NotRequired(_)) => return Ok(pass),
            Err(why) => why,
        };
        Err(self.challenge(&evaluation, head, organization, why, asked).await)
    }

    /// Where whoever has this credential, or its owner, does what lets it in.
    pub(crate) fn remediation_url(&self, connection: &Connection, credential: CredentialKind) -> String {
        let (addresses, organization) = (&self.core().addresses, connection.organization());
        if by_tokens_page(connection, credential) {
            addresses.tokens(organization, &StepUp::new())
        } else {
            addresses.start(organization, None)
        }
    }

    /// Passes a request without the layer's pass only where nobody is signed in.
    pub(super) async fn require_unseen(&self, head: RequestHead<'_>) -> Result<(), Refusal> {
        match self.within(self.core().directory.viewer(head), "viewer").await {
            Ok(Viewer::Anonymous) => Ok(()),
            Ok(Viewer::SignedIn { .. }) => Err(self.refuse_namespace(head, NOT_SEEN)),
            Ok(Viewer::NotEstablished) => Err(self.refuse_not_established(head)),
            Err(error) => Err(self.refuse_lookup(head, AuditContext::default(), "viewer", &error)),
        }
    }

    /// What the table says: a pass, or why there is none.
    async fn conclude(
        &self,
        evaluation: &mut Evaluation,
        head: RequestHead<'_>,
    ) -> Result<Result<SsoPass, ChallengeReason>, RequireError> {
        match evaluation.conclude(self.core(), head).await {
            Ok(Decision::Pass(Pass::With(pass))) => Ok(Ok(pass)),
            Ok(Decision::Pass(Pass::Untouched)) => Ok(Ok(SsoPass::NotRequired(NotRequired::Anonymous))),
            Ok(Decision::Challenge(why)) => Ok(Err(why)),
            Ok(Decision::NotEstablished) => Err(self.refuse_not_established(head).into()),
            Err(LookupFailure { verb, error }) => {
                Err(self.refuse_lookup(head, evaluation.about(), verb.as_str(), &error).into())
            }
        }
    }

    async fn challenge(
        &self,
        evaluation: &Evaluation,
        head: RequestHead<'_>,
        organization: &OrgId,
        why: ChallengeReason,
        asked: &StepUp,
    ) -> RequireError {
        let slug = match self.within(self.core().directory.slug(organization), "slug").await {
            Ok(slug) => slug,
            Err(error) => return self.refuse_lookup(head, evaluation.about(), "slug", &error).into(),
        };
        match evaluation.connection() {
            Some(connection) => {
                let to = ChallengeTarget { connection, credential: evaluation.credential() };
                RequireError::Challenge(Challenge::asking(self, head, &slug, to, why, asked))
            }
            None => self.refuse_lookup(head, evaluation.about(), "connection", &gone()).into(),
        }
    }
}

/// Why [`Sso::require`] did not pass. A response to return as it is.
#[derive(Debug)]
pub enum RequireError {
    /// The viewer has to log in with SSO first.
    Challenge(Challenge),
    /// It could not be decided: 503, or a loud 500 when the host's authentication has not run.
    Unavailable(Refusal),
}

impl RequireError {
    /// The answer.
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

#[cfg(feature = "axum")]
impl axum::response::IntoResponse for RequireError {
    fn into_response(self) -> axum::response::Response {
        self.into_response()
    }
}

fn gone() -> LookupError {
    LookupError::new("the connection that asked for a challenge is not known")
}
