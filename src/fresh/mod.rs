//! The proof that an SSO session was checked for this request, and how the proof ends.
//!
//! Only [`session::check`] creates a [`FreshSession`](session::FreshSession). A store, a handler or an extractor can't.
//! `owner_session` finds the SSO session that counts for an API token, if the connection accepts a session of the
//! token's owner. `end_notifier` tells long-lived responses that their SSO session has ended.

pub(crate) mod end_notifier;
pub(crate) mod owner_session;
pub(crate) mod session;
