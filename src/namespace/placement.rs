//! What the operator is told about where the layer stands: once for each matched path, then counted.
//!
//! Nobody has to be signed in to meet a misplaced layer, or to ask for an unknown address. So neither may fill a log.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::audit::reference::Reference;

/// What was told so far, for all layers of one [`Sso`](crate::Sso).
#[derive(Debug, Default)]
pub(crate) struct Placement {
    refused: Mutex<HashMap<(&'static str, String), Reference>>,
    static_routes: Mutex<BTreeSet<String>>,
    no_route: AtomicBool,
}

/// Matched paths are as many as the app has routes; this holds where something else makes them.
const MAX_PATHS: usize = 1_000;

/// Whether a refusal is to be recorded.
pub(crate) enum Recording {
    /// It is the first of its kind for this matched path: record it, with this reference.
    First(Reference),
    /// It was recorded before, with this reference.
    Again(Reference),
}

impl Placement {
    /// Answers whether a refusal of this kind, for this matched path, was recorded before.
    pub(crate) fn telling(&self, kind: &'static str, matched: &str) -> Recording {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let matched = if refused.len() < MAX_PATHS { matched } else { "" };
        let key = (kind, matched.to_owned());
        if let Some(reference) = refused.get(&key) {
            return Recording::Again(reference.clone());
        }
        // Without randomness there is no reference; the answer must still be a refusal.
        let reference = Reference::new().unwrap_or_else(|_| Reference::none());
        refused.insert(key, reference.clone());
        Recording::First(reference)
    }

    /// Remembers a route that belongs to no organization because its path is fixed.
    #[cold]
    pub(crate) fn saw_static(&self, matched: &str) {
        let mut seen = self.static_routes.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() < MAX_PATHS && !seen.contains(matched) {
            seen.insert(matched.to_owned());
        }
    }

    /// The static routes seen so far, in the order of their text.
    pub(crate) fn static_routes(&self) -> Vec<String> {
        self.static_routes.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// Warns of the first request that no route matched.
    pub(crate) fn saw_no_route(&self, path: &str) {
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
