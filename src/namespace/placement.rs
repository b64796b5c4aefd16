//! [`PlacementLog`]: what has been logged about the layer's place in the app.
//!
//! Anonymous visitors can send requests to a misplaced layer and requests that match no route. They must not be able to
//! fill the log. Each refusal is therefore recorded once for each kind and matched path, and then only counted.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::audit::reference::Reference;

/// What has been logged so far, for all layers of one [`Sso`](crate::Sso).
#[derive(Debug, Default)]
pub(crate) struct PlacementLog {
    refused: Mutex<HashMap<(&'static str, String), Reference>>,
    static_routes: Mutex<BTreeSet<String>>,
    no_route: AtomicBool,
}

/// The maximum number of paths to remember. An app has fewer routes, but another middleware may make up matched paths.
const MAX_PATHS: usize = 1_000;

/// Whether a refusal must be recorded.
pub(crate) enum Recording {
    /// It is the first of its kind for this matched path. Record it with this reference.
    First(Reference),
    /// A refusal of this kind was recorded before, with this reference.
    Again(Reference),
}

impl PlacementLog {
    /// Remembers a refusal of this kind for this matched path, and returns whether it is the first.
    pub(crate) fn register_refusal(&self, kind: &'static str, matched: &str) -> Recording {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let matched = if refused.len() < MAX_PATHS { matched } else { "" };
        let key = (kind, matched.to_owned());
        if let Some(reference) = refused.get(&key) {
            return Recording::Again(reference.clone());
        }
        // If no randomness is available, there is no reference, but the request must still be refused.
        let reference = Reference::new().unwrap_or_else(|_| Reference::none());
        refused.insert(key, reference.clone());
        Recording::First(reference)
    }

    /// Remembers a static route: its path is fixed, and therefore it belongs to no organization.
    #[cold]
    pub(crate) fn note_static_route(&self, matched: &str) {
        let mut seen = self.static_routes.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() < MAX_PATHS && !seen.contains(matched) {
            seen.insert(matched.to_owned());
        }
    }

    /// Returns the static routes seen so far, sorted.
    pub(crate) fn static_routes(&self) -> Vec<String> {
        self.static_routes.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Logs a warning about the first request that matched no route.
    pub(crate) fn warn_no_route(&self, path: &str) {
        if !self.no_route.swap(true, Ordering::Relaxed) {
            let shown: String = path.chars().take(200).collect();
            tracing::warn!(
                target: "tower_sso",
                path = shown,
                "no route matched: the layer answers 404, and calls no fallback and no nested service inside of it. Add \
                 the fallback after the layer; declare a nested service by SsoBuilder::without_organization. This is said once"
            );
        }
    }
}
