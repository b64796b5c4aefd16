//! [`SsoLayer`], the public layer. Its service is in `service`.

use std::sync::Arc;

use tower_layer::Layer;

use crate::{
    enforce::{
        layer_state::{LayerState, RouteState},
        service::SsoService,
    },
    state::Core,
};

/// Makes single sign-on mandatory for the requests that pass through it. [`Sso::layer`](crate::Sso::layer) and
/// [`Sso::guard`](crate::Sso::guard) create it. See [the decision table](crate#the-rule), and the
/// [example](crate::middleware#example) of a pass and a challenge.
///
/// It must be inside the app's own authentication: with axum, `.layer(sso.layer())` before `.layer(authentication)`.
#[derive(Clone, Debug)]
pub struct SsoLayer(Arc<LayerState>);

impl SsoLayer {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self(Arc::new(LayerState::new(core)))
    }
}

impl<S> Layer<S> for SsoLayer {
    type Service = SsoService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        SsoService::new(Arc::new(RouteState::new(Arc::clone(&self.0))), inner)
    }
}
