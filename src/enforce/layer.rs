//! [`SsoLayer`], the public layer. Its service is in `service`.

use std::sync::Arc;

use bytes::Bytes;
use tower_layer::Layer;

use crate::{
    enforce::{
        layer_state::{LayerState, RouteState},
        response_body::DefaultBody,
        service::SsoService,
    },
    state::Core,
};

/// Makes single sign-on mandatory for the requests that pass through it. [`Sso::layer`](crate::Sso::layer) and
/// [`Sso::guard`](crate::Sso::guard) create it. See [the decision table](crate#the-rule), and the
/// [example](crate::middleware#example) of a pass and a challenge.
///
/// It must be inside the app's own authentication: with axum, `.layer(sso.layer())` before `.layer(authentication)`.
///
/// `M` is how the layer makes the bodies of the responses that it gives itself. The default suits axum, hyper and every other service
/// whose body implements [`ResponseBody`](crate::middleware::ResponseBody). Otherwise, use
/// [`with_body`](Self::with_body).
#[derive(Clone, Debug)]
pub struct SsoLayer<M = DefaultBody> {
    state: Arc<LayerState>,
    make_body: M,
}

impl SsoLayer {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { state: Arc::new(LayerState::new(core)), make_body: DefaultBody }
    }

    /// Returns the layer for a service whose response body does not implement
    /// [`ResponseBody`](crate::middleware::ResponseBody). The function makes such a body from bytes. For example, for
    /// tonic without an axum router: `|bytes| tonic::body::Body::new(http_body_util::Full::new(bytes))`.
    #[must_use]
    pub fn with_body<B>(self, make_body: fn(Bytes) -> B) -> SsoLayer<fn(Bytes) -> B> {
        SsoLayer { state: self.state, make_body }
    }
}

impl<S, M: Clone> Layer<S> for SsoLayer<M> {
    type Service = SsoService<S, M>;

    fn layer(&self, inner: S) -> Self::Service {
        let route = RouteState::new(Arc::clone(&self.state));
        SsoService::new(Arc::new(route), inner, self.make_body.clone())
    }
}
