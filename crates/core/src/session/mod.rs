//! SSO sessions, and the traits of the stores that keep them.
//!
//! An SSO session never changes after it is created: there is no update that could be lost. The traits and their rules
//! for implementers are in [`store`](crate::store), together with an implementation in memory.

pub(crate) mod join_links;
pub(crate) mod links;
pub(crate) mod list;
pub(crate) mod one_time;
pub(crate) mod revision;
pub(crate) mod revocation;
pub(crate) mod session_id;
pub(crate) mod sso_session;
pub(crate) mod store;

pub use self::{
    list::{SessionCursor, SessionPage, SessionsOf},
    revision::Revision,
    revocation::RevocationScope,
    session_id::SessionId,
    sso_session::{ConnectionVersion, SsoSession},
};
