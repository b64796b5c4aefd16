//! Audit events for the operator: what happened, when, to which account and in which organization.
//!
//! - The app receives each event through an [`AuditSink`]: an implementation, or a closure. The default is
//!   [`TracingSink`].
//! - A sink must not block. It should pass the events to a queue.
//! - Events never contain a secret, a code or a token.
//! - The names of the actions ([`Action::name`]) are stable, because logs and alerts refer to them. `docs/audit.md`
//!   lists them.
//!
//! This sink passes the events to a thread, which writes them where the app needs them:
//!
//! ```
//! use std::{sync::mpsc, thread};
//!
//! use tower_sso::{SsoBuilder, audit::{Action, AuditEvent}};
//!
//! fn audited(builder: SsoBuilder) -> SsoBuilder {
//!     let (queue, events) = mpsc::channel::<AuditEvent>();
//!     thread::spawn(move || {
//!         for event in events {
//!             println!("{} {} in {:?}", event.reference, event.action.name(), event.organization);
//!         }
//!     });
//!     builder.audit_sink(move |event: &AuditEvent| drop(queue.send(event.clone())))
//! }
//! assert_eq!(Action::LoginFinished.name(), "login.finished");
//! ```

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
