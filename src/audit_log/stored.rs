//! [`StoredAudit`]: the sink that writes events to a log.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep, sleep_until},
};
use tower_sso_core::{
    Clock,
    audit::{AuditLog, AuditRecord},
};

use crate::{
    audit::{event::AuditEvent, sink::AuditSink},
    audit_log::queue::{Batch, Queue},
    metrics::measures,
};

/// How many records are written at once.
const BATCH: usize = 500;
/// The interval at which old records are dropped.
const HOUSEKEEPING: Duration = Duration::from_secs(60 * 60);
/// How long to wait after a failed write: at first, and at most.
const RETRY: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(10)];

/// How a [`StoredAudit`] works.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AuditSettings {
    /// How long records are kept: 400 days by default.
    pub keep_for: Duration,
    /// How many events wait for the database at most: 10,000 by default. A quarter of them is for one organization.
    pub queue: usize,
    /// The clock by which old records are dropped.
    pub clock: Clock,
}

impl Default for AuditSettings {
    fn default() -> Self {
        let keep_for = Duration::from_secs(400 * 24 * 60 * 60);
        Self { keep_for, queue: 10_000, clock: Clock::system() }
    }
}

/// Writes audit events to a log, by a task of its own: recording an event never waits. Clones share the task. When the
/// last clone is dropped, the task writes what is left, and ends.
///
/// If the log fails, the events wait, and are written when it works again. `tracing` gets an error for each outage.
#[derive(Clone)]
pub struct StoredAudit(Arc<Handle>);

/// Ends the task when it is dropped.
struct Handle(Arc<Shared>);

struct Shared {
    queue: Mutex<Queue>,
    /// Something is in the queue, or the last sink is gone.
    wake: Notify,
    /// How many accepted records are written.
    written: watch::Sender<u64>,
    closed: watch::Sender<bool>,
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StoredAudit {
    /// Starts the task that writes to this log.
    ///
    /// # Panics
    ///
    /// Panics outside of a Tokio runtime with timers.
    #[must_use]
    pub fn start(log: impl AuditLog) -> Self {
        Self::start_with(log, AuditSettings::default())
    }

    /// Starts the task that writes to this log, with settings.
    ///
    /// # Panics
    ///
    /// Panics outside of a Tokio runtime with timers.
    #[must_use]
    pub fn start_with(log: impl AuditLog, settings: AuditSettings) -> Self {
        let shared = Arc::new(Shared {
            queue: Mutex::new(Queue::new(settings.queue)),
            wake: Notify::new(),
            written: watch::Sender::new(0),
            closed: watch::Sender::new(false),
        });
        tokio::spawn(write(Arc::clone(&shared), Arc::new(log), settings));
        Self(Arc::new(Handle(shared)))
    }

    /// Returns how many events were dropped since the start, because the log was too slow or failed.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.0.0.queue().dropped()
    }

    /// Waits until everything that was recorded before this call is written. For a page that shows what its own request
    /// did, and before the process ends. As long as the log fails, it does not return: limit the time.
    pub async fn flush(&self) {
        let shared = &self.0.0;
        let recorded = shared.queue().accepted();
        // It fails only if the task is gone, with the runtime.
        drop(shared.written.subscribe().wait_for(|written| *written >= recorded).await);
    }
}

impl AuditSink for StoredAudit {
    fn record(&self, event: &AuditEvent) {
        let shared = &self.0.0;
        if shared.queue().push(AuditRecord::from(event)) {
            measures::audit_dropped();
        }
        shared.wake.notify_one();
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.closed.send_replace(true);
        self.0.wake.notify_one();
    }
}

impl fmt::Debug for StoredAudit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoredAudit")
    }
}

/// The task: writes batches until the last sink is gone and everything is written.
async fn write(shared: Arc<Shared>, log: Arc<dyn AuditLog>, settings: AuditSettings) {
    let mut housekeeping = Instant::now();
    loop {
        if Instant::now() >= housekeeping {
            forget(&*log, &settings).await;
            housekeeping = Instant::now() + HOUSEKEEPING;
        }
        let is_closed = *shared.closed.borrow();
        let batch = shared.queue().take(BATCH, settings.clock.now());
        if !batch.records.is_empty() {
            append(&shared, &*log, batch).await;
        } else if is_closed {
            return;
        } else {
            tokio::select! {
                () = shared.wake.notified() => {}
                () = sleep_until(housekeeping) => {}
            }
        }
    }
}

/// Writes a batch, however long that takes. When the last sink is gone, it gives up at the next failure.
async fn append(shared: &Shared, log: &dyn AuditLog, batch: Batch) {
    let (begun, mut pause) = (Instant::now(), RETRY[0]);
    let mut failed = false;
    while let Err(error) = log.append(&batch.records).await {
        let lost = *shared.closed.borrow();
        if !failed || lost {
            tracing::error!(%error, records = batch.records.len(), lost, "writing audit records");
        }
        if lost {
            return;
        }
        failed = true;
        sleep(pause).await;
        pause = (pause * 2).min(RETRY[1]);
    }
    if failed {
        let seconds = begun.elapsed().as_secs();
        tracing::warn!(seconds, dropped = shared.queue().dropped(), "audit records are written again");
    }
    shared.written.send_modify(|written| *written += batch.accepted);
}

/// Drops old records.
async fn forget(log: &dyn AuditLog, settings: &AuditSettings) {
    let Some(before) = settings.clock.now().checked_sub(settings.keep_for) else { return };
    loop {
        match log.forget(before, BATCH).await {
            Ok(0) => return,
            Ok(_) => tokio::task::yield_now().await,
            Err(error) => return tracing::error!(%error, "dropping old audit records"),
        }
    }
}
