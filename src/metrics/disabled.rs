//! The functions of `measures` without the feature `metrics`: they record nothing.

use std::sync::Arc;

use tower_sso_core::{CredentialKind, Lookup, Protocol, internal::Later};

use crate::{audit::sink::AuditSink, challenge_reason::ChallengeReason};

pub(crate) fn describe() {}

pub(crate) fn sink(sink: Arc<dyn AuditSink>) -> Arc<dyn AuditSink> {
    sink
}

#[inline]
pub(crate) fn challenged(_: Protocol, _: Option<CredentialKind>, _: ChallengeReason) {}

#[inline]
pub(crate) fn misplaced(_: &'static str) {}

#[inline]
pub(crate) fn audit_dropped() {}

#[inline]
pub(crate) fn looked_up<T>(_: &'static str, lookup: Lookup<T>) -> Lookup<T> {
    lookup
}

#[inline]
pub(crate) fn awaited<T>(_: &'static str, later: Later<T>) -> Later<T> {
    later
}

#[cfg(any(feature = "oidc", feature = "saml"))]
pub(crate) fn called(_: &'static str, _: &'static str, _: std::time::Duration) {}
