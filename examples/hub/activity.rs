//! The newest audit events, for the activity page. A real app stores them durably.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use tower_sso::{
    OrgId,
    audit::{AuditEvent, AuditSink, TracingSink},
};

/// The maximum number of events that are stored.
const MOST: usize = 1000;

/// Stores the newest events and writes every event to the log. Clones share their contents.
#[derive(Clone, Default)]
pub(crate) struct Activity(Arc<Mutex<VecDeque<AuditEvent>>>);

impl Activity {
    /// Returns the organization's events, newest first.
    pub(crate) fn of(&self, organization: &OrgId, most: usize) -> Vec<AuditEvent> {
        let events = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ours = events.iter().rev().filter(|event| event.organization.as_ref() == Some(organization));
        ours.take(most).cloned().collect()
    }
}

impl AuditSink for Activity {
    fn record(&self, event: &AuditEvent) {
        TracingSink.record(event);
        let mut events = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if events.len() == MOST {
            events.pop_front();
        }
        events.push_back(event.clone());
    }
}
