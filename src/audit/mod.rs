//! Audit events for the operator: what happened, when, to which account and in which organization.
//!
//! The app receives each event through an [`AuditSink`]. Events never contain a secret, a code or a token. The names of
//! the actions are stable, because logs and alerts refer to them. `docs/audit.md` lists them.

pub(crate) mod action;
pub(crate) mod event;
pub(crate) mod reference;
pub(crate) mod request;
pub(crate) mod revocation_events;
pub(crate) mod sink;

pub use self::{
    action::Action,
    event::AuditEvent,
    reference::Reference,
    request::{AuditedConnection, ClientAddress, Network},
    sink::{AuditSink, TracingSink},
};
