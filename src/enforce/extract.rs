//! What handlers ask for.

use axum::{
    extract::{FromRef, FromRequestParts},
    response::{IntoResponse, Response},
};
use http::request::Parts;

use super::{NotRequired, SsoPass};
use crate::{FreshSession, Sso, middleware::Refusal};

/// The layer's pass. Fails loudly, with 500, when someone is signed in and the layer has not seen the request: a
/// route added after the layer, say. Where nobody is signed in it is
/// [`NotRequired::Anonymous`](crate::NotRequired::Anonymous).
///
/// The router's state must give the [`Sso`], by `FromRef`.
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
        let unseen = Sso::from_ref(state).require_unseen((&*parts).into()).await;
        unseen.map(|()| Self::NotRequired(NotRequired::Anonymous)).map_err(SsoPassRejection::NotChecked)
    }
}

/// A fresh SSO session, for handlers that need one whatever the connection says. Refused with 403 without one.
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
                Err(SsoPassRejection::NotFresh(sso.refuse_not_fresh((&*parts).into()).await))
            }
        }
    }
}

/// Why an extractor refused.
#[derive(Debug)]
#[non_exhaustive]
pub enum SsoPassRejection {
    /// The layer has not seen the request, or it could not be told who is asking.
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
