//! The names, units and labels of metrics.

use std::collections::BTreeMap;

use metrics::Unit;
use tower_sso::{connection::TokenPolicy, oidc::PushedRequests};

use crate::{
    fail_closed,
    login::tokens,
    metrics::TestRecorder,
    support::World,
    test_app::{
        TestApp, TestConfig,
        fault::{Fault, Verb},
    },
};

const METRICS: &[(&str, Unit)] = &[
    ("tower_sso_audit_dropped_total", Unit::Count),
    ("tower_sso_challenges_total", Unit::Count),
    ("tower_sso_logins_begun_total", Unit::Count),
    ("tower_sso_logins_finished_total", Unit::Count),
    ("tower_sso_logins_refused_total", Unit::Count),
    ("tower_sso_lookup_duration_seconds", Unit::Seconds),
    ("tower_sso_provider_duration_seconds", Unit::Seconds),
    ("tower_sso_requests_misplaced_total", Unit::Count),
    ("tower_sso_requests_unanswered_total", Unit::Count),
    ("tower_sso_sessions_revoked_total", Unit::Count),
];

#[test]
fn the_names_and_units_of_metrics_do_not_change() {
    let kept = TestRecorder::default();
    metrics::with_local_recorder(&kept, || drop(World::new().sso()));
    let expected: BTreeMap<_, _> =
        METRICS.iter().map(|(name, unit)| ((*name).to_owned(), Some(*unit))).collect();
    assert_eq!(kept.described(), expected);
}

/// What the crate asks of the app and of stores: the values of the label `verb`.
const VERBS: &[&str] = &[
    "apply",
    "connection",
    "emails",
    "invitation",
    "join",
    "join_links.add",
    "join_links.count",
    "join_links.find",
    "join_links.list",
    "join_links.remove",
    "links.link",
    "links.undo",
    "links.unlink",
    "logged_out",
    "membership",
    "one_time.claim",
    "one_time.put",
    "one_time.take",
    "organization",
    "public_content",
    "session",
    "session.find",
    "session.insert",
    "session.list",
    "session.revision",
    "session.revoke",
    "session.revoked",
    "slug",
    "tokens",
    "viewer",
    "welcome",
];

#[tokio::test]
async fn the_labels_of_lookups_and_provider_requests_do_not_change() {
    let kept = TestRecorder::default();
    let _here = metrics::set_default_local_recorder(&kept);
    fail_closed::asks_everything().await;
    let app = tokens::app(TokenPolicy::Authorized).await;
    let ada = app.actor("ada");
    app.log_in(&ada, "1").await;
    // A login that fails after it has made a link.
    let (failing, bob) = (TestApp::new().await, app.actor("ada"));
    let finish = failing.received(&bob, "1").await;
    failing.faults.answer_late();
    failing.faults.fails_once(Verb::Apply);
    assert_eq!(failing.visit(&bob, &finish).await.status(), 503);
    app.faults.set(Some((Verb::Tokens, Fault::Late)));
    assert_eq!(app.visit(&ada, "/sso/1/tokens").await.status(), 200);
    let pushed =
        TestConfig { oidc: |it| it.pushed_requests(PushedRequests::Always), ..TestConfig::default() };
    let by_metadata = TestConfig { saml: Some(|it| it), saml_metadata: true, ..TestConfig::default() };
    for config in [pushed, by_metadata] {
        let app = TestApp::of(config).await;
        app.log_in(&app.actor("ada"), "1").await;
    }
    let values = |metric, label| Vec::from_iter(kept.values(metric, label));
    assert_eq!(values("tower_sso_lookup_duration_seconds", "verb"), VERBS);
    let outcomes = ["answered", "failed", "given_up"];
    assert_eq!(values("tower_sso_lookup_duration_seconds", "outcome"), outcomes);
    let calls = ["discovery", "keys", "metadata", "pushed_request", "token", "userinfo"];
    assert_eq!(values("tower_sso_provider_duration_seconds", "call"), calls);
    let page = include_str!("../../../docs/metrics.md");
    for name in VERBS.iter().chain(&outcomes).chain(&calls) {
        assert!(page.contains(&format!("`{name}`")), "docs/metrics.md has no {name}");
    }
}
