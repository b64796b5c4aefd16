//! The layer's decision, for a handler that asks for it.

use super::{
    About, Challenge, Decision, Inquiry, NotRequired, Pass, SsoPass, StepUp, Target, Unanswered, Why,
    challenge::To, effective::by_tokens_page,
};
use crate::{Connection, CredentialKind, LookupError, OrgId, Refusal, RequestHead, Sso, Viewer};

const NOT_SEEN: &str = "someone is signed in, and the layer has not seen the request: its route stands outside the layer or outside every organization's namespace";

impl Sso {
    /// Checks a request whose organization only the handler knows (`/api/repos/{id}`, GraphQL). The same decision as
    /// the layer's, and the same answers.
    ///
    /// # Errors
    ///
    /// [`RequireError::Challenge`] when the viewer has to sign on first; [`RequireError::Unavailable`] when a lookup
    /// failed, which is never a pass. Both are responses to return as they are.
    pub async fn require(
        &self,
        request: impl Into<RequestHead<'_>>,
        organization: &OrgId,
    ) -> Result<SsoPass, RequireError> {
        let head = request.into();
        let mut inquiry = Inquiry::new(Target::Organization(organization.clone()));
        match self.conclude(&mut inquiry, head).await? {
            Ok(pass) => Ok(pass),
            Err(why) => Err(self.challenge(&inquiry, head, organization, why, &StepUp::new()).await),
        }
    }

    /// Checks that the viewer signed on recently, or in a certain way, before something that matters: deleting,
    /// paying, reading a secret. A member gets a pass with a fresh session that meets it, or a challenge that leads to
    /// a sign-on that will; where signing on is optional too. Who needs no SSO session there at all passes as with
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
        let mut inquiry = Inquiry::new(Target::Organization(organization.clone()));
        let why = match self.conclude(&mut inquiry, head).await? {
            Ok(SsoPass::Fresh(proof)) => match asked.met_by(proof.session(), self.core().now()) {
                Ok(()) => return Ok(SsoPass::Fresh(proof)),
                Err(why) => why,
            },
            Ok(SsoPass::Offered(_)) => Why::NoSession,
            Ok(pass @ SsoPass::NotRequired(_)) => return Ok(pass),
            Err(why) => why,
        };
        Err(self.challenge(&inquiry, head, organization, why, asked).await)
    }

    /// Where whoever has this credential, or its owner, does what lets it in.
    pub(crate) fn way_in(&self, connection: &Connection, credential: CredentialKind) -> String {
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
            Err(error) => Err(self.refuse_lookup(head, About::default(), "viewer", &error)),
        }
    }

    /// What the table says: a pass, or why there is none.
    async fn conclude(
        &self,
        inquiry: &mut Inquiry,
        head: RequestHead<'_>,
    ) -> Result<Result<SsoPass, Why>, RequireError> {
        match inquiry.conclude(self.core(), head).await {
            Ok(Decision::Pass(Pass::With(pass))) => Ok(Ok(pass)),
            Ok(Decision::Pass(Pass::Untouched)) => Ok(Ok(SsoPass::NotRequired(NotRequired::Anonymous))),
            Ok(Decision::Challenge(why)) => Ok(Err(why)),
            Ok(Decision::NotEstablished) => Err(self.refuse_not_established(head).into()),
            Err(Unanswered { verb, error }) => {
                Err(self.refuse_lookup(head, inquiry.about(), verb.as_str(), &error).into())
            }
        }
    }

    async fn challenge(
        &self,
        inquiry: &Inquiry,
        head: RequestHead<'_>,
        organization: &OrgId,
        why: Why,
        asked: &StepUp,
    ) -> RequireError {
        let slug = match self.within(self.core().directory.slug(organization), "slug").await {
            Ok(slug) => slug,
            Err(error) => return self.refuse_lookup(head, inquiry.about(), "slug", &error).into(),
        };
        match inquiry.connection() {
            Some(connection) => {
                let to = To { connection, credential: inquiry.credential() };
                RequireError::Challenge(Challenge::asking(self, head, &slug, to, why, asked))
            }
            None => self.refuse_lookup(head, inquiry.about(), "connection", &gone()).into(),
        }
    }
}

/// Why [`Sso::require`] did not pass. A response to return as it is.
#[derive(Debug)]
pub enum RequireError {
    /// The viewer has to sign on first.
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
