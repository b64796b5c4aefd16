//! The newest audit events of each organization, for the activity page.
//!
//! An event is written to the file by a task of its own: recording one never waits. If the file is slower than the
//! events, some are only in the log, and the log says how many.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::SystemTime,
};

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tower_sso::{
    AccountId, OrgId,
    audit::{Action, AuditEvent, AuditSink, TracingSink},
};

use crate::{keep::Keep, problem::Problem};

/// The maximum number of events that are stored, and that wait to be written.
const MOST: usize = 1000;

/// The kind of these records. The key is the number of the event.
const KIND: &str = "event";

/// Stores the newest events and writes every event to the log. Clones share their contents.
#[derive(Clone)]
pub(crate) struct Activity(Arc<Inner>);

struct Inner {
    entries: Mutex<VecDeque<Entry>>,
    waiting: mpsc::Sender<Entry>,
    dropped: AtomicU64,
}

/// An event as the page shows it.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) at: SystemTime,
    pub(crate) organization: Option<OrgId>,
    pub(crate) action: String,
    pub(crate) is_bad: bool,
    pub(crate) account: Option<AccountId>,
    pub(crate) actor: Option<AccountId>,
    pub(crate) detail: String,
    pub(crate) network: Option<String>,
    pub(crate) reference: String,
}

impl Activity {
    /// Reads what was kept, and starts the task that writes.
    pub(crate) async fn read(keep: &Keep) -> Result<Self, Problem> {
        let kept = keep.all::<Entry>(KIND).await?;
        let next = kept.last().and_then(|(number, _)| number.parse::<u64>().ok()).map_or(0, |last| last + 1);
        let entries: VecDeque<_> = kept.into_iter().map(|(_, entry)| entry).collect();
        let (waiting, events) = mpsc::channel(MOST);
        tokio::spawn(write(keep.clone(), events, next));
        Ok(Self(Arc::new(Inner { entries: Mutex::new(entries), waiting, dropped: AtomicU64::new(0) })))
    }

    /// Returns the organization's events, newest first.
    pub(crate) fn of(&self, organization: &OrgId, most: usize) -> Vec<Entry> {
        let entries = self.0.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let ours = entries.iter().rev().filter(|entry| entry.organization.as_ref() == Some(organization));
        ours.take(most).cloned().collect()
    }
}

impl AuditSink for Activity {
    fn record(&self, event: &AuditEvent) {
        TracingSink.record(event);
        let entry = Entry::from(event);
        if self.0.waiting.try_send(entry.clone()).is_err() {
            let dropped = self.0.dropped.fetch_add(1, Ordering::Relaxed) + 1;
            tracing::warn!(dropped, "an event is not kept: the file is too slow");
        }
        let mut entries = self.0.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() == MOST {
            entries.pop_front();
        }
        entries.push_back(entry);
    }
}

/// Writes events, each under the next number, and removes those beyond the newest.
async fn write(keep: Keep, mut events: mpsc::Receiver<Entry>, mut next: u64) {
    while let Some(entry) = events.recv().await {
        // Numbers of one length, so that the order of the keys is that of the events.
        let written = keep.put(KIND, &format!("{next:020}"), &entry).await;
        let old = next.checked_sub(MOST as u64);
        let removed = match old {
            Some(old) => keep.remove(KIND, &format!("{old:020}")).await,
            None => Ok(()),
        };
        if let Err(error) = written.and(removed) {
            tracing::error!(%error, "keeping an event");
        }
        next += 1;
    }
}

impl From<&AuditEvent> for Entry {
    fn from(event: &AuditEvent) -> Self {
        Self {
            at: event.at,
            organization: event.organization.clone(),
            action: event.action.name().to_owned(),
            is_bad: is_bad(&event.action),
            account: event.account.clone(),
            actor: event.actor.clone(),
            detail: detail(&event.action),
            network: event.network.map(|network| network.to_string()),
            reference: event.reference.to_string(),
        }
    }
}

fn is_bad(action: &Action) -> bool {
    matches!(action, Action::LoginRefused { .. } | Action::LookupFailed { .. } | Action::Misplaced { .. })
}

/// Returns the details of an event that an administrator needs besides the action's name.
fn detail(action: &Action) -> String {
    if let Action::LoginRefused { kind, detail } = action {
        let detail = detail.as_ref().map(|detail| format!(": {detail}"));
        format!("{}{}", kind.as_str(), detail.unwrap_or_default())
    } else if let Action::SessionRevoked { scope, count } = action {
        format!("{count} by {scope}")
    } else if let Action::RoleApplied { reason, .. }
    | Action::RoleUnknown { reason }
    | Action::RoleKeptLastAdmin { reason }
    | Action::GroupsUnknown { reason } = action
    {
        reason.clone()
    } else if let Action::JoinLinkCreated { link }
    | Action::JoinLinkRevoked { link }
    | Action::NewUserHandedOver { link, .. }
    | Action::MemberJoined { link } = action
    {
        format!("link {:.8}", link.as_str())
    } else if let Action::GroupsApplied { count, .. } = action {
        format!("in {count}")
    } else if let Action::LookupFailed { verb, detail } = action {
        format!("{verb}: {detail}")
    } else if let Action::ConnectionChanged { what } | Action::Expiring { what, .. } = action {
        (*what).to_owned()
    } else if let Action::Misplaced { kind } = action {
        (*kind).to_owned()
    } else {
        String::new()
    }
}
