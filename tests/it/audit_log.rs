//! The audit log: what the task writes, what it drops, and what a record says.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::sync::Semaphore;
use tower_sso::{
    Lookup, LookupError,
    audit::{Action, AuditEvent, AuditSink},
    audit_log::{AuditLevel, AuditLog, AuditPage, AuditQuery, AuditRecord, AuditSettings, StoredAudit},
    login::LoginErrorKind,
    store::{Clock, MemoryStore},
};

use crate::test_app::TestApp;

/// A log that works only while the test lets it, and fails as often as the test says.
#[derive(Clone)]
struct Slow {
    inner: MemoryStore,
    works: Arc<Semaphore>,
    failures: Arc<Mutex<usize>>,
}

impl Slow {
    fn new(works: usize, failures: usize) -> Self {
        let (works, failures) = (Arc::new(Semaphore::new(works)), Arc::new(Mutex::new(failures)));
        Self { inner: MemoryStore::default(), works, failures }
    }
}

impl AuditLog for Slow {
    fn append(&self, records: &[AuditRecord]) -> Lookup<()> {
        let (this, records) = (self.clone(), records.to_vec());
        Lookup::later(async move {
            this.works.acquire().await?.forget();
            let fails = {
                let mut failures = this.failures.lock().unwrap();
                let fails = *failures > 0;
                *failures = failures.saturating_sub(1);
                fails
            };
            if fails { Err(LookupError::new("the disk is full")) } else { this.inner.append(&records).await }
        })
    }

    fn query(&self, query: &AuditQuery) -> Lookup<AuditPage> {
        self.inner.query(query)
    }

    fn forget(&self, before: SystemTime, most: usize) -> Lookup<usize> {
        self.inner.forget(before, most)
    }
}

/// Returns an event of an SSO login in this organization.
async fn event(organization: &str) -> AuditEvent {
    static MADE: tokio::sync::OnceCell<AuditEvent> = tokio::sync::OnceCell::const_new();
    let made = MADE.get_or_init(|| async {
        let app = TestApp::new().await;
        app.log_in(&app.actor("ada"), "1").await;
        app.last()
    });
    let mut event = made.await.clone();
    event.organization = Some(organization.into());
    event
}

async fn all(log: &impl AuditLog, query: AuditQuery) -> Vec<AuditRecord> {
    log.query(&query).await.unwrap().records
}

#[tokio::test]
async fn every_event_of_a_login_is_in_the_log() {
    let log = MemoryStore::default();
    let audit = StoredAudit::start(log.clone());
    let app = TestApp::new().await;
    let ada = app.actor("ada");
    app.log_in(&ada, "1").await;
    app.refused(app.visit(&ada, "/sso/1/finish?ticket=unknown").await, LoginErrorKind::TicketUnknown).await;
    let events = app.events.lock().unwrap().clone();
    let seen: Arc<Mutex<usize>> = Arc::default();
    let count = Arc::clone(&seen);
    let both = (move |_: &AuditEvent| *count.lock().unwrap() += 1, audit.clone());
    events.iter().for_each(|event| both.record(event));
    audit.flush().await;
    assert_eq!(*seen.lock().unwrap(), events.len());
    let records = all(&log, AuditQuery::new(100)).await;
    assert!(records.len() >= 4 && audit.dropped() == 0, "{records:?}");
    let expected: Vec<_> = events.iter().rev().map(AuditRecord::from).collect();
    assert_eq!(records, expected);
    let refused = &records[0];
    assert_eq!((refused.name.as_str(), refused.level), ("login.refused", AuditLevel::Warning));
    assert_eq!(refused.details["kind"], "ticket_unknown");
    // The reference on the person's page leads to the record.
    assert_eq!(all(&log, AuditQuery::new(9).reference(&refused.reference)).await, records[..1]);
    let finished = all(&log, AuditQuery::new(9).names(["login.finished"])).await;
    assert_eq!(finished.len(), 1);
    assert_eq!(finished[0].account, Some("ada".into()));
    assert_eq!(finished[0].version.as_deref().map(str::len), Some(43), "{:?}", finished[0].version);
    let sent = ada.presents();
    assert!(!format!("{records:?}").contains(sent.id.as_str()), "a record has a credential's id");
}

#[tokio::test]
async fn a_long_text_is_cut_in_a_record() {
    let mut long = event("1").await;
    long.action = Action::LoginRefused {
        kind: LoginErrorKind::AudienceWrong,
        detail: Some(format!("found\n{}", "ä".repeat(100_000))),
    };
    let record = AuditRecord::from(&long);
    assert_eq!(record.details["detail"].chars().count(), 500);
    assert!(record.details["detail"].starts_with("found\u{fffd}ä"), "{}", record.details["detail"]);
}

#[tokio::test]
async fn what_does_not_fit_into_the_queue_is_dropped_and_counted() {
    let log = Slow::new(0, 0);
    let mut settings = AuditSettings::default();
    settings.queue = 8;
    let audit = StoredAudit::start_with(log.clone(), settings);
    // The task may have taken the first ones already.
    for _ in 0..30 {
        audit.record(&event("1").await);
    }
    audit.record(&event("2").await);
    let dropped = audit.dropped();
    assert!((20..=28).contains(&dropped), "{dropped}");
    log.works.add_permits(100);
    audit.flush().await;
    let other = all(&log, AuditQuery::new(9).organization("2".into())).await;
    assert_eq!(other.len(), 1, "one organization takes no other's place");
    let told = async || {
        let told = all(&log, AuditQuery::new(9).organization("1".into()).names(["audit.dropped"])).await;
        told.iter().map(|record| record.details["count"].parse::<u64>().unwrap()).sum::<u64>()
    };
    assert_eq!(told().await, dropped);
    let kept =
        all(&log, AuditQuery::new(100).organization("1".into()).names([event("1").await.action.name()]));
    assert_eq!(kept.await.len() as u64, 30 - dropped);
}

#[tokio::test(start_paused = true)]
async fn events_wait_while_the_log_fails() {
    let log = Slow::new(100, 7);
    let audit = StoredAudit::start(log.clone());
    for organization in ["1", "2", "3"] {
        audit.record(&event(organization).await);
    }
    audit.flush().await;
    let records = all(&log, AuditQuery::new(9)).await;
    let organizations: Vec<_> =
        records.iter().map(|it| it.organization.clone().unwrap().to_string()).collect();
    assert_eq!(organizations, ["3", "2", "1"]);
    assert_eq!((audit.dropped(), *log.failures.lock().unwrap()), (0, 0));
}

#[tokio::test]
async fn the_last_sink_writes_what_is_left() {
    let log = MemoryStore::default();
    let audit = StoredAudit::start(log.clone());
    for _ in 0..1_200 {
        audit.record(&event("1").await);
    }
    drop(audit);
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    let mut query = AuditQuery::new(1_000);
    query.limit = 1_000;
    loop {
        let page = log.query(&query).await.unwrap();
        if page.next.is_some()
            && log.query(&query.clone().after(page.next)).await.unwrap().records.len() == 200
        {
            break;
        }
        assert!(tokio::time::Instant::now() < deadline);
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn old_records_are_dropped_at_the_start() {
    let log = MemoryStore::default();
    let day = Duration::from_secs(24 * 60 * 60);
    let now = UNIX_EPOCH + 1_000 * day;
    let record = |name: &str, days: u32| AuditRecord::new(now - days * day, "r", name, AuditLevel::Info);
    log.append(&[record("old", 31), record("new", 29)]).await.unwrap();
    let mut settings = AuditSettings::default();
    settings.keep_for = 30 * day;
    settings.clock = Clock::from_fn(move || now);
    let audit = StoredAudit::start_with(log.clone(), settings);
    audit.record(&event("1").await);
    audit.flush().await;
    let names: Vec<_> = all(&log, AuditQuery::new(9)).await.into_iter().map(|it| it.name).collect();
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(names.contains(&"new".to_owned()), "the twin: {names:?}");
}
