//! SSO sessions, and the traits of the stores that keep them.
//!
//! An SSO session never changes after it is created. An app can implement the store traits for its database;
//! [`store`](crate::store) has an implementation in memory.

pub(crate) mod join_links;
pub(crate) mod links;
pub(crate) mod list;
pub(crate) mod one_time;
pub(crate) mod sso_session;
pub(crate) mod store;

pub use self::{
    list::{SessionCursor, SessionPage, SessionsOf},
    sso_session::{ConnectionVersion, SessionId, SsoSession},
    store::RevocationScope,
};
