//! The layer.

use tower_layer::Layer;

use super::SsoService;
use crate::Sso;

/// Makes single sign-on mandatory for the requests that pass it: see [the decision table](crate#the-rule). Made by
/// [`Sso::layer`].
///
/// It stands *inside* the app's own authentication: with axum, `.layer(sso.layer())` before `.layer(authentication)`.
#[derive(Clone, Debug)]
pub struct SsoLayer(Sso);

impl SsoLayer {
    pub(crate) fn new(sso: Sso) -> Self {
        Self(sso)
    }
}

impl<S> Layer<S> for SsoLayer {
    type Service = SsoService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        SsoService::new(self.0.clone(), inner)
    }
}
