//! The layer's decision for handlers that call it themselves: [`Sso::require`] and [`Sso::step_up`].

use crate::{
    connection::Connection,
    directory::{CredentialKind, Viewer},
    enforce::{
        challenge::{Challenge, ChallengeTarget},
        decide::{ChallengeReason, Decision, NotRequired, Pass, SsoPass},
        effective::by_tokens_page,
        evaluation::{AuditContext, Evaluation, LookupFailure, Target},
        refusal::Refusal,
        step_up::StepUp,
    },
    head::RequestHead,
    id::OrgId,
    lookup::LookupError,
    sso::Sso,
};

const NOT_SEEN: &str = "someone is signed in, and the layer has not seen the request: its route stands outside the layer or outside every organization's namespace";

impl Sso {
    /// Checks a request whose organization only the handler knows (`/api/repos/{id}`, GraphQL). It makes the same
    /// decision as the layer and gives the same responses.
    ///
    /// # Errors
    ///
    /// Returns [`RequireError::Challenge`] if the viewer must log in with SSO first, and
    /// [`RequireError::Unavailable`] if a lookup failed, which is never a pass. Return either one from the handler as
    /// its response.
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

    /// Checks that the viewer logged in with SSO recently, or in a certain way, before a sensitive action: deleting,
    /// paying, reading a secret. A member gets either a pass with a fresh SSO session that meets the request, or a
    /// challenge that leads to an SSO login that will meet it. This also applies where SSO is optional. A viewer who
    /// needs no SSO session there passes as with [`Sso::require`], and the pass says so.
    ///
    /// The provider's response is checked against the same request before it becomes an SSO session.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`Sso::require`]. For a bearer token, the challenge includes `max_age` and
    /// `acr_values` (RFC 9470 §3).
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

    /// Returns the URL where the user can satisfy the challenge: the token page for tokens that must be authorized,
    /// otherwise the start page.
    pub(crate) fn remediation_url(&self, connection: &Connection, credential: CredentialKind) -> String {
        let (addresses, organization) = (&self.core().addresses, connection.organization());
        if by_tokens_page(connection, credential) {
            addresses.tokens(organization, &StepUp::new())
        } else {
            addresses.start(organization, None)
        }
    }

    /// Passes a request without the layer's pass only if nobody is signed in.
    pub(super) async fn require_unseen(&self, head: RequestHead<'_>) -> Result<(), Refusal> {
        match self.within(self.core().directory.viewer(head), "viewer").await {
            Ok(Viewer::Anonymous) => Ok(()),
            Ok(Viewer::SignedIn { .. }) => Err(self.refuse_namespace(head, NOT_SEEN)),
            Ok(Viewer::NotEstablished) => Err(self.refuse_not_established(head)),
            Err(error) => Err(self.refuse_lookup(head, AuditContext::default(), "viewer", &error)),
        }
    }

    /// Runs the decision and returns a pass, or the reason for a challenge.
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

/// Why [`Sso::require`] did not pass the request. Return it from the handler as its response.
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
