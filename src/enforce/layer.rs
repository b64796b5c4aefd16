//! The layer.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use tower_layer::Layer;

use crate::{enforce::service::SsoService, request_head::RequestHead, state::Core};

/// Makes single sign-on mandatory for the requests that pass through it: see [the decision table](crate#the-rule). Made
/// by [`Sso::layer`] and [`Sso::guard`].
///
/// It must be inside the app's own authentication: with axum, `.layer(sso.layer())` before `.layer(authentication)`.
#[derive(Clone, Debug)]
pub struct SsoLayer(Arc<Placed>);

/// One layer: all services that it makes share this.
#[derive(Debug)]
struct Placed {
    core: Arc<Core>,
    /// Whether a request that came through this layer has had a matched path.
    has_matched: AtomicBool,
}

impl SsoLayer {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self(Arc::new(Placed { core, has_matched: AtomicBool::new(false) }))
    }
}

impl<S> Layer<S> for SsoLayer {
    type Service = SsoService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        let route = Route { layer: Arc::clone(&self.0), told: AtomicUsize::new(0) };
        SsoService::new(Arc::new(route), inner)
    }
}

/// The layer around one route: axum layers each route by itself.
#[derive(Debug)]
pub(crate) struct Route {
    layer: Arc<Placed>,
    /// Where the static path lies in memory that was told last. Nothing is read through it.
    told: AtomicUsize,
}

impl Route {
    #[inline]
    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.layer.core
    }

    /// Remembers that the layer sees matched paths, once it does.
    #[inline]
    pub(crate) fn saw(&self, head: RequestHead<'_>) {
        if !self.has_matched() && head.extensions.get::<axum::extract::MatchedPath>().is_some() {
            self.layer.has_matched.store(true, Ordering::Relaxed);
        }
    }

    pub(crate) fn has_matched(&self) -> bool {
        self.layer.has_matched.load(Ordering::Relaxed)
    }

    /// Reports a static route, without taking a lock each time that it is asked for.
    #[inline]
    pub(crate) fn saw_static(&self, matched: &str) {
        let place = matched.as_ptr().addr();
        if self.told.load(Ordering::Relaxed) != place {
            self.core().placement.saw_static(matched);
            self.told.store(place, Ordering::Relaxed);
        }
    }
}
