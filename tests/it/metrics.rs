//! What is counted and timed, through the running app.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use http::StatusCode;
use metrics::{
    Counter, CounterFn, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};
use tower_sso::{
    audit::AuditSink as _,
    audit_log::{AuditSettings, StoredAudit},
    login::LoginErrorKind::NotMember,
    store::MemoryStore,
};

use crate::test_app::{
    TestApp, TestConfig,
    fault::{Fault, Verb},
};

/// A recorder that keeps every value by `name{label=value,…}`.
#[derive(Clone, Default)]
pub struct TestRecorder(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    counters: BTreeMap<String, u64>,
    histograms: BTreeMap<String, Vec<f64>>,
    labels: BTreeSet<String>,
    described: BTreeMap<String, Option<Unit>>,
}

struct Metric(TestRecorder, String);

impl TestRecorder {
    fn key(&self, key: &Key) -> Metric {
        let mut labels: Vec<_> = key.labels().map(|it| format!("{}={}", it.key(), it.value())).collect();
        labels.sort();
        self.0.lock().unwrap().labels.extend(key.labels().map(|it| it.key().to_owned()));
        Metric(self.clone(), format!("{}{{{}}}", key.name(), labels.join(",")))
    }

    fn count(&self, key: &str) -> u64 {
        self.0.lock().unwrap().counters.get(key).copied().unwrap_or_default()
    }

    /// Returns how many values a histogram has. Each must be a number of seconds that such a test can take.
    fn timed(&self, key: &str) -> usize {
        let state = self.0.lock().unwrap();
        let values = state.histograms.get(key).map(Vec::as_slice).unwrap_or_default();
        assert!(values.iter().all(|seconds| (0.0..600.0).contains(seconds)), "{key}: {values:?}");
        values.len()
    }

    /// Returns every metric that was described, with its unit.
    pub fn described(&self) -> BTreeMap<String, Option<Unit>> {
        self.0.lock().unwrap().described.clone()
    }

    /// Returns the values that a label of a metric had.
    pub fn values(&self, metric: &str, label: &str) -> BTreeSet<String> {
        let state = self.0.lock().unwrap();
        let keys = state.counters.keys().chain(state.histograms.keys());
        let labels = keys.filter_map(|key| key.strip_prefix(metric)?.strip_prefix('{')?.strip_suffix('}'));
        let pairs = labels.flat_map(|labels| labels.split(','));
        pairs.filter_map(|pair| Some(pair.strip_prefix(label)?.strip_prefix('=')?.to_owned())).collect()
    }

    fn describe(&self, key: &KeyName, unit: Option<Unit>) {
        self.0.lock().unwrap().described.insert(key.as_str().to_owned(), unit);
    }
}

impl CounterFn for Metric {
    fn increment(&self, value: u64) {
        *self.0.0.lock().unwrap().counters.entry(self.1.clone()).or_default() += value;
    }

    fn absolute(&self, _: u64) {
        panic!("{} is only ever incremented", self.1);
    }
}

impl HistogramFn for Metric {
    fn record(&self, value: f64) {
        self.0.0.lock().unwrap().histograms.entry(self.1.clone()).or_default().push(value);
    }
}

impl Recorder for TestRecorder {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, _: SharedString) {
        self.describe(&key, unit);
    }

    fn describe_gauge(&self, key: KeyName, _: Option<Unit>, _: SharedString) {
        panic!("{} is a gauge", key.as_str());
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, _: SharedString) {
        self.describe(&key, unit);
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(Arc::new(self.key(key)))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        panic!("{key} is a gauge");
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(Arc::new(self.key(key)))
    }
}

#[tokio::test]
async fn challenges_logins_and_waiting_times_are_measured_without_names() {
    let kept = TestRecorder::default();
    let _here = metrics::set_default_local_recorder(&kept);
    let app =
        TestApp::of(TestConfig { lookup_timeout: Duration::from_millis(100), ..TestConfig::default() }).await;
    let (ada, mallory) = (app.actor("ada"), app.actor("mallory"));

    assert_eq!(app.ask(&ada, "/acme/x").await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(app.ask(&ada.by_token(), "/acme/x").await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(app.ask(&mallory, "/acme/x").await.status(), StatusCode::OK);
    for credential in ["session", "token"] {
        let challenges =
            format!("tower_sso_challenges_total{{credential={credential},protocol=oidc,reason=no_session}}");
        assert_eq!(kept.count(&challenges), 1, "{credential}");
    }

    let refused = app.visit(&mallory, "/sso/1/start").await;
    app.refused(refused, NotMember).await;
    app.log_in(&ada, "1").await;
    assert_eq!(kept.count("tower_sso_logins_refused_total{kind=not_member,protocol=oidc}"), 1);
    assert_eq!(kept.count("tower_sso_logins_begun_total{protocol=oidc}"), 1);
    assert_eq!(kept.count("tower_sso_logins_finished_total{protocol=oidc}"), 1);
    for call in ["discovery", "token", "keys"] {
        let calls = format!("tower_sso_provider_duration_seconds{{call={call},outcome=answered}}");
        assert_eq!(kept.timed(&calls), 1, "{call}");
    }

    // A lookup that is answered at once is not timed. Any other lookup is timed, whatever its outcome.
    let session = |outcome| format!("tower_sso_lookup_duration_seconds{{outcome={outcome},verb=session}}");
    assert_eq!(app.ask(&ada, "/acme/x").await.status(), StatusCode::OK);
    assert!(
        kept.0.lock().unwrap().histograms.keys().all(|key| !key.contains("lookup")),
        "no lookup was delayed"
    );
    for (fault, outcome, status) in [
        (Fault::Late, "answered", StatusCode::OK),
        (Fault::FailsLater, "failed", StatusCode::SERVICE_UNAVAILABLE),
        (Fault::Hangs, "given_up", StatusCode::SERVICE_UNAVAILABLE),
    ] {
        app.faults.set(Some((Verb::SessionFind, fault)));
        assert_eq!(app.ask(&ada, "/acme/x").await.status(), status, "{fault:?}");
        assert_eq!(kept.timed(&session(outcome)), 1, "{fault:?}");
    }
    app.faults.set(Some((Verb::Take, Fault::FailsLater)));
    let start = app.visit(&ada, "/sso/1/start").await;
    assert_eq!(start.status(), StatusCode::SERVICE_UNAVAILABLE);
    app.faults.set(None);
    assert_eq!(kept.timed("tower_sso_lookup_duration_seconds{outcome=failed,verb=one_time.take}"), 1);
    assert_eq!(kept.count("tower_sso_requests_unanswered_total{verb=session}"), 2);
    assert_eq!(app.sso.signed_out(&ada.presents()).await.unwrap(), 1);
    assert_eq!(kept.count("tower_sso_sessions_revoked_total{scope=credential}"), 1);
    for _ in 0..3 {
        assert_eq!(app.ask(&ada, "/unknown").await.status(), StatusCode::NOT_FOUND);
    }
    assert_eq!(kept.count("tower_sso_requests_misplaced_total{kind=no_route}"), 3);
    let mut settings = AuditSettings::default();
    settings.queue = 1;
    let audit = StoredAudit::start_with(MemoryStore::default(), settings);
    let event = app.last();
    // The task has no turn in between.
    (0..3).for_each(|_| audit.record(&event));
    assert_eq!(kept.count("tower_sso_audit_dropped_total{}"), 2);

    let state = kept.0.lock().unwrap();
    let bounded = ["call", "credential", "kind", "outcome", "protocol", "reason", "scope", "verb"];
    assert_eq!(state.labels, bounded.map(str::to_owned).into());
    let page = include_str!("../../docs/metrics.md");
    let recorded: BTreeSet<_> = state.counters.keys().chain(state.histograms.keys()).collect();
    let recorded: BTreeSet<_> = recorded.iter().filter_map(|key| key.split('{').next()).collect();
    assert_eq!(recorded, state.described.keys().map(String::as_str).collect());
    for (name, unit) in &state.described {
        assert!(page.contains(&format!("| `{name}` |")), "docs/metrics.md has no {name}");
        let expected = if name.ends_with("_seconds") { Unit::Seconds } else { Unit::Count };
        assert_eq!(*unit, Some(expected), "{name}");
    }
}
