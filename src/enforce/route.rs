//! What the layer knows about the place where it is: around one route of one router.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use crate::{request_head::RequestHead, state::Core};

/// One layer: all services that it makes share this.
#[derive(Debug)]
pub(crate) struct Placed {
    core: Arc<Core>,
    /// Whether a request that came through this layer has had a matched path.
    has_matched: AtomicBool,
}

impl Placed {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core, has_matched: AtomicBool::new(false) }
    }
}

/// The layer around one route: axum layers each route by itself.
#[derive(Debug)]
pub(crate) struct Route {
    layer: Arc<Placed>,
    /// The address in memory of the static path that was reported last. Nothing is read through it.
    reported: AtomicUsize,
}

impl Route {
    pub(crate) fn new(layer: Arc<Placed>) -> Self {
        Self { layer, reported: AtomicUsize::new(0) }
    }

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
        if self.reported.load(Ordering::Relaxed) != place {
            self.core().placement.saw_static(matched);
            self.reported.store(place, Ordering::Relaxed);
        }
    }
}
