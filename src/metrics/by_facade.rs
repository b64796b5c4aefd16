//! The functions of `measures` with the feature `metrics`: they record with the `metrics` facade.
//!
//! `docs/metrics.md` lists the names, labels and units. Each label has few possible values. No label contains an
//! organization, an account or an address.

#[cfg(any(feature = "oidc", feature = "saml"))]
use std::time::Duration;
use std::{sync::Arc, time::Instant};

use metrics::{Unit, counter, describe_counter, describe_histogram, histogram};
use tower_sso_core::{
    CredentialKind, Lookup, Protocol,
    internal::{Later, Split},
};

use crate::{
    audit::{action::Action, event::AuditEvent, sink::AuditSink},
    challenge_reason::ChallengeReason,
};

const CHALLENGES: &str = "tower_sso_challenges_total";
const BEGUN: &str = "tower_sso_logins_begun_total";
const FINISHED: &str = "tower_sso_logins_finished_total";
const REFUSED: &str = "tower_sso_logins_refused_total";
const UNANSWERED: &str = "tower_sso_requests_unanswered_total";
const REVOKED: &str = "tower_sso_sessions_revoked_total";
const MISPLACED: &str = "tower_sso_requests_misplaced_total";
const AUDIT_DROPPED: &str = "tower_sso_audit_dropped_total";
const LOOKUP: &str = "tower_sso_lookup_duration_seconds";
const PROVIDER: &str = "tower_sso_provider_duration_seconds";

/// Describes each metric to the recorder, if a recorder is installed already.
pub(crate) fn describe() {
    let counters = [
        (CHALLENGES, "Members who were told to log in with SSO"),
        (BEGUN, "SSO logins begun: the person was sent to the provider"),
        (FINISHED, "SSO logins finished: an SSO session was stored"),
        (REFUSED, "SSO logins refused, by the kind of the refusal"),
        (UNANSWERED, "Requests answered with 503 because a lookup failed or was late"),
        (
            MISPLACED,
            "Requests refused because the layer can't see their organization from its place in the app, by kind",
        ),
        (REVOKED, "SSO sessions ended before their time"),
        (AUDIT_DROPPED, "Audit events that were not written, because the log was too slow or failed"),
    ];
    for (name, what) in counters {
        describe_counter!(name, Unit::Count, what);
    }
    describe_histogram!(
        LOOKUP,
        Unit::Seconds,
        "How long a host or a store took to answer, where it was not at once"
    );
    describe_histogram!(PROVIDER, Unit::Seconds, "How long a provider took to answer a request of ours");
}

/// Wraps an audit sink: counts each event, then passes it on.
pub(crate) fn sink(sink: Arc<dyn AuditSink>) -> Arc<dyn AuditSink> {
    Arc::new(move |event: &AuditEvent| {
        count(event);
        sink.record(event);
    })
}

/// Counts an event, if there is a metric for it.
fn count(event: &AuditEvent) {
    let protocol = event.connection.map_or("none", |connection| connection.protocol.as_str());
    match &event.action {
        Action::LoginBegun => counter!(BEGUN, "protocol" => protocol).increment(1),
        Action::LoginFinished => counter!(FINISHED, "protocol" => protocol).increment(1),
        Action::LoginRefused { kind, .. } => {
            counter!(REFUSED, "protocol" => protocol, "kind" => kind.as_str()).increment(1);
        }
        Action::LookupFailed { verb, .. } => counter!(UNANSWERED, "verb" => *verb).increment(1),
        Action::SessionRevoked { scope, count } => {
            counter!(REVOKED, "scope" => *scope).increment(u64::try_from(*count).unwrap_or(u64::MAX));
        }
        Action::LoginReceived
        | Action::LogoutReceived
        | Action::LogoutBegun
        | Action::LogoutFinished
        | Action::LinkCreated
        | Action::LinkReplaced
        | Action::LinkRemoved
        | Action::RoleKeptLastAdmin { .. }
        | Action::ConnectionChanged { .. }
        | Action::RoleApplied { .. }
        | Action::RoleUnknown { .. }
        | Action::GroupsApplied { .. }
        | Action::GroupsUnknown { .. }
        | Action::SessionRebound
        | Action::TokenAuthorized
        | Action::JoinLinkCreated { .. }
        | Action::JoinLinkRevoked { .. }
        | Action::NewUserHandedOver { .. }
        | Action::MemberJoined { .. }
        | Action::Expiring { .. }
        | Action::FreshRequired
        | Action::Misplaced { .. } => {}
    }
}

/// Counts a challenge.
pub(crate) fn challenged(protocol: Protocol, credential: Option<CredentialKind>, why: ChallengeReason) {
    let credential = credential.map_or("none", CredentialKind::as_str);
    let labels = [("protocol", protocol.as_str()), ("credential", credential), ("reason", why.as_str())];
    counter!(CHALLENGES, &labels).increment(1);
}

/// Counts a request that was refused because the layer can't see its organization, or that matched no route.
pub(crate) fn misplaced(kind: &'static str) {
    counter!(MISPLACED, "kind" => kind).increment(1);
}

/// Counts an audit event that was dropped.
pub(crate) fn audit_dropped() {
    counter!(AUDIT_DROPPED).increment(1);
}

/// Returns the same lookup. Its duration is recorded unless it is answered immediately.
pub(crate) fn looked_up<T: 'static>(verb: &'static str, lookup: Lookup<T>) -> Lookup<T> {
    match lookup.split() {
        Split::Now(answer) => Lookup::ready(answer),
        Split::Later(later) => Lookup::later(timed(LOOKUP, ("verb", verb), later)),
    }
}

/// Returns the same future. Its duration is recorded.
pub(crate) fn awaited<T: 'static>(verb: &'static str, later: Later<T>) -> Later<T> {
    Box::pin(timed(LOOKUP, ("verb", verb), later))
}

/// Records how long a request to a provider took.
#[cfg(any(feature = "oidc", feature = "saml"))]
pub(crate) fn called(call: &'static str, outcome: &'static str, took: Duration) {
    histogram!(PROVIDER, &[("call", call), ("outcome", outcome)]).record(took);
}

async fn timed<T, E, F: Future<Output = Result<T, E>>>(
    name: &'static str,
    label: (&'static str, &'static str),
    work: F,
) -> Result<T, E> {
    let mut watch = Watch { name, label, since: Instant::now(), outcome: "given_up" };
    let answer = work.await;
    watch.outcome = if answer.is_ok() { "answered" } else { "failed" };
    answer
}

/// Records the duration when it is dropped. It is also dropped if the request is canceled before there is an answer.
struct Watch {
    name: &'static str,
    label: (&'static str, &'static str),
    since: Instant,
    outcome: &'static str,
}

impl Drop for Watch {
    fn drop(&mut self) {
        histogram!(self.name, &[self.label, ("outcome", self.outcome)]).record(self.since.elapsed());
    }
}
