//! The record of an event. The names of the details are kept in databases: they never change.

use tower_sso_core::{
    audit::{AuditLevel, AuditRecord},
    internal::{one_line, rfc3339},
};

use crate::audit::{action::Action, event::AuditEvent};

impl From<&AuditEvent> for AuditRecord {
    fn from(event: &AuditEvent) -> Self {
        let action = &event.action;
        let mut record = Self::new(event.at, event.reference.to_string(), action.name(), level(action));
        record.organization.clone_from(&event.organization);
        record.account.clone_from(&event.account);
        record.actor.clone_from(&event.actor);
        record.credential = event.credential.as_ref().map(|it| it.id.digest().to_string());
        record.credential_kind = event.credential.as_ref().map(|it| it.kind);
        record.protocol = event.connection.map(|it| it.protocol);
        record.version = event.connection.map(|it| it.version.to_string());
        record.network = event.network.map(|it| it.to_string());
        let details = details(action).into_iter().map(|(name, text)| (name.to_owned(), one_line(&text)));
        record.details = details.collect();
        record
    }
}

fn level(action: &Action) -> AuditLevel {
    match action {
        Action::LookupFailed { .. } | Action::Misplaced { .. } => AuditLevel::Error,
        Action::LoginRefused { .. }
        | Action::RoleUnknown { .. }
        | Action::GroupsUnknown { .. }
        | Action::Expiring { .. } => AuditLevel::Warning,
        Action::LoginBegun
        | Action::LoginReceived
        | Action::LoginFinished
        | Action::LogoutReceived
        | Action::LogoutBegun
        | Action::LogoutFinished
        | Action::LinkCreated
        | Action::LinkReplaced
        | Action::LinkRemoved
        | Action::JoinLinkCreated { .. }
        | Action::JoinLinkRevoked { .. }
        | Action::NewUserHandedOver { .. }
        | Action::MemberJoined { .. }
        | Action::RoleKeptLastAdmin { .. }
        | Action::RoleApplied { .. }
        | Action::GroupsApplied { .. }
        | Action::SessionRevoked { .. }
        | Action::SessionRebound
        | Action::TokenAuthorized
        | Action::ConnectionChanged { .. }
        | Action::FreshRequired => AuditLevel::Info,
    }
}

fn details(action: &Action) -> Vec<(&'static str, String)> {
    match action {
        Action::LoginRefused { kind, detail } => {
            let detail = detail.iter().map(|detail| ("detail", detail.clone()));
            [("kind", kind.as_str().to_owned())].into_iter().chain(detail).collect()
        }
        Action::LookupFailed { verb, detail } => {
            vec![("verb", (*verb).to_owned()), ("detail", detail.clone())]
        }
        Action::Misplaced { kind } => vec![("kind", (*kind).to_owned())],
        Action::Expiring { what, at } => vec![("what", (*what).to_owned()), ("at", rfc3339(*at))],
        Action::ConnectionChanged { what } => vec![("what", (*what).to_owned())],
        Action::SessionRevoked { scope, count } => {
            vec![("scope", (*scope).to_owned()), ("count", count.to_string())]
        }
        Action::RoleApplied { role, reason } => vec![("role", role.clone()), ("reason", reason.clone())],
        Action::GroupsApplied { count, reason } => {
            vec![("count", count.to_string()), ("reason", reason.clone())]
        }
        Action::RoleKeptLastAdmin { reason }
        | Action::RoleUnknown { reason }
        | Action::GroupsUnknown { reason } => vec![("reason", reason.clone())],
        Action::NewUserHandedOver { link, subject } => {
            vec![("link", link.as_str().to_owned()), ("subject", subject.clone())]
        }
        Action::JoinLinkCreated { link }
        | Action::JoinLinkRevoked { link }
        | Action::MemberJoined { link } => vec![("link", link.as_str().to_owned())],
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
        | Action::FreshRequired => Vec::new(),
    }
}
