//! [`StepUpLayer`]: a step-up for whole routes.
//!
//! It belongs inside the [`SsoLayer`](crate::SsoLayer), which tells it the organization. It decides again, as
//! [`Sso::step_up`](crate::Sso::step_up) does in a handler, and replaces the outer layer's pass.

use crate::{
    enforce::{
        decide::SsoPass,
        require,
        response_body::{DefaultBody, MakeBody},
    },
    request_head::RequestHead,
    state::Core,
    step_up::StepUp,
};
use std::sync::Arc;
use std::{
    pin::Pin,
    task::{Context, Poll},
};
use tower_sso_core::OrgId;

use bytes::Bytes;
use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

/// Requires for each request to a route what [`Sso::step_up`](crate::Sso::step_up) requires in a handler. It must be
/// inside the [`SsoLayer`], which tells it the organization: add it with `route_layer`.
///
/// It passes a request unchanged if nobody is signed in, or if the app does not know the organization. If somebody is
/// signed in and the outer layer has inserted no pass, the response is 500. This happens if the route is outside the
/// outer layer or outside every organization's namespace.
///
/// ```
/// # use std::time::Duration;
/// # use tower_sso::{Sso, StepUp};
/// # fn delete() -> axum::routing::MethodRouter { axum::routing::post(|| async {}) }
/// # fn routes(sso: &Sso) -> Result<axum::Router, tower_sso::ConfigError> {
/// let recent = StepUp::new().within(Duration::from_secs(5 * 60))?;
/// Ok(axum::Router::new()
///     .route("/{org}/delete", delete())
///     .route_layer(sso.step_up_layer(recent))
///     .layer(sso.layer()))
/// # }
/// ```
///
/// [`SsoLayer`]: crate::SsoLayer
#[derive(Clone, Debug)]
pub struct StepUpLayer<M = DefaultBody> {
    core: Arc<Core>,
    asked: StepUp,
    make_body: M,
}

impl StepUpLayer {
    pub(crate) fn new(core: Arc<Core>, asked: StepUp) -> Self {
        Self { core, asked, make_body: DefaultBody }
    }

    /// Returns the layer for a service with another type of response body, as [`SsoLayer::with_body`] does.
    ///
    /// [`SsoLayer::with_body`]: crate::SsoLayer::with_body
    #[must_use]
    pub fn with_body<B>(self, make_body: fn(Bytes) -> B) -> StepUpLayer<fn(Bytes) -> B> {
        StepUpLayer { core: self.core, asked: self.asked, make_body }
    }
}

impl<S, M: Clone> Layer<S> for StepUpLayer<M> {
    type Service = StepUpService<S, M>;

    fn layer(&self, inner: S) -> Self::Service {
        StepUpService { layer: self.clone(), inner }
    }
}

/// The service that [`StepUpLayer`] creates.
#[derive(Clone, Debug)]
pub struct StepUpService<S, M = DefaultBody> {
    layer: StepUpLayer<M>,
    inner: S,
}

impl<S, M, B, ResBody> Service<Request<B>> for StepUpService<S, M>
where
    S: Service<Request<B>, Response = Response<ResBody>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    M: MakeBody<ResBody> + Clone + Send + 'static,
{
    type Response = Response<ResBody>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        // Call the service that was polled ready, and leave its clone here. The clone may not be ready.
        let clone = self.inner.clone();
        let mut ready = std::mem::replace(&mut self.inner, clone);
        let StepUpLayer { core, asked, make_body } = self.layer.clone();
        Box::pin(async move {
            match check(&core, RequestHead::from(&request), &asked).await {
                Ok(Some(pass)) => drop(request.extensions_mut().insert(pass)),
                Ok(None) => {}
                Err(answer) => return Ok(answer.map(|bytes| make_body.make_body(bytes))),
            }
            ready.call(request).await
        })
    }
}

/// Decides about the request. Returns the pass that replaces the outer layer's pass, `None` if the request continues
/// unchanged, or the response.
async fn check(
    core: &Core,
    head: RequestHead<'_>,
    asked: &StepUp,
) -> Result<Option<SsoPass>, Response<Bytes>> {
    match (head.extensions.get::<SsoPass>(), head.extensions.get::<OrgId>()) {
        (Some(_), Some(organization)) => {
            let pass = require::step_up(core, head, organization, asked).await;
            pass.map(Some).map_err(crate::enforce::require::RequireError::into_response)
        }
        // The app does not know the organization.
        (Some(_), None) => Ok(None),
        (None, _) => require::refuse_unless_anonymous(core, head)
            .await
            .map(|()| None)
            .map_err(crate::enforce::refusal::Refusal::into_response),
    }
}
