//! Joining by a join link.
//!
//! An administrator makes a join link (`links`). A person who opens it sees whose link it is (`page`) and logs in with
//! SSO. An account that is not a member yet becomes one (`login::admission`). A person without an account is handed over to
//! the app, which creates the account, and then becomes a member with it (`handover`).

pub(crate) mod handover;
pub(crate) mod links;
pub(crate) mod page;
