//! axum extractors for the layer's pass and for a fresh SSO session.

use crate::{
    enforce::{
        decide::{NotRequired, SsoPass},
        refusal::{self, Refusal},
        require,
    },
    fresh::session::FreshSession,
    sso::Sso,
};
use axum::{
    extract::{FromRef, FromRequestParts},
    response::{IntoResponse, Response},
};
use http::request::Parts;

/// Extracts the layer's pass. Fails with 500 if someone is signed in and the layer has not seen the request, for
/// example because the route was added after the layer. If nobody is signed in, the pass is
/// [`NotRequired::Anonymous`](crate::NotRequired::Anonymous).
///
/// The router's state must provide the [`Sso`] through `FromRef`.
impl<S> FromRequestParts<S> for SsoPass
where
    Sso: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = SsoPassRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        if let Some(pass) = parts.extensions.get::<Self>() {
            return Ok(pass.clone());
        }
        let unseen = require::refuse_unless_anonymous(Sso::from_ref(state).core(), (&*parts).into()).await;
        unseen.map(|()| Self::NotRequired(NotRequired::Anonymous)).map_err(SsoPassRejection::NotChecked)
    }
}

/// Extracts a fresh SSO session, for handlers that need one whatever the connection's enforcement. Fails with 403 if
/// there is no fresh session.
#[derive(Clone, Debug)]
pub struct Fresh(pub FreshSession);

impl<S> FromRequestParts<S> for Fresh
where
    Sso: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = SsoPassRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        match SsoPass::from_request_parts(parts, state).await? {
            SsoPass::Fresh(session) => Ok(Self(session)),
            SsoPass::NotRequired(_) | SsoPass::Offered(_) => {
                let sso = Sso::from_ref(state);
                Err(SsoPassRejection::NotFresh(refusal::refuse_not_fresh(sso.core(), (&*parts).into()).await))
            }
        }
    }
}

/// Why an extractor refused the request.
#[derive(Debug)]
#[non_exhaustive]
pub enum SsoPassRejection {
    /// The layer has not seen the request, or the viewer could not be determined.
    NotChecked(Refusal),
    /// There is no fresh SSO session.
    NotFresh(Refusal),
}

impl IntoResponse for SsoPassRejection {
    fn into_response(self) -> Response {
        match self {
            Self::NotChecked(refusal) | Self::NotFresh(refusal) => refusal.into_response(),
        }
    }
}
