//! The proof that an SSO session was checked for this request, and how it ends.
//!
//! [`FreshSession`](session::FreshSession) is created only by `check`. No store and no handler can create one.

pub(crate) mod ended;
pub(crate) mod owner;
pub(crate) mod session;
