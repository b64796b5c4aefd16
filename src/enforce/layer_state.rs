//! What a layer has learned about its place in the app.
//!
//! axum applies a layer to each route separately, and therefore one layer makes one service for each route.
//! [`LayerState`] is shared by all services of one layer. [`RouteState`] belongs to the service around one route.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use crate::{request_head::RequestHead, state::Core};

/// The state of one layer. All services that the layer makes share it.
#[derive(Debug)]
pub(crate) struct LayerState {
    core: Arc<Core>,
    /// Whether any request through this layer has had a matched path. Until then, the layer may be around a whole
    /// router or a fallback, where it can never see one.
    has_seen_match: AtomicBool,
}

impl LayerState {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core, has_seen_match: AtomicBool::new(false) }
    }
}

/// The state of the service around one route.
#[derive(Debug)]
pub(crate) struct RouteState {
    layer: Arc<LayerState>,
    /// The memory address of the static path that was noted last. It is only compared, never dereferenced.
    last_noted: AtomicUsize,
}

impl RouteState {
    pub(crate) fn new(layer: Arc<LayerState>) -> Self {
        Self { layer, last_noted: AtomicUsize::new(0) }
    }

    #[inline]
    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.layer.core
    }

    /// Remembers that this layer sees matched paths, if the request has one.
    #[inline]
    pub(crate) fn note_matched_path(&self, head: RequestHead<'_>) {
        if !self.has_seen_match() && head.extensions.get::<axum::extract::MatchedPath>().is_some() {
            self.layer.has_seen_match.store(true, Ordering::Relaxed);
        }
    }

    pub(crate) fn has_seen_match(&self) -> bool {
        self.layer.has_seen_match.load(Ordering::Relaxed)
    }

    /// Adds a static route to the list of [`Sso::static_routes`](crate::Sso::static_routes). Takes the list's lock only
    /// if the path differs from the one that was noted last.
    #[inline]
    pub(crate) fn note_static_route(&self, matched: &str) {
        let place = matched.as_ptr().addr();
        if self.last_noted.load(Ordering::Relaxed) != place {
            self.core().placement.note_static_route(matched);
            self.last_noted.store(place, Ordering::Relaxed);
        }
    }
}
