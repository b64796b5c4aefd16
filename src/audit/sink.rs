//! [`AuditSink`] receives the audit events, and [`TracingSink`] writes them to `tracing`.

use crate::audit::{action::Action, event::AuditEvent};
use tower_sso_core::{AccountId, OrgId};

/// Receives audit events. An implementation must not block. It should pass the events to a queue. A closure
/// `Fn(&AuditEvent)` is a sink, too.
pub trait AuditSink: Send + Sync + 'static {
    /// Receives one event.
    fn record(&self, event: &AuditEvent);
}

impl<F: Fn(&AuditEvent) + Send + Sync + 'static> AuditSink for F {
    fn record(&self, event: &AuditEvent) {
        self(event);
    }
}

/// Two sinks, each of which receives every event.
impl<A: AuditSink, B: AuditSink> AuditSink for (A, B) {
    fn record(&self, event: &AuditEvent) {
        self.0.record(event);
        self.1.record(event);
    }
}

/// Writes each event to `tracing` with the target `tower_sso::audit`: refusals as warnings, failures as errors. This
/// is the default. The field `credential` is the digest of the credential's id
/// ([`CredentialId::digest`](crate::CredentialId::digest)).
#[derive(Clone, Copy, Debug, Default)]
pub struct TracingSink;

impl AuditSink for TracingSink {
    fn record(&self, event: &AuditEvent) {
        let organization = event.organization.as_ref().map(OrgId::as_str);
        let account = event.account.as_ref().map(AccountId::as_str);
        let actor = event.actor.as_ref().map(AccountId::as_str);
        let credential = event.credential.as_ref().map(|credential| credential.id.digest().to_string());
        let kind = event.credential.as_ref().map(|credential| credential.kind.as_str());
        let protocol = event.connection.map(|connection| connection.protocol.as_str());
        let version = event.connection.map(|connection| connection.version.to_string());
        let network = event.network.map(|network| network.to_string());
        let (name, reference) = (event.action.name(), event.reference.as_str());
        // The field names are part of the log format. Each is written out, so that renaming a variable does not change
        // it.
        macro_rules! write {
            ($level:ident $($field:tt)*) => {
                tracing::$level!(
                    target: "tower_sso::audit",
                    name = name, reference = reference, organization = organization, account = account, actor = actor,
                    credential = credential, credential_kind = kind, protocol = protocol, version = version,
                    network = network $($field)*
                )
            };
        }
        match &event.action {
            Action::LoginRefused { kind, detail } => write!(warn, kind = kind.as_str(), detail = detail),
            Action::LookupFailed { verb, detail } => write!(error, verb = verb, detail = detail),
            Action::Misplaced { kind } => write!(error, kind = kind),
            Action::Expiring { what, at } => {
                write!(warn, what = what, at = tower_sso_core::internal::rfc3339(*at))
            }
            Action::ConnectionChanged { what } => write!(info, what = what),
            Action::SessionRevoked { scope, count } => write!(info, scope = scope, count = count),
            Action::RoleApplied { role, reason } => write!(info, role = role, reason = reason),
            Action::RoleKeptLastAdmin { reason } => write!(info, reason = reason),
            Action::GroupsApplied { count, reason } => write!(info, count = count, reason = reason),
            Action::RoleUnknown { reason } | Action::GroupsUnknown { reason } => {
                write!(warn, reason = reason)
            }
            Action::NewUserHandedOver { link, subject } => {
                write!(info, link = link.as_str(), subject = subject)
            }
            Action::JoinLinkCreated { link }
            | Action::JoinLinkRevoked { link }
            | Action::MemberJoined { link } => write!(info, link = link.as_str()),
            Action::LoginBegun
            | Action::LoginReceived
            | Action::LoginFinished
            | Action::LogoutReceived
            | Action::LogoutBegun
            | Action::LogoutFinished
            | Action::LinkCreated
            | Action::LinkReplaced
            | Action::LinkRemoved
            | Action::SessionRebound
            | Action::TokenAuthorized
            | Action::FreshRequired => write!(info),
        }
    }
}

#[cfg(test)]
mod tests;
