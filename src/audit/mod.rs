//! Audit events for the operator: one enum of actions, stable names, and a sink.
//!
//! Events never contain a secret, a code or a token. The names of the actions are stable, because logs and alerts
//! refer to them.

pub(crate) mod action;
pub(crate) mod ended;
pub(crate) mod event;
pub(crate) mod reference;
pub(crate) mod request;
pub(crate) mod sink;

pub use self::{
    action::Action,
    event::AuditEvent,
    reference::Reference,
    request::{AuditedConnection, ClientAddress, Network},
    sink::{AuditSink, TracingSink},
};
