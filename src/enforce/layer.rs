//! The layer.

use std::sync::Arc;

use tower_layer::Layer;

use crate::{
    enforce::{
        route::{Placed, Route},
        service::SsoService,
    },
    state::Core,
};

/// Makes single sign-on mandatory for the requests that pass through it: see [the decision table](crate#the-rule). Made
/// by [`Sso::layer`](crate::Sso::layer) and [`Sso::guard`](crate::Sso::guard).
///
/// It must be inside the app's own authentication: with axum, `.layer(sso.layer())` before `.layer(authentication)`.
#[derive(Clone, Debug)]
pub struct SsoLayer(Arc<Placed>);

impl SsoLayer {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self(Arc::new(Placed::new(core)))
    }
}

impl<S> Layer<S> for SsoLayer {
    type Service = SsoService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        SsoService::new(Arc::new(Route::new(Arc::clone(&self.0))), inner)
    }
}
